import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { mutualTlsOptions } from 'oauth-mtls/node';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { readReason, readVerification } from '../../src/presented/tls-peer.js';

let authority: TestAuthority;
let server: TestCertificate;
let client: TestCertificate;

beforeAll(async () => {
  authority = await createCertificateAuthority();
  server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost', 'other.example'] },
    extendedKeyUsage: ['serverAuth'],
  });
  client = await authority.issue();
});

const own = (): TlsOptions => ({ key: server.privateKeyPem, cert: server.chainPem, ca: authority.pem });

interface Connection {
  /** The server names of the connections. */
  readonly names: readonly string[];
  /** Before the first of them. */
  readonly prepare?: (server: Server) => void;
}

/** The verdict on the last of some connections, each of which resumes the session of the one before. */
async function verdictOf({ names, prepare }: Connection): Promise<readonly [verdict: string, resumed: boolean]> {
  let verdict: readonly [string, boolean] | undefined;
  const listener = createServer(mutualTlsOptions({ ...own(), maxVersion: 'TLSv1.2' }), (socket: TLSSocket) => {
    verdict = [readVerification(socket), socket.isSessionReused()];
    socket.end();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  prepare?.(listener);
  const { port } = listener.address() as AddressInfo;
  const { privateKeyPem: key, chainPem: cert } = client;
  let session: Buffer | undefined;
  for (const servername of names) {
    const socket = connect({ host: '127.0.0.1', port, servername, ca: authority.pem, key, cert, session });
    socket.on('session', (ticket: Buffer) => (session = ticket));
    await once(socket.resume(), 'close');
  }
  listener.close();
  return verdict!;
}

describe('readVerification of a certificate from a named authority', () => {
  const addContext = (listener: Server) => listener.addContext('other.example', own());

  it.each<[string, string, boolean, Connection]>([
    ['on a first connection', 'verified', false, { names: ['localhost'] }],
    ['on a resumed session', 'verified', true, { names: ['localhost', 'localhost'] }],
    ['next to a context of another name', 'verified', false, { names: ['localhost'], prepare: addContext }],
    ['in a context that the name selected', 'unknown', false, { names: ['other.example'], prepare: addContext }],
    [
      'on a resumed session where a name can select a context',
      'unknown',
      true,
      { names: ['localhost', 'localhost'], prepare: addContext },
    ],
  ])('%s is %s', async (_what, verdict, resumed, connection) => {
    expect(await verdictOf(connection)).toEqual([verdict, resumed]);
  });

  // with real handshakes in test/node/unnamed-roots.test.ts, whose process has a default root of its own
  it('is unknown where a pfx may contain further authorities', () => {
    const credentials = {};
    const peer = { authorized: true, _tlsOptions: { secureContext: credentials } };
    const named = { _sharedCreds: credentials, ca: authority.pem };
    expect(readVerification({ ...peer, server: named })).toBe('verified');
    for (const unnamed of [{ pfx: new Uint8Array(1) }, { ca: '' }, { ca: undefined }]) {
      expect(readVerification({ ...peer, server: { ...named, ...unnamed } })).toBe('unknown');
    }
  });
});

it.each<[string, string | undefined, unknown]>([
  ['no error', undefined, null],
  ['a code, as in Node.js', 'CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED'],
  ['an error with a code', 'CERT_HAS_EXPIRED', Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' })],
  ['an error without a code', 'expired', new Error('expired')],
  ['an error with a number', undefined, Object.assign(new Error('expired'), { code: 10 })],
  ['another value', undefined, { code: 'CERT_HAS_EXPIRED' }],
])('readReason of %s is %s', (_what, reason, authorizationError) => {
  expect(readReason({ authorizationError })).toBe(reason);
});
