// The command line: every command except `serve`, with mutated arguments and a mutated standard input.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCertificates, parseClientMetadata, subjectMatches } from 'oauth-mtls';
import { createSpiffeAuthority, forwardedHeaders } from 'oauth-mtls/testing';
import { loadCommand } from '../load-command.js';
import { DNS } from '../materials.js';
import { makeDer, makeJson, makeText } from '../mutate.js';
import { mutateText } from '../mutate-text.js';
import { attempt, hold } from '../violation.js';

/** What a terminal obeys, or shows as something else. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const MOST_ARGUMENTS = 8;
/** Stands for the folder of this run in arguments. */
const HERE = '@/';

/** @typedef {{ args: string[], stdin: Uint8Array | string }} Input */

/** @param {import('../materials.js').Materials} materials @returns {Promise<import('../targets.js').Target[]>} */
export async function createCommandTargets({
  client,
  root,
  intermediate,
  selfSigned,
  crls,
  token,
  claims,
  ders,
  certificates,
}) {
  const runCommand = await loadCommand();
  const spiffe = await createSpiffeAuthority('example.org');
  const svid = await spiffe.issueSvid();
  const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  /** Writes a file. Arguments name it so that they are the same in every run. @param {string} name @param {string | Uint8Array} content */
  const file = (name, content) => {
    writeFileSync(join(folder, name), content);
    return `${HERE}${name}`;
  };
  const files = {
    ca: file('ca.pem', root.pem),
    chain: file('chain.pem', client.chainPem),
    intermediate: file('intermediate.pem', intermediate.pem),
    crl: file('list.crl', crls[0]?.der ?? ''),
    bundle: file('bundle.json', JSON.stringify(spiffe.bundle())),
    empty: file('empty', ''),
  };
  const metadata = [
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: DNS[0] },
    { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [selfSigned.jwk] } },
    { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' },
  ];
  const lines = Object.entries(forwardedHeaders('nginx', client)).map(([name, value]) => `${name}: ${value}`);
  const inputs = [
    client.chainPem,
    certificates.map(({ pem }) => pem).join(''),
    client.pem + client.privateKeyPem,
    svid.chainPem,
  ];
  const texts = [...inputs, token, JSON.stringify({ active: true, ...claims }), lines.join('\r\n')];
  const usual = [
    ['inspect'],
    ['inspect', '-'],
    ['match', '--subject-dn', DNS[0] ?? '', '--exact-case'],
    ['match', '--san-dns=client.example', '-'],
    ['match', '--spiffe-id', 'spiffe://example.org/*'],
    ['jwks', '-'],
    ['verify', '--ca', files.ca, '--intermediate', files.intermediate, '--crl', files.crl],
    ['verify', '--ca', files.ca, '--require-revocation', '--purpose', 'any', '-'],
    ['verify', '--spiffe-bundle', files.bundle, '--trust-domain', 'example.org'],
    ['token', '--cert', files.chain, '--previous', files.ca],
    ['token', token],
    ['metadata', '--kind', 'client', '--profile', 'fapi'],
    ['headers', '--format', 'nginx', '--verification', 'unverified', files.chain],
    ['headers', '--read'],
    ['help', 'match'],
  ];
  const words = [
    ...usual.flat(),
    '--json',
    '--help',
    '--at',
    '2026-01-31T12:00:00Z',
    '--absent',
    '--',
    HERE,
    files.empty,
    `${HERE}a\0b`,
  ];
  const secret = client.privateKeyPem.split('\n')[2] ?? '';

  /** @param {readonly string[]} args @param {Input['stdin']} stdin */
  const run = async (args, stdin) => {
    let out = '';
    let error = '';
    const paths = args.map((each) => (each.startsWith(HERE) ? join(folder, each.slice(HERE.length)) : each));
    const code = await runCommand(paths, {
      stdin: (async function* () {
        yield Buffer.from(stdin);
      })(),
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (error += text) },
      env: {},
      once: () => undefined,
    });
    return { code, out, error };
  };
  /** @param {import('../random.js').Random} random @returns {Input['stdin']} */
  const makeInput = (random) => {
    if (random.chance(0.2)) return makeDer(random, ders);
    return random.chance(0.3) ? JSON.stringify(makeJson(random, metadata)) : makeText(random, texts);
  };
  return [
    {
      name: 'command: arguments and input',
      make(random) {
        const args = [...random.pick(usual)];
        if (random.chance(0.3)) args.push('--json');
        for (let changes = random.below(3); changes > 0; changes--) {
          const at = random.below(args.length + 1);
          const word = random.pick(words);
          // a mutated path could be that of any file
          args.splice(
            at,
            random.below(2),
            word.startsWith(HERE) ? word : mutateText(random, word, ['CN=a', 'nginx', 'fapi']),
          );
        }
        return { args: args.slice(0, MOST_ARGUMENTS), stdin: makeInput(random) };
      },
      async run(/** @type {Input} */ { args, stdin }) {
        // it would listen
        if (args[0] === 'serve') return;
        const { code, out, error } = await run(args, stdin);
        hold([0, 1, 2].includes(code), 'an exit code that is not documented');
        hold(!error.includes('unexpected error'), 'a crash');
        hold(!CONTROL.test(out + error), 'a character that controls the terminal');
        hold(
          code === 2 ? out === '' && error.startsWith('oauth-mtls: ') : out !== '',
          'no answer, or an answer beside an error',
        );
        hold(!(out + error).includes(secret), 'a private key is printed');
        if (code !== 2 && args.includes('--json') && !args.includes('--') && out.startsWith('{')) JSON.parse(out);
        const again = await run(args, stdin);
        hold(again.code === code, 'two answers to one question');
      },
    },
    {
      name: 'command: match, verify and metadata decide as the library does',
      make: (random) => [makeText(random, DNS), makeText(random, inputs), makeJson(random, metadata.slice(0, 2))],
      async run(/** @type {[string, string, any]} */ [dn, pem, document]) {
        const leaf = (await attempt(() => parseCertificates(pem)))?.[0];
        if (leaf !== undefined) {
          const matches = await attempt(() => subjectMatches(leaf, 'tls_client_auth_subject_dn', dn));
          const { code } = await run(['match', `--subject-dn=${dn}`], pem);
          // a value that holds a key is refused as an argument
          hold(code === 2 || (code === 0) === (matches === true), 'the command and subjectMatches disagree');
          const verified = await run(['verify', '--ca', files.ca, '--intermediate', files.intermediate, '--json'], pem);
          const known =
            leaf.thumbprint === client.certificate.thumbprint ||
            leaf.thumbprint === root.certificate.thumbprint ||
            leaf.thumbprint === certificates[1]?.certificate.thumbprint ||
            leaf.thumbprint === intermediate.certificate.thumbprint;
          hold(verified.code !== 0 || known, 'the command verifies a certificate that no authority issued');
        }
        const valid = await attempt(() => parseClientMetadata(document));
        const { out } = await run(['metadata', '--kind', 'client', '--json'], JSON.stringify(document));
        hold(JSON.parse(out).valid === (valid !== undefined), 'the command and parseClientMetadata disagree');
      },
    },
  ];
}
