import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainConfirmation, explainSubject, parseCertificate, type TlsClientAuthParameter } from 'oauth-mtls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printable } from '../../src/cli/printable.js';
import { runCommand } from '../../src/cli/run-command.js';
import { fromRoot } from '../../subpaths.js';
import { buildCommand } from './build-command.js';

interface NameVector {
  readonly id: string;
  readonly parameter: TlsClientAuthParameter;
  readonly certificate: string;
  readonly registered: string;
  readonly result: 'match' | 'no-match' | 'invalid';
}

interface CnfVector {
  readonly id: string;
  readonly certificate: string | null;
  readonly token: Readonly<Record<string, unknown>>;
  readonly result: 'bound' | 'refused';
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const read = (name: string): unknown => JSON.parse(readFileSync(fromRoot(`vectors/${name}.json`), 'utf8'));
const { vectors: names } = read('names') as { readonly vectors: readonly NameVector[] };
const { vectors: bindings } = read('cnf') as { readonly vectors: readonly CnfVector[] };

/** One run of the command, in this process. */
async function run(args: readonly string[], input: string): Promise<Answer> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommand(args, {
    stdin: (async function* () {
      yield Buffer.from(input);
    })(),
    stdout: { write: (text) => (stdout += text) },
    // on a busy machine anything may take longer than a second
    stderr: { write: (text) => (stderr += text.replace(/^.* …\n/gm, '')) },
    env: {},
    once: () => undefined,
  });
  return { code, stdout, stderr };
}

// after a `=`, a value may start with a dash or be empty
const matchArguments = ({ parameter, registered }: NameVector): string[] => [
  'match',
  `--${parameter.slice('tls_client_auth_'.length).replaceAll('_', '-')}=${registered}`,
];
/** What the library says, as JSON has it. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const jwtOf = (token: object): string =>
  [{ alg: 'ES256' }, token].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.c2ln';

describe('oauth-mtls match', () => {
  it('answers each name vector as explainSubject does', async () => {
    expect(names.length).toBeGreaterThan(300);
    for (const vector of names) {
      const report = explainSubject(parseCertificate(vector.certificate), vector.parameter, vector.registered);
      const args = matchArguments(vector);
      const json = await run([...args, '--json'], vector.certificate);
      expect([vector.id, json.code, json.stderr, JSON.parse(json.stdout)]).toEqual([
        vector.id,
        vector.result === 'match' ? 0 : 1,
        '',
        asJson(report),
      ]);
      const { code, stdout } = await run(args, vector.certificate);
      expect([vector.id, code]).toEqual([vector.id, json.code]);
      for (const part of [report.cause, report.hint, report.suggestion, ...report.found]) {
        expect(stdout, vector.id).toContain(printable(part ?? ''));
      }
    }
  });
});

describe('oauth-mtls token', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await buildCommand();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Arguments that name the certificate of a vector. */
  function certificateArguments({ certificate }: CnfVector): string[] {
    if (certificate === null) return [];
    const path = join(folder, 'certificate.txt');
    writeFileSync(path, certificate);
    return ['--cert', path];
  }

  it('answers each cnf vector as explainConfirmation does, for JWT and introspection', async () => {
    expect(bindings.length).toBeGreaterThan(20);
    for (const vector of bindings) {
      const { id, certificate, token } = vector;
      // a confirmation in place of the token: a mistake of the program, which the library refuses with a TypeError
      const bare = !('cnf' in token) && ('x5t#S256' in token || 'x5t#S512' in token);
      const leaf = certificate === null ? undefined : parseCertificate(certificate);
      if (bare) expect(() => explainConfirmation(token, leaf), id).toThrow(TypeError);
      const report = bare ? { matches: false, cause: 'bare-confirmation' } : explainConfirmation(token, leaf);
      // without a certificate, the question is whether the token is bound at all
      const bound = report.matches || (leaf === undefined && report.cause === 'no-certificate');
      for (const input of [JSON.stringify(token), jwtOf(token)]) {
        const { code, stdout, stderr } = await run(['token', '--json', ...certificateArguments(vector)], input);
        expect([id, code, stderr, JSON.parse(stdout)]).toEqual([
          id,
          bound ? 0 : 1,
          '',
          expect.objectContaining({ bound, signatureVerified: false, cause: bound ? null : report.cause }),
        ]);
      }
      if (leaf !== undefined) expect([id, bound]).toEqual([id, vector.result === 'bound']);
    }
  });

  it('answers the same from a shell', () => {
    const exitCode = (args: string[], input: string) =>
      spawnSync(join(folder, 'oauth-mtls'), args, { input, stdio: ['pipe', 'ignore', 'inherit'] }).status;
    const kinds = (['match', 'no-match', 'invalid'] as const).flatMap((kind) => {
      const found = names.find(({ result, registered }) => result === kind && !registered.includes('\0'));
      return found === undefined ? [] : [found];
    });
    expect(kinds.map((vector) => exitCode(matchArguments(vector), vector.certificate))).toEqual([0, 1, 1]);
    const sent = (['bound', 'refused'] as const).map((kind) =>
      bindings.find(({ result, certificate }) => result === kind && certificate !== null)!,
    );
    expect(
      sent.map((vector) => exitCode(['token', ...certificateArguments(vector)], JSON.stringify(vector.token))),
    ).toEqual([0, 1]);
  });
});
