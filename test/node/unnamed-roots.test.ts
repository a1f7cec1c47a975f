import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';

/** What a server said of a client whose authority is one of Node's default roots, and of one that `ca` names. */
type Verdicts = Readonly<Record<string, readonly (string | null)[]>>;

let folder: string;
let verdicts: Verdicts;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roots-'));
  const [publicRoot, named] = [
    await createCertificateAuthority({ subject: 'CN=Public' }),
    await createCertificateAuthority({ subject: 'CN=Named' }),
  ];
  const server = await named.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost', 'other.example'] },
    extendedKeyUsage: ['serverAuth'],
  });
  const clients = [await publicRoot.issue({ subject: 'CN=public' }), await named.issue({ subject: 'CN=named' })];
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  // Node's own roots cannot be changed in a process that runs; they are `NODE_EXTRA_CA_CERTS` and the public ones
  const roots = file('public.pem', publicRoot.pem);
  execFileSync('openssl', [
    ...['pkcs12', '-export', '-passout', 'pass:', '-out', join(folder, 'server.pfx')],
    ...['-inkey', file('key.pem', server.privateKeyPem), '-in', file('cert.pem', server.pem), '-certfile', roots],
  ]);
  const program = join(folder, 'program.mjs');
  await build({
    entryPoints: [fromRoot('test/node/unnamed-roots-program.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    alias: Object.fromEntries(
      ['base64', 'copy', 'sha256', 'sha512', 'verify'].map((name) => [
        `#platform/${name}`,
        fromRoot(`src/platform/${name}.node.ts`),
      ]),
    ),
    logLevel: 'error',
  });
  const input = {
    server: { key: server.privateKeyPem, cert: server.pem },
    pfx: join(folder, 'server.pfx'),
    ca: named.pem,
    clients: clients.map(({ privateKeyPem, pem }) => ({ key: privateKeyPem, cert: pem })),
  };
  const output = execFileSync(process.execPath, [program], {
    input: JSON.stringify(input),
    env: { ...process.env, NODE_EXTRA_CA_CERTS: roots },
    encoding: 'utf8',
  });
  verdicts = JSON.parse(output) as Verdicts;
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe('a server made with mutualTlsOptions', () => {
  it.each([
    ['at first', 'unverified', 'verified'],
    ['after setSecureContext with the same ca', 'unverified', 'verified'],
    ['after setSecureContext without ca', 'unknown', 'unverified'],
    ['after setSecureContext with an empty ca', 'unknown', 'unverified'],
    ['after setSecureContext with pfx', 'unknown', 'unknown'],
    ['read after the context was replaced', 'unknown', 'unverified'],
    ['at the name of addContext without ca', 'unknown', 'unverified'],
    ['at the name of an SNICallback without ca', 'unknown', 'unverified'],
    ['beside addContext without ca', 'unverified', 'verified'],
  ])('%s calls a client of an unnamed root %s, of a named one %s', (name, unnamed, named) => {
    expect(verdicts[name]).toEqual([unnamed, named]);
  });

  it('never verifies an unnamed root on a session from the name of addContext without ca', () => {
    // seen: Node 20 answers for the resumed session, 22, 24 and 26 as for a full handshake
    const resumes = Number.parseInt(process.versions.node, 10) < 22;
    const verdict = verdicts['resumed from the name of addContext without ca'];
    expect(verdict).toEqual(resumes ? ['unknown', 'unverified'] : ['unverified', 'verified']);
  });
});

describe('a plain server', () => {
  it.each([
    ['plain with ca', 'unverified', 'verified'],
    ['plain without ca', 'unknown', 'unverified'],
    ['plain with pfx', 'unknown', 'unknown'],
  ])('%s calls a client of an unnamed root %s, of a named one %s', (name, unnamed, named) => {
    expect(verdicts[name]).toEqual([unnamed, named]);
  });
});
