import { explainVerification, type VerificationCause } from 'oauth-mtls';
import { apache, createCertificateReader, haproxy, nginx } from 'oauth-mtls/forwarded';
import { presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let client: TestCertificate;

beforeAll(async () => {
  client = await selfSignedCertificate({ subject: 'CN=client' });
});

/** By cause: a code of Node, a number of OpenSSL, a text of OpenSSL. */
const CAUSES: readonly (readonly [cause: VerificationCause, ...reasons: string[]])[] = [
  ['purpose', 'INVALID_PURPOSE', '26', 'unsuitable certificate purpose', 'unsupported certificate purpose'],
  ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', '18', 'self-signed certificate', 'self signed certificate'],
  ['unknown-root', 'SELF_SIGNED_CERT_IN_CHAIN', '19', 'self-signed certificate in certificate chain'],
  ['unknown-authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', '2', '20', '21'],
  ['unknown-authority', 'unable to get local issuer certificate', 'unable to verify the first certificate'],
  ['expired', 'CERT_HAS_EXPIRED', '10', 'certificate has expired'],
  ['not-yet-valid', 'CERT_NOT_YET_VALID', '9', 'certificate is not yet valid'],
  ['revoked', 'CERT_REVOKED', '23', 'certificate revoked', 'revoked'],
  ['crl', 'UNABLE_TO_GET_CRL', 'CRL_HAS_EXPIRED', '3', '11', '12', 'CRL has expired'],
  ['signature', 'CERT_SIGNATURE_FAILURE', '7', 'certificate signature failure'],
  ['weak-key', 'EE_KEY_TOO_SMALL', 'CA_MD_TOO_WEAK', '66', '67', '68', 'EE certificate key too weak'],
  ['other', 'HOSTNAME_MISMATCH', '1', '26a', '180', 'x certificate has expired', ''],
];

describe('explainVerification', () => {
  it.each(CAUSES.flatMap(([cause, ...reasons]) => reasons.map((reason) => [reason, cause] as const)))(
    'takes %j for %s',
    (reason, cause) => {
      const report = explainVerification({ ...presented(client, { verification: 'unverified' }), reason });
      expect(report).toMatchObject({ cause, reason });
      expect(report.hint).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('says that nothing was validated, where there is no reason', () => {
    expect(explainVerification(presented(client, { verification: 'unknown' })).cause).toBe('not-asked');
    expect(explainVerification(presented(client, { verification: 'unverified' })).cause).toBe('other');
  });

  it('has nothing to explain where the chain is verified', () => {
    const verified = { ...presented(client, { verification: 'verified' }), reason: 'CERT_HAS_EXPIRED' };
    expect(explainVerification(verified)).toEqual({ cause: undefined, reason: undefined, hint: '' });
  });
});

describe('the reason of a proxy', () => {
  const read = (format: ReturnType<typeof nginx>, ...rawHeaders: string[]) =>
    createCertificateReader({ format, trust: () => true })({ rawHeaders });
  const escaped = () => encodeURIComponent(client.pem);

  it.each([
    ['FAILED:certificate has expired', 'certificate has expired', 'expired'],
    ['FAILED:unsuitable certificate purpose', 'unsuitable certificate purpose', 'purpose'],
    ['FAILED', undefined, 'other'],
  ])('nginx and Apache: %s', (status, reason, cause) => {
    for (const result of [
      read(nginx(), 'X-SSL-Client-Cert', escaped(), 'X-SSL-Client-Verify', status),
      read(apache(), 'X-SSL-Client-Cert', client.pem.replaceAll('\n', ' '), 'X-SSL-Client-Verify', status),
    ]) {
      expect(result).toMatchObject({ verification: 'unverified' });
      expect(result?.reason).toBe(reason);
      expect(explainVerification(result!).cause).toBe(cause);
    }
  });

  it.each([
    ['26', 'unverified', 'purpose'],
    ['10', 'unverified', 'expired'],
    ['x', 'unknown', 'not-asked'],
  ])('HAProxy: %s', (number, verification, cause) => {
    const certificate = ['X-SSL-Client-Cert', Buffer.from(client.certificate.der).toString('base64')];
    const result = read(haproxy(), ...certificate, 'X-SSL-Client-Verify', number, 'X-SSL-Client-Used', '1');
    expect(result).toMatchObject({ verification, reason: number });
    expect(explainVerification(result!).cause).toBe(cause);
  });

  it('is printable ASCII of at most 200 characters', () => {
    const status = `FAILED:a\u0001\u00ff${'b'.repeat(300)}`;
    const reason = read(nginx(), 'X-SSL-Client-Cert', escaped(), 'X-SSL-Client-Verify', status)?.reason;
    expect(reason).toMatch(/^[ -~]{1,200}$/);
  });
});
