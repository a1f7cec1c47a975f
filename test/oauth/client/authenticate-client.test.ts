import {
  authenticateClient,
  isMtlsError,
  MtlsError,
  parseCertificate,
  parseClientMetadata,
  type AuthenticateClientOptions,
  type JwksSource,
  type MtlsClientMetadata,
  type PathVerifier,
  type PresentedCertificate,
} from 'oauth-mtls';
import { createCertificateAuthority, presented, selfSignedCertificate } from 'oauth-mtls/testing';
import type { TestAuthority, TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { withExactNames } from '../../../src/testing/exact-names.js';
import { encodeSubject } from '../../../src/testing/names.js';

let authority: TestAuthority;
let client: TestCertificate;
let selfSigned: TestCertificate;
let byDn: MtlsClientMetadata;
let byJwks: MtlsClientMetadata;

const uri = 'https://client.example/jwks';
const byUri = parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: uri });

beforeAll(async () => {
  authority = await createCertificateAuthority();
  client = await authority.issue({ subject: 'CN=client,O=Acme,C=US' });
  selfSigned = await selfSignedCertificate({ subject: 'CN=client' });
  byDn = parseClientMetadata({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: 'CN=client,O=Acme,C=US',
  });
  byJwks = parseClientMetadata({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [selfSigned.jwk] },
  });
});

async function refusal(...args: Parameters<typeof authenticateClient>): Promise<MtlsError> {
  try {
    await authenticateClient(...args);
  } catch (error) {
    if (isMtlsError(error)) return error;
    throw error;
  }
  throw new Error('The client was authenticated');
}

function verified(certificate: TestCertificate): PresentedCertificate {
  return presented(certificate, { verification: 'verified' });
}

function source(find: JwksSource['find'], of = uri): AuthenticateClientOptions {
  return { jwksSource: { uri: of, find } };
}

describe('authenticateClient by tls_client_auth', () => {
  it('says what it found', async () => {
    await expect(authenticateClient(verified(client), byDn)).resolves.toEqual({
      method: 'tls_client_auth',
      certificate: client.certificate,
      matched: { parameter: 'tls_client_auth_subject_dn', value: 'CN=client,O=Acme,C=US' },
      confirmation: { 'x5t#S256': client.certificate.thumbprint },
    });
  });

  it.each(['unverified', 'unknown'] as const)(
    'RFC 8705 §2.1: refuses a chain that is %s, without a path verifier',
    async (verification) => {
      const error = await refusal(presented(client, { verification }), byDn);
      expect(error.code).toBe('ERR_CLIENT_UNVERIFIED');
      expect(error.detail.found).toEqual([verification]);
    },
  );

  it('RFC 8705 §2.1: always asks the path verifier that it is given, and hands it all that it needs', async () => {
    const calls: unknown[] = [];
    const now = new Date();
    const paths: PathVerifier = {
      async verify(...args) {
        calls.push(args);
        throw new MtlsError('ERR_PATH_EXPIRED');
      },
    };
    const evidence = presented(client, { verification: 'verified', intermediates: [authority] });
    const error = await refusal(evidence, byDn, { pathVerifier: paths, now });
    expect(error).toMatchObject({
      code: 'ERR_CLIENT_PATH',
      detail: { reason: 'ERR_PATH_EXPIRED' },
      cause: { code: 'ERR_PATH_EXPIRED' },
    });
    expect(calls).toEqual([[client.certificate, [authority.certificate], { now }]]);
  });

  it.each([undefined, null, true, false, 'verified'])('takes %o from a path verifier for no path', async (answer) => {
    const paths = { verify: async () => answer } as unknown as PathVerifier;
    expect((await refusal(verified(client), byDn, { pathVerifier: paths })).code).toBe('ERR_CLIENT_PATH');
  });

  it.each(['ERR_PATH_STALE', 'ERR_PATH_ANCHOR'] as const)('does not blame the client for %s', async (code) => {
    const paths: PathVerifier = { verify: () => Promise.reject(new MtlsError(code)) };
    expect((await refusal(verified(client), byDn, { pathVerifier: paths })).code).toBe(code);
  });

  it('lets an error pass that is a bug and not a verdict', async () => {
    const paths: PathVerifier = { verify: () => Promise.reject(new RangeError('bug')) };
    await expect(authenticateClient(verified(client), byDn, { pathVerifier: paths })).rejects.toThrow(RangeError);
  });

  it('RFC 8705 §2.1: refuses another subject, another order of it, and tells no names in the message', async () => {
    for (const subject of ['CN=client,O=Acme', 'C=US,O=Acme,CN=client', 'CN=other,O=Acme,C=US']) {
      const error = await refusal(verified(await authority.issue({ subject })), byDn);
      expect(error.code).toBe('ERR_CLIENT_SUBJECT_MISMATCH');
      expect(error.detail).toMatchObject({ field: 'tls_client_auth_subject_dn', expected: 'CN=client,O=Acme,C=US' });
      expect(error.message).not.toContain('Acme');
    }
  });

  it('RFC 5280 §4.1.2.5: counts the period in whole seconds, both ends included', async () => {
    const notBefore = new Date('2026-01-01T00:00:00Z');
    const notAfter = new Date('2026-01-02T00:00:00Z');
    const certificate = verified(await authority.issue({ subject: 'CN=client,O=Acme,C=US', notBefore, notAfter }));
    const at = (text: string) => authenticateClient(certificate, byDn, { now: new Date(text) });
    await expect(at('2026-01-01T00:00:00.000Z')).resolves.toBeDefined();
    await expect(at('2026-01-02T00:00:00.999Z')).resolves.toBeDefined();
    await expect(at('2025-12-31T23:59:59.999Z')).rejects.toMatchObject({ code: 'ERR_CLIENT_NOT_YET_VALID' });
    await expect(at('2026-01-02T00:00:01.000Z')).rejects.toMatchObject({ code: 'ERR_CLIENT_EXPIRED' });
    const lenient = { now: new Date('2026-02-01'), unsafeAllowExpired: true };
    expect((await refusal(certificate, byDn, lenient)).code).toBe('ERR_CLIENT_EXPIRED');
  });
});

describe('authenticateClient by self_signed_tls_client_auth', () => {
  it('says what it found, whatever the TLS layer thought of the chain', async () => {
    for (const verification of ['verified', 'unverified', 'unknown'] as const) {
      await expect(authenticateClient(presented(selfSigned, { verification }), byJwks)).resolves.toEqual({
        method: 'self_signed_tls_client_auth',
        certificate: selfSigned.certificate,
        matched: { parameter: 'jwks', value: selfSigned.certificate.thumbprint },
        confirmation: { 'x5t#S256': selfSigned.certificate.thumbprint },
      });
    }
  });

  it('RFC 8705 §2.2: compares the certificate, not its key or its name', async () => {
    const root = await createCertificateAuthority();
    const renewed = await selfSignedCertificate({ subject: 'CN=client', keyPair: root.keyPair });
    const again = await selfSignedCertificate({ subject: 'CN=client', keyPair: root.keyPair });
    const registered = parseClientMetadata({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [renewed.jwk] },
    });
    await expect(authenticateClient(presented(renewed), registered)).resolves.toBeDefined();
    expect((await refusal(presented(again), registered)).code).toBe('ERR_CLIENT_CERTIFICATE_UNKNOWN');
  });

  it('refuses an expired certificate unless told otherwise, and one that is not yet valid always', async () => {
    const expired = new Date(selfSigned.certificate.notAfter.getTime() + 1000);
    expect((await refusal(presented(selfSigned), byJwks, { now: expired })).code).toBe('ERR_CLIENT_EXPIRED');
    const lenient = { unsafeAllowExpired: true };
    await expect(
      authenticateClient(presented(selfSigned), byJwks, { now: expired, ...lenient }),
    ).resolves.toBeDefined();
    const early = new Date(selfSigned.certificate.notBefore.getTime() - 1);
    expect((await refusal(presented(selfSigned), byJwks, { now: early, ...lenient })).code).toBe(
      'ERR_CLIENT_NOT_YET_VALID',
    );
  });

  it('looks a certificate up in the source of the registered jwks_uri, and in no other', async () => {
    const known = source(async (thumbprint) =>
      thumbprint === selfSigned.certificate.thumbprint ? selfSigned.certificate : undefined,
    );
    await expect(authenticateClient(presented(selfSigned), byUri, known)).resolves.toMatchObject({
      matched: { parameter: 'jwks_uri' },
    });
    expect((await refusal(presented(client), byUri, known)).code).toBe('ERR_CLIENT_CERTIFICATE_UNKNOWN');
    const former = source(async () => selfSigned.certificate, 'https://client.example/former');
    expect((await refusal(presented(selfSigned), byUri, former)).code).toBe('ERR_CLIENT_KEYS_UNAVAILABLE');
    // a source that answers with something else than it was asked for
    const wrong = source(async () => client.certificate);
    expect((await refusal(presented(selfSigned), byUri, wrong)).code).toBe('ERR_CLIENT_CERTIFICATE_UNKNOWN');
    const down = source(() => Promise.reject(new MtlsError('ERR_METADATA_JWKS')));
    expect(await refusal(presented(selfSigned), byUri, down)).toMatchObject({
      code: 'ERR_CLIENT_KEYS_UNAVAILABLE',
      cause: { code: 'ERR_METADATA_JWKS' },
    });
  });

  it('does not start without a source for a jwks_uri', async () => {
    await expect(authenticateClient(presented(selfSigned), byUri)).rejects.toThrow(TypeError);
  });
});

describe('authenticateClient', () => {
  it.each([undefined, null])('RFC 8705 §2: refuses %o for a certificate', async (none) => {
    for (const metadata of [byDn, byJwks]) {
      expect((await refusal(none as undefined, metadata)).code).toBe('ERR_CLIENT_CERTIFICATE_MISSING');
    }
  });

  it('takes nothing for evidence that no source of the library made', async () => {
    for (const forged of [{ ...verified(client) }, client.certificate, client.pem]) {
      await expect(authenticateClient(forged as unknown as PresentedCertificate, byDn)).rejects.toThrow(TypeError);
    }
  });

  it('reads metadata that is stored as plain JSON, and refuses it where it is not valid', async () => {
    const stored = JSON.parse(JSON.stringify(byDn)) as MtlsClientMetadata;
    await expect(authenticateClient(verified(client), stored)).resolves.toBeDefined();
    const broken = { ...stored, tls_client_auth_san_dns: 'client.example' };
    expect(await refusal(verified(client), broken)).toMatchObject({
      code: 'ERR_CLIENT_METADATA',
      cause: { code: 'ERR_METADATA_SUBJECT' },
    });
    const none = {} as MtlsClientMetadata;
    expect((await refusal(verified(client), none)).code).toBe('ERR_CLIENT_METHOD');
    expect((await refusal(verified(client), null as unknown as MtlsClientMetadata)).code).toBe('ERR_CLIENT_METADATA');
  });

  it.each(['none', 'private_key_jwt', 'client_secret_basic', 'TLS_CLIENT_AUTH'])(
    'refuses a client whose method is %s',
    async (method) => {
      const other = parseClientMetadata({ token_endpoint_auth_method: method });
      expect((await refusal(verified(client), other)).code).toBe('ERR_CLIENT_METHOD');
    },
  );

  it('throws a TypeError for a time that is none', async () => {
    for (const now of [new Date(Number.NaN), Date.now(), '2026-01-01']) {
      await expect(authenticateClient(verified(client), byDn, { now: now as Date })).rejects.toThrow(TypeError);
    }
  });
});

it('a malformed subject is not the registered one', async () => {
  // a SEQUENCE that is no Name
  const subject = Uint8Array.of(0x30, 3, 2, 1, 5);
  const der = await withExactNames(client.certificate.der, encodeSubject('CN=issuer'), subject, authority.keyPair);
  const evidence = presented(parseCertificate(der), { verification: 'verified' });
  const { code, cause } = await refusal(evidence, byDn);
  expect([code, isMtlsError(cause, 'ERR_ENCODING_DER')]).toEqual(['ERR_CLIENT_SUBJECT_MISMATCH', true]);
});
