import type { MtlsError } from 'oauth-mtls';
import {
  authenticateClient,
  authorizationServerMetadata,
  createTokenConfirmation,
  explainServerMetadata,
  isMtlsError,
  parseClientMetadata,
  toErrorResponse,
  type MtlsClientMetadata,
  type SvidVerifier,
} from 'oauth-mtls';
import { createSpiffeTrust, type SpiffeTrust } from 'oauth-mtls/spiffe';
import { createSpiffeAuthority, hostileSvids, presented, type TestSpiffeAuthority } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const PAYMENTS = 'spiffe://example.org/payments';
const registration = (members: object) => ({ token_endpoint_auth_method: 'spiffe_x509', ...members });
const payments = registration({ spiffe_id: PAYMENTS });
let authority: TestSpiffeAuthority;
let other: TestSpiffeAuthority;
let spiffeTrust: SpiffeTrust;

beforeAll(async () => {
  authority = await createSpiffeAuthority('example.org');
  other = await createSpiffeAuthority('other.example');
  spiffeTrust = createSpiffeTrust({
    trustDomains: { 'example.org': { bundle: authority.bundle() }, 'other.example': { bundle: other.bundle() } },
  });
});

describe('parseClientMetadata with spiffe_x509', () => {
  it.each([
    [{ spiffe_id: PAYMENTS }, { spiffe_id: PAYMENTS }],
    [{ spiffe_id: 'spiffe://example.org/workloads/*' }, { spiffe_id: 'spiffe://example.org/workloads/*' }],
    [
      { spiffe_id: PAYMENTS, client_id: PAYMENTS },
      { spiffe_id: PAYMENTS, client_id: PAYMENTS },
    ],
    [
      { spiffe_id: PAYMENTS, client_id: 'https://example.org/client', spiffe_bundle_endpoint: 'https://evil.example/' },
      { spiffe_id: PAYMENTS },
    ],
    [
      { spiffe_id: 'spiffe://example.org/a/*', client_id: 'spiffe://example.org/a/b' },
      { spiffe_id: 'spiffe://example.org/a/*', client_id: 'spiffe://example.org/a/b' },
    ],
  ])('%j', (members, expected) => {
    const metadata = parseClientMetadata(registration(members));
    expect({ ...metadata }).toEqual(registration(expected));
    expect(parseClientMetadata(JSON.parse(JSON.stringify(metadata)))).toEqual(metadata);
  });

  it.each([
    [{}, 'ERR_METADATA_SPIFFE_ID none'],
    [{ spiffe_id: '' }, 'ERR_METADATA_SPIFFE_ID scheme'],
    [{ spiffe_id: 'payments' }, 'ERR_METADATA_SPIFFE_ID scheme'],
    [{ spiffe_id: 'spiffe://example.org' }, 'ERR_METADATA_SPIFFE_ID no-path'],
    [{ spiffe_id: 'spiffe://example.org/' }, 'ERR_METADATA_SPIFFE_ID path'],
    [{ spiffe_id: 'spiffe://Example.org/a' }, 'ERR_METADATA_SPIFFE_ID trust-domain'],
    [{ spiffe_id: `spiffe://example.org/${'a'.repeat(2048)}` }, 'ERR_METADATA_SPIFFE_ID length'],
    [{ spiffe_id: 'spiffe://example.org/*' }, 'ERR_METADATA_SPIFFE_ID no-path'],
    [{ spiffe_id: 'spiffe://*/a' }, 'ERR_METADATA_SPIFFE_ID trust-domain'],
    [{ spiffe_id: 'spiffe://example.org/a*' }, 'ERR_METADATA_SPIFFE_ID path'],
    [{ spiffe_id: 'spiffe://example.org/a/*/b' }, 'ERR_METADATA_SPIFFE_ID path'],
    [{ spiffe_id: 'spiffe://example.org/a/**' }, 'ERR_METADATA_SPIFFE_ID path'],
    [{ spiffe_id: 'spiffe://example.org/a//*' }, 'ERR_METADATA_SPIFFE_ID path'],
    [{ spiffe_id: '/*' }, 'ERR_METADATA_SPIFFE_ID scheme'],
    [{ spiffe_id: [PAYMENTS] }, 'ERR_METADATA_TYPE spiffe_id'],
    [{ spiffe_id: PAYMENTS, client_id: 1 }, 'ERR_METADATA_TYPE client_id'],
    [{ spiffe_id: PAYMENTS, client_id: 'spiffe://example.org/billing' }, 'ERR_METADATA_SPIFFE_ID other-id'],
    [{ spiffe_id: PAYMENTS, client_id: 'SPIFFE://example.org/payments' }, 'ERR_METADATA_SPIFFE_ID scheme'],
    [{ spiffe_id: PAYMENTS, client_id: 'spiffe:payments' }, 'ERR_METADATA_SPIFFE_ID scheme'],
    [{ spiffe_id: PAYMENTS, tls_client_auth_san_uri: PAYMENTS }, 'ERR_METADATA_SUBJECT other-method'],
  ])('refuses %j', (members, expected) => {
    let refusal: MtlsError | undefined;
    try {
      parseClientMetadata(registration(members));
    } catch (error) {
      if (isMtlsError(error)) refusal = error;
    }
    expect([refusal?.code, refusal?.detail.reason ?? refusal?.detail.field].join(' ')).toBe(expected);
    expect(toErrorResponse(refusal)).toMatchObject({ status: 400, body: { error: 'invalid_client_metadata' } });
  });
});

/** The ID that was authenticated, or the code and the reason of the refusal. */
async function answer(client: object, spiffeId: string, trust: SvidVerifier = spiffeTrust): Promise<string> {
  const issuer = spiffeId.startsWith('spiffe://other.') ? other : authority;
  try {
    const svid = presented(await issuer.issueSvid({ spiffeId }), { verification: 'verified' });
    return (await authenticateClient(svid, client as MtlsClientMetadata, { spiffeTrust: trust })).spiffeId!;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return [error.code, error.detail.reason].filter(Boolean).join(' ');
  }
}

describe('authenticateClient by spiffe_x509', () => {
  it('returns the ID, what was registered, and the confirmation', async () => {
    const { certificate } = await authority.issueSvid({ spiffeId: 'spiffe://example.org/workloads/a' });
    const client = registration({ spiffe_id: 'spiffe://example.org/workloads/*' });
    await expect(authenticateClient(presented(certificate), client, { spiffeTrust })).resolves.toEqual({
      method: 'spiffe_x509',
      certificate,
      matched: { parameter: 'spiffe_id', value: 'spiffe://example.org/workloads/*' },
      spiffeId: 'spiffe://example.org/workloads/a',
      confirmation: { 'x5t#S256': certificate.thumbprint },
    });
  });

  const MISMATCH = 'ERR_CLIENT_SUBJECT_MISMATCH';
  it.each([
    [PAYMENTS, PAYMENTS, true],
    [PAYMENTS, 'spiffe://example.org/payments/a', false],
    [PAYMENTS, 'spiffe://example.org/Payments', false],
    [PAYMENTS, 'spiffe://other.example/payments', false],
    ['spiffe://example.org/client/*', 'spiffe://example.org/client/123', true],
    ['spiffe://example.org/client/*', 'spiffe://example.org/client/a/b', true],
    ['spiffe://example.org/client/*', 'spiffe://example.org/client', false],
    ['spiffe://example.org/client/*', 'spiffe://example.org/client123', false],
    ['spiffe://example.org/client/*', 'spiffe://example.org/clients/123', false],
    ['spiffe://example.org/client/*', 'spiffe://other.example/client/123', false],
  ])('registered %s, presented %s: %s', async (spiffe_id, spiffeId, matches) => {
    expect(await answer(registration({ spiffe_id }), spiffeId)).toBe(matches ? spiffeId : MISMATCH);
  });

  it('holds a client_id that is a SPIFFE ID to the SVID, whatever the wildcard', async () => {
    const client = registration({ spiffe_id: 'spiffe://example.org/w/*', client_id: 'spiffe://example.org/w/a' });
    expect(await answer(client, 'spiffe://example.org/w/a')).toBe('spiffe://example.org/w/a');
    expect(await answer(client, 'spiffe://example.org/w/b')).toBe(MISMATCH);
  });

  it('refuses every hostile SVID, though the TLS layer has verified it', async () => {
    const accepted: string[] = [];
    const codes = new Set<string>();
    const wide = [payments, registration({ spiffe_id: 'spiffe://elsewhere.example.org/payments' })];
    for (const { name, svid } of await hostileSvids(authority)) {
      for (const client of wide) {
        const verified = presented(svid, { verification: 'verified' });
        await authenticateClient(verified, client, { spiffeTrust }).then(
          () => accepted.push(name),
          (error: unknown) => {
            codes.add((error as MtlsError).code);
            expect(toErrorResponse(error)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
          },
        );
      }
    }
    expect(accepted).toEqual([]);
    expect([...codes].sort()).toEqual([
      'ERR_CLIENT_EXPIRED',
      'ERR_CLIENT_NOT_YET_VALID',
      'ERR_CLIENT_PATH',
      'ERR_CLIENT_SVID',
    ]);
  });

  it('says which of "not valid", "not trusted" and "could not look" it is', async () => {
    const load = () => Promise.reject(new Error('down'));
    const down = createSpiffeTrust({ trustDomains: { 'example.org': { load } } });
    const alone = createSpiffeTrust({ trustDomains: { 'other.example': { bundle: other.bundle() } } });
    const empty = createSpiffeTrust({ trustDomains: { 'example.org': { bundle: { keys: [] } } } });
    const wrong = createSpiffeTrust({ trustDomains: { 'example.org': { bundle: other.bundle() } } });
    expect([
      await answer(payments, PAYMENTS, down),
      await answer(payments, PAYMENTS, alone),
      await answer(payments, PAYMENTS, empty),
      await answer(payments, PAYMENTS, wrong),
      await answer(payments, 'spiffe://example.org/'),
    ]).toEqual([
      'ERR_CLIENT_KEYS_UNAVAILABLE ERR_SPIFFE_BUNDLE_UNAVAILABLE',
      'ERR_CLIENT_SVID ERR_SPIFFE_TRUST_DOMAIN',
      'ERR_CLIENT_SVID ERR_SPIFFE_TRUST_DOMAIN',
      'ERR_CLIENT_PATH ERR_PATH_NO_ANCHOR',
      'ERR_CLIENT_SVID ERR_SPIFFE_SVID',
    ]);
  });

  it('does not take anything for an ID that a verifier did not return', async () => {
    for (const identity of [undefined, null, true, {}, { spiffeId: undefined }, { spiffeId: [PAYMENTS] }]) {
      const lax = { verifySvid: () => Promise.resolve(identity) } as unknown as SvidVerifier;
      expect(await answer(payments, PAYMENTS, lax)).toBe('ERR_CLIENT_SVID no-id');
    }
    const broken = { verifySvid: () => Promise.reject(new RangeError('a mistake')) };
    await expect(answer(payments, PAYMENTS, broken)).rejects.toThrow(RangeError);
  });

  it('needs the trust, and a certificate; a tls_client_auth client does not become one of SPIFFE', async () => {
    const svid = presented(await authority.issueSvid({ spiffeId: PAYMENTS }));
    await expect(authenticateClient(svid, payments)).rejects.toThrow(/spiffeTrust/);
    await expect(authenticateClient(undefined, payments, { spiffeTrust })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_CLIENT_CERTIFICATE_MISSING' }),
    );
    const byUri = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_uri: PAYMENTS };
    await expect(authenticateClient(svid, byUri, { spiffeTrust })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_CLIENT_UNVERIFIED' }),
    );
    const jwt = { token_endpoint_auth_method: 'spiffe_jwt', spiffe_id: PAYMENTS };
    await expect(authenticateClient(svid, jwt, { spiffeTrust })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_CLIENT_METHOD' }),
    );
  });
});

describe('metadata of a server with spiffe_x509', () => {
  it('lists the method at every endpoint, and the aliases have a use', () => {
    const metadata = {
      issuer: 'https://as.example',
      token_endpoint: 'https://as.example/token',
      revocation_endpoint: 'https://as.example/revoke',
      introspection_endpoint: 'https://as.example/introspect',
    };
    const mtlsOrigin = 'https://mtls.as.example';
    const published = authorizationServerMetadata({ methods: ['spiffe_x509'], metadata, mtlsOrigin });
    for (const endpoint of ['token', 'revocation', 'introspection'])
      expect(published).toHaveProperty([`${endpoint}_endpoint_auth_methods_supported`], ['spiffe_x509']);
    expect(explainServerMetadata({ ...metadata, ...published })).toEqual([]);
  });
});

describe("createTokenConfirmation with the policy 'always'", () => {
  const clients = [
    { token_endpoint_auth_method: 'none' },
    { token_endpoint_auth_method: 'private_key_jwt', tls_client_certificate_bound_access_tokens: false },
    { ...payments, tls_client_certificate_bound_access_tokens: true },
  ];
  it('binds whatever the client has registered, and refuses without a certificate', async () => {
    const { certificate } = await authority.issueSvid();
    for (const client of clients) {
      const confirmation = createTokenConfirmation(client, presented(certificate), { policy: 'always' });
      expect(confirmation).toEqual({ 'x5t#S256': certificate.thumbprint });
      for (const absent of [undefined, null as unknown as undefined]) {
        expect(() => createTokenConfirmation(client, absent, { policy: 'always' })).toThrow(
          expect.objectContaining({ code: 'ERR_GRANT_CERTIFICATE_MISSING' }),
        );
      }
    }
    expect(createTokenConfirmation(clients[0]!, presented(certificate), { policy: 'by-metadata' })).toBeUndefined();
  });

  it('is not weakened by another option, nor by a misspelt value', async () => {
    const svid = presented(await authority.issueSvid());
    for (const policy of [{ policy: 'always', unsafeAllowUnbound: true }, { policy: 'Always' }, { policy: true }])
      expect(() => createTokenConfirmation(clients[0]!, svid, policy as object)).toThrow(TypeError);
    expect(() =>
      createTokenConfirmation({ token_endpoint_auth_method: 1 } as never, svid, { policy: 'always' }),
    ).toThrow(expect.objectContaining({ code: 'ERR_METADATA_TYPE' }));
  });
});
