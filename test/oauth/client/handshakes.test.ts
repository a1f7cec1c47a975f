import type { AddressInfo } from 'node:net';
import { createPublicKey } from 'node:crypto';
import { connect, createServer, type Server } from 'node:tls';
import {
  authenticateClient,
  parseCertificate,
  parseClientMetadata,
  toErrorResponse,
  type PathVerifier,
} from 'oauth-mtls';
import type { MtlsClientMetadata, MtlsErrorCode, PresentedCertificate } from 'oauth-mtls';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createPathVerifier } from 'oauth-mtls/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT, OpensslPki, type OpensslCertificate } from '../../openssl-pki.js';

/*
 * Real handshakes with certificates made by OpenSSL: who is authenticated by which method, where the TLS layer
 * validates the chain and where the path verifier does.
 */
const SUBJECT = '/C=US/O=Acme/CN=client';
const pki = new OpensslPki();
const certificates: Record<string, OpensslCertificate | undefined> = {};
/** One server whose TLS layer validates chains, one that leaves it to the path verifier. */
const servers: Record<'tls' | 'paths', Server | undefined> = { tls: undefined, paths: undefined };
let paths: PathVerifier;
let byDn: MtlsClientMetadata;
let seen: PresentedCertificate | undefined;
let resumed: boolean;

beforeAll(async () => {
  const root = pki.authority('root', '/CN=Client Root');
  pki.authority('intermediate', '/CN=Client CA', 'root');
  pki.authority('forged-root', '/CN=Client Root');
  pki.authority('forged-intermediate', '/CN=Client CA', 'forged-root');
  pki.authority('other-root', '/CN=Other Root');
  const localhost = pki.issue(
    'server',
    { subject: '/CN=localhost', extensions: ['subjectAltName=DNS:localhost', 'extendedKeyUsage=serverAuth'] },
    'root',
  );
  for (const key of ['rsa', 'ec'] as const) {
    const good = { subject: SUBJECT, key };
    certificates[`good ${key}`] = pki.issue(`good-${key}`, good, 'intermediate');
    certificates[`twin of ${key}`] = pki.issue(`twin-${key}`, good, 'intermediate');
    certificates[`forged CA ${key}`] = pki.issue(`forged-${key}`, good, 'forged-intermediate');
    certificates[`unknown CA ${key}`] = pki.issue(`unknown-${key}`, good, 'other-root');
    certificates[`other subject ${key}`] = pki.issue(
      `other-${key}`,
      { ...good, subject: '/C=US/O=Acme/CN=clienu' },
      'intermediate',
    );
    certificates[`serverAuth only ${key}`] = pki.issue(
      `eku-${key}`,
      { ...good, extensions: [...CLIENT.slice(0, 2), 'extendedKeyUsage=serverAuth'] },
      'intermediate',
    );
    certificates[`expired ${key}`] = pki.issue(
      `expired-${key}`,
      { ...good, notAfter: '20210101000000Z' },
      'intermediate',
    );
    certificates[`not yet valid ${key}`] = pki.issue(
      `future-${key}`,
      { ...good, notBefore: '20480101000000Z' },
      'intermediate',
    );
    certificates[`self-signed ${key}`] = pki.issue(`self-${key}`, good);
    certificates[`self-signed twin of ${key}`] = pki.issue(`self-twin-${key}`, good);
    certificates[`self-signed expired ${key}`] = pki.issue(`self-expired-${key}`, {
      ...good,
      notAfter: '20210101000000Z',
    });
  }
  paths = createPathVerifier({ trustAnchors: [root.pem] });
  byDn = parseClientMetadata({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=client,O=Acme,C=US',
  });
  for (const [validator, ca] of [
    ['tls', root.pem],
    ['paths', undefined],
  ] as const) {
    const options = mutualTlsOptions({ key: localhost.keyPem, cert: localhost.chainPem, ca });
    const server = createServer(options, (socket) => {
      resumed = socket.isSessionReused();
      seen = presentedCertificate(socket);
      socket.end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers[validator] = server;
  }
}, 120_000);

afterAll(() => {
  servers.tls?.close();
  servers.paths?.close();
  pki.remove();
});

async function handshake(
  validator: 'tls' | 'paths',
  certificate: OpensslCertificate | undefined,
  session?: Buffer,
): Promise<Buffer | undefined> {
  const credentials = certificate && { key: certificate.keyPem, cert: certificate.chainPem };
  const { port } = servers[validator]!.address() as AddressInfo;
  let ticket: Buffer | undefined;
  await new Promise<void>((resolve, reject) => {
    connect({ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1.3', session, ...credentials })
      .on('error', reject)
      .on('session', (value) => (ticket = value))
      .on('close', () => resolve())
      .resume();
  });
  return ticket;
}

/** The name of the answer: the method, or the code of the refusal. */
async function answer(client: MtlsClientMetadata, options: { pathVerifier?: PathVerifier } = {}): Promise<string> {
  try {
    const { method, certificate, confirmation } = await authenticateClient(seen, client, options);
    expect(confirmation).toEqual({ 'x5t#S256': certificate.thumbprint });
    expect(certificate.thumbprint).toBe(seen?.certificate.thumbprint);
    return method;
  } catch (error) {
    expect(toErrorResponse(error)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    return (error as { code: MtlsErrorCode }).code;
  }
}

/** A client that has registered these self-signed certificates. */
function registered(...names: string[]): MtlsClientMetadata {
  const keys = names.map((name) => {
    const { der } = parseCertificate(certificates[name]!.pem);
    const x5c = [Buffer.from(der).toString('base64')];
    const { kty, n, e, crv, x, y } = createPublicKey(certificates[name]!.pem).export({ format: 'jwk' });
    return JSON.parse(JSON.stringify({ kty, n, e, crv, x, y, x5c })) as object;
  });
  return parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys } });
}

describe.each(['rsa', 'ec'])('a handshake with %s certificates', (key) => {
  it.each([
    ['good', 'tls_client_auth', 'tls_client_auth'],
    ['twin of', 'tls_client_auth', 'tls_client_auth'],
    ['forged CA', 'ERR_CLIENT_UNVERIFIED', 'ERR_CLIENT_PATH'],
    ['unknown CA', 'ERR_CLIENT_UNVERIFIED', 'ERR_CLIENT_PATH'],
    ['other subject', 'ERR_CLIENT_SUBJECT_MISMATCH', 'ERR_CLIENT_SUBJECT_MISMATCH'],
    ['serverAuth only', 'ERR_CLIENT_UNVERIFIED', 'ERR_CLIENT_PATH'],
    ['expired', 'ERR_CLIENT_EXPIRED', 'ERR_CLIENT_EXPIRED'],
    ['not yet valid', 'ERR_CLIENT_NOT_YET_VALID', 'ERR_CLIENT_NOT_YET_VALID'],
    ['self-signed', 'ERR_CLIENT_UNVERIFIED', 'ERR_CLIENT_PATH'],
  ])('RFC 8705 §2.1: tls_client_auth with a certificate that is %s', async (name, byTls, byPath) => {
    await handshake('tls', certificates[`${name} ${key}`]);
    expect(await answer(byDn)).toBe(byTls);
    await handshake('paths', certificates[`${name} ${key}`]);
    expect(await answer(byDn, { pathVerifier: paths })).toBe(byPath);
  });

  it.each([
    ['self-signed', 'self_signed_tls_client_auth'],
    ['self-signed twin of', 'ERR_CLIENT_CERTIFICATE_UNKNOWN'],
    ['good', 'ERR_CLIENT_CERTIFICATE_UNKNOWN'],
    ['expired', 'ERR_CLIENT_CERTIFICATE_UNKNOWN'],
    ['self-signed expired', 'ERR_CLIENT_EXPIRED'],
  ])('RFC 8705 §2.2: self_signed_tls_client_auth with a certificate that is %s', async (name, expected) => {
    await handshake('paths', certificates[`${name} ${key}`]);
    expect(await answer(registered(`self-signed ${key}`, `self-signed expired ${key}`))).toBe(expected);
  });

  it('RFC 8705 §2.2: any certificate counts if it is the registered one, whoever signed it', async () => {
    await handshake('paths', certificates[`unknown CA ${key}`]);
    expect(await answer(registered(`unknown CA ${key}`))).toBe('self_signed_tls_client_auth');
  });

  it('resumes a session with the certificate of the first handshake', async () => {
    const good = certificates[`good ${key}`];
    await handshake('tls', good, await handshake('tls', good));
    expect(resumed).toBe(true);
    expect(await answer(byDn)).toBe('tls_client_auth');
    await handshake('paths', good, await handshake('paths', good));
    expect(resumed).toBe(true);
    // what the client sent beside its certificate is gone
    expect(await answer(byDn, { pathVerifier: paths })).toBe('ERR_CLIENT_PATH');
  });
});

describe('a handshake without a certificate', () => {
  it('RFC 8705 §2: is refused by both methods, resumed or not', async () => {
    const ticket = await handshake('tls', undefined);
    for (const session of [undefined, ticket]) {
      await handshake('tls', undefined, session);
      expect(resumed).toBe(session !== undefined);
      expect(await answer(byDn)).toBe('ERR_CLIENT_CERTIFICATE_MISSING');
      expect(await answer(byDn, { pathVerifier: paths })).toBe('ERR_CLIENT_CERTIFICATE_MISSING');
      expect(await answer(registered('self-signed ec'))).toBe('ERR_CLIENT_CERTIFICATE_MISSING');
    }
  });
});
