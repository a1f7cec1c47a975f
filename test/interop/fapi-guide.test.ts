import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type ConnectionOptions, type SecureVersion, type TlsOptions } from 'node:tls';
import { mutualTlsOptions } from 'oauth-mtls/node';
import { createCertificateAuthority, type TestAuthority } from 'oauth-mtls/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { codeBlocks } from '../documentation.js';
import { toJavaScript } from './install-packages.js';

/** Inside the package, so that the module finds it. */
const folder = fromRoot('dist/fapi-guide');
let authority: TestAuthority;
/** With the printed options, and with those of the library alone. */
let printed: Server;
let plain: Server;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const { code } = codeBlocks().find((block) => block.code.startsWith('// tls-profile.ts\n'))!;
  writeFileSync(`${folder}/tls-profile.mjs`, toJavaScript(code));
  const { profileOptions } = (await import(/* @vite-ignore */ `${folder}/tls-profile.mjs`)) as {
    profileOptions: (key: string, cert: string) => TlsOptions;
  };
  authority = await createCertificateAuthority();
  const own = await authority.issue({
    san: { dns: 'localhost' },
    keyType: 'RSA-2048',
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: ['serverAuth'],
  });
  printed = await start(profileOptions(own.privateKeyPem, own.chainPem));
  plain = await start(mutualTlsOptions({ key: own.privateKeyPem, cert: own.chainPem }));
});

async function start(options: TlsOptions): Promise<Server> {
  const server = createServer(options, (_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

afterAll(async () => {
  for (const server of [printed, plain]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly cipher: string | undefined;
  readonly resumed: boolean;
  readonly session: Buffer | undefined;
}

/** One request on a connection of its own. The cipher is undefined where there was no handshake. */
function handshake(options: ConnectionOptions, server = printed): Promise<Outcome> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve) => {
    let outcome: Outcome = { cipher: undefined, resumed: false, session: undefined };
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.pem, ...options });
    socket.on('session', (session: Buffer) => (outcome = { ...outcome, session }));
    socket.once('secureConnect', () => {
      outcome = { ...outcome, cipher: socket.getCipher().name, resumed: socket.isSessionReused() };
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(outcome));
    socket.resume();
  });
}

it('docs/guides/fapi.md: its TLS options have the cipher suites of the profiles, and no others', async () => {
  const offer = (ciphers: string) => handshake({ maxVersion: 'TLSv1.2', ciphers });
  for (const name of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384'])
    expect((await offer(name)).cipher).toBe(name);
  for (const name of ['AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA256', 'AES256-SHA', 'DHE-RSA-AES128-GCM-SHA256'])
    expect([name, (await offer(name)).cipher]).toEqual([name, undefined]);
});

it.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('docs/guides/fapi.md: no session of %s is resumed', async (version) => {
  const versions = { minVersion: version, maxVersion: version };
  const resumes = async (server: Server): Promise<boolean> => {
    const { session, cipher } = await handshake(versions, server);
    expect(cipher).toBeDefined();
    const second = await handshake({ ...versions, ...(session !== undefined && { session }) }, server);
    expect(second.cipher).toBeDefined();
    return second.resumed;
  };
  expect(await resumes(plain)).toBe(true);
  expect(await resumes(printed)).toBe(false);
});
