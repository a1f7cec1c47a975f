import {
  createConfirmation,
  createGrantConfirmation,
  createTokenConfirmation,
  toErrorResponse,
  verifyGrantConfirmation,
  type MtlsClientMetadata,
} from 'oauth-mtls';
import { presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const publicClient: MtlsClientMetadata = {
  token_endpoint_auth_method: 'none',
  tls_client_certificate_bound_access_tokens: true,
};
const unbound: MtlsClientMetadata = { token_endpoint_auth_method: 'none' };
const confidential: MtlsClientMetadata = {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'CN=client',
  tls_client_certificate_bound_access_tokens: true,
};
let certificate: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  certificate = await selfSignedCertificate();
  other = await selfSignedCertificate();
});

it.each<object>([Promise.resolve(publicClient), new Map(Object.entries(publicClient)), [publicClient]])(
  'metadata in something else is an error, not a client without bound tokens: %o',
  (metadata) => {
    for (const create of [createTokenConfirmation, createGrantConfirmation])
      expect(() => create(metadata as MtlsClientMetadata, presented(certificate))).toThrow(
        expect.objectContaining({ code: 'ERR_METADATA_TYPE' }),
      );
  },
);

describe('createTokenConfirmation', () => {
  it('RFC 8705 §3, §4: binds the tokens of clients that are registered for it, public or not', () => {
    for (const client of [publicClient, confidential]) {
      expect(createTokenConfirmation(client, presented(certificate))).toEqual(
        createConfirmation(certificate.certificate),
      );
    }
  });

  it('RFC 8705 §3.4: binds none by default', () => {
    expect(createTokenConfirmation(unbound, presented(certificate))).toBeUndefined();
    expect(
      createTokenConfirmation(
        { ...unbound, tls_client_certificate_bound_access_tokens: false },
        presented(certificate),
      ),
    ).toBeUndefined();
  });

  it('RFC 8705 §3.4: is an error for a client that asked for bound tokens and came without a certificate', () => {
    for (const absent of [undefined, null as unknown as undefined]) {
      expect(() => createTokenConfirmation(publicClient, absent)).toThrow(
        expect.objectContaining({ code: 'ERR_GRANT_CERTIFICATE_MISSING' }),
      );
      expect(() => createTokenConfirmation(publicClient, absent, { unsafeAllowUnbound: false })).toThrow();
      expect(createTokenConfirmation(publicClient, absent, { unsafeAllowUnbound: true })).toBeUndefined();
    }
  });

  it('takes metadata and certificates from where they were checked', () => {
    const broken = { ...confidential, tls_client_auth_san_dns: 'client.example' };
    expect(() => createTokenConfirmation(broken, presented(certificate))).toThrow(
      expect.objectContaining({ code: 'ERR_METADATA_SUBJECT' }),
    );
    const wrong = { ...unbound, tls_client_certificate_bound_access_tokens: 'true' } as unknown as MtlsClientMetadata;
    expect(() => createTokenConfirmation(wrong, presented(certificate))).toThrow(
      expect.objectContaining({ code: 'ERR_METADATA_TYPE' }),
    );
    const body = { certificate: certificate.certificate } as ReturnType<typeof presented>;
    expect(() => createTokenConfirmation(publicClient, body)).toThrow(TypeError);
    expect(() =>
      createTokenConfirmation(publicClient, undefined, { unsafeAllowUnbound: 1 as unknown as boolean }),
    ).toThrow(TypeError);
  });
});

describe('createGrantConfirmation', () => {
  it('RFC 8705 §4: binds the refresh tokens of public clients that have bound access tokens', () => {
    expect(createGrantConfirmation(publicClient, presented(certificate))).toEqual(
      createConfirmation(certificate.certificate),
    );
    expect(createGrantConfirmation(unbound, presented(certificate))).toBeUndefined();
    expect(createGrantConfirmation(publicClient, undefined)).toBeUndefined();
  });

  it('RFC 8705 §7.1: leaves those of clients that authenticate to their authentication', () => {
    expect(createGrantConfirmation(confidential, presented(certificate))).toBeUndefined();
  });
});

describe('verifyGrantConfirmation', () => {
  it('RFC 8705 §4: accepts the certificate that the refresh token is bound to', () => {
    const refreshToken = { cnf: createGrantConfirmation(publicClient, presented(certificate)) };
    expect(verifyGrantConfirmation(refreshToken, presented(certificate))).toEqual({
      bound: true,
      thumbprint: certificate.certificate.thumbprint,
    });
  });

  it.each<
    [what: string, code: string, grant: () => object, shown: () => TestCertificate | undefined, required: boolean]
  >([
    ['another certificate', 'ERR_GRANT_MISMATCH', bound, () => other, false],
    ['no certificate', 'ERR_GRANT_CERTIFICATE_MISSING', bound, () => undefined, false],
    ['no binding where it is required', 'ERR_GRANT_CONFIRMATION', () => ({}), () => certificate, true],
    ['a malformed binding', 'ERR_GRANT_CONFIRMATION', () => ({ cnf: { 'x5t#S256': 'x' } }), () => certificate, false],
  ])('RFC 8705 §4: refuses %s, as an invalid grant', (_what, code, grant, shown, required) => {
    const evidence = shown();
    try {
      verifyGrantConfirmation(grant(), evidence && presented(evidence), { required });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect(toErrorResponse(error)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
  });

  it('RFC 8705 §7.1: leaves a grant alone that was issued without one', () => {
    expect(verifyGrantConfirmation({}, presented(other), { required: false })).toEqual({ bound: false });
    expect(verifyGrantConfirmation({}, undefined, { required: false })).toEqual({ bound: false });
  });

  it('throws a TypeError for misuse', () => {
    expect(() => verifyGrantConfirmation('token' as unknown as object, presented(certificate))).toThrow(TypeError);
  });
});

function bound(): object {
  return { cnf: createConfirmation(certificate.certificate) };
}
