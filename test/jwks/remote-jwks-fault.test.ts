import { authenticateClient, type MtlsError } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { JwksServer } from './jwks-server.js';

let first: TestCertificate;
let second: TestCertificate;
let server: JwksServer;

beforeAll(async () => {
  first = await selfSignedCertificate({ subject: 'CN=first' });
  second = await selfSignedCertificate({ subject: 'CN=second' });
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  server = await JwksServer.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

function open() {
  const faults: MtlsError[] = [];
  const source = remoteJwks(server.uri, {
    unsafeAllowHttp: true,
    unsafeAllowPrivateAddresses: true,
    onFailure: (fault) => faults.push(fault),
  });
  return { source, faults };
}

describe('an entry behind a jwks_uri that cannot be used', () => {
  it('is reported once for each load, and does not keep the other entries from use', async () => {
    server.keys = [{ ...first.jwk, x5c: ['?'] }, second.jwk];
    const { source, faults } = open();
    for (let i = 0; i < 3; i++) expect(await source.find(second.certificate.thumbprint)).toBeDefined();
    expect(faults).toMatchObject([
      { code: 'ERR_METADATA_JWKS', detail: { field: 'keys[0].x5c[0]', reason: 'ERR_ENCODING_BASE64' } },
    ]);
    expect(source.fault).toBe(faults[0]);
    vi.setSystemTime(Date.now() + 4_000_000);
    await source.find(second.certificate.thumbprint);
    expect(server.requests).toBe(2);
    expect(faults).toHaveLength(2);
  });

  it('is forgotten where the next document is in order', async () => {
    server.keys = [{ ...first.jwk, x5c: second.jwk.x5c }];
    const { source, faults } = open();
    expect(await source.find(first.certificate.thumbprint)).toBeUndefined();
    expect(faults).toMatchObject([{ code: 'ERR_METADATA_X5C', detail: { field: 'keys[0]', reason: 'other-key' } }]);
    server.serve(first);
    vi.setSystemTime(Date.now() + 4_000_000);
    expect(await source.find(first.certificate.thumbprint)).toBeDefined();
    expect(source.fault).toBeUndefined();
    expect(faults).toHaveLength(1);
  });

  it('is the cause of the refusal of the client', async () => {
    server.keys = [{ ...first.jwk, x5c: ['?'] }];
    const { source, faults } = open();
    const metadata = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: 'https://a.example/jwks' };
    const jwksSource = {
      uri: metadata.jwks_uri,
      find: (thumbprint: string) => source.find(thumbprint),
      get fault() {
        return source.fault;
      },
    };
    const refused = authenticateClient(presented(first), metadata, { jwksSource });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_CLIENT_CERTIFICATE_UNKNOWN',
      detail: { field: 'jwks_uri', reason: 'ERR_METADATA_JWKS', found: ['keys[0].x5c[0]'] },
    });
    await expect(refused).rejects.toHaveProperty('cause', faults[0]);
  });
});
