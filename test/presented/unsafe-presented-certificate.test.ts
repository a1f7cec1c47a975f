import { X509Certificate } from 'node:crypto';
import {
  authenticateClient,
  certificateJwk,
  createConfirmation,
  unsafePresentedCertificate,
  verifyConfirmation,
  type Verification,
} from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

const root = await createCertificateAuthority({ subject: 'CN=root' });
const authority = await root.issueAuthority({ subject: 'CN=authority' });
const { certificate, pem } = await authority.issue({ subject: 'CN=client' });
const asserted = { certificate, verification: 'unknown', source: 'uWebSockets.js' } as const;
const bySubject = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=client' };

describe('unsafePresentedCertificate', () => {
  it.each<[string, Parameters<typeof unsafePresentedCertificate>[0]['certificate']]>([
    ['a certificate', certificate],
    ['PEM', pem],
    ['DER', certificate.der],
    ["Node's X509Certificate", new X509Certificate(pem)],
  ])('takes %s, and is frozen', (_form, input) => {
    const presented = unsafePresentedCertificate({ ...asserted, certificate: input });
    expect(presented.certificate.thumbprint).toBe(certificate.thumbprint);
    expect(presented).toMatchObject({ verification: 'unknown', source: 'uWebSockets.js', intermediates: [] });
    expect(Object.isFrozen(presented)).toBe(true);
  });

  it.each<[Verification, string]>([
    ['verified', 'tls_client_auth'],
    ['unverified', 'ERR_CLIENT_UNVERIFIED'],
    ['unknown', 'ERR_CLIENT_UNVERIFIED'],
  ])('passes on the verdict that the caller asserts: %s', async (verification, expected) => {
    const presented = unsafePresentedCertificate({ ...asserted, verification });
    const answer = await authenticateClient(presented, bySubject).then(
      ({ method }) => method,
      (error: unknown) => (error as { code: string }).code,
    );
    expect(answer).toBe(expected);
  });

  it('takes intermediates as hints for a path verifier', async () => {
    const pathVerifier = createPathVerifier({ trustAnchors: [root.pem] });
    const presented = unsafePresentedCertificate({ ...asserted, intermediates: [authority.pem] });
    expect((await authenticateClient(presented, bySubject, { pathVerifier })).method).toBe('tls_client_auth');
    await expect(
      authenticateClient(unsafePresentedCertificate(asserted), bySubject, { pathVerifier }),
    ).rejects.toMatchObject({ code: 'ERR_CLIENT_PATH' });
  });

  it('is evidence for the other decisions', async () => {
    const client = await selfSignedCertificate();
    const presented = unsafePresentedCertificate({ ...asserted, certificate: client.pem });
    const jwks = { keys: [certificateJwk(client.certificate)] };
    const metadata = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks };
    expect((await authenticateClient(presented, metadata)).method).toBe('self_signed_tls_client_auth');
    expect(verifyConfirmation({ cnf: createConfirmation(client.certificate) }, presented).bound).toBe(true);
    expect(() => verifyConfirmation({ cnf: createConfirmation(certificate) }, presented)).toThrow();
  });

  it.each<[string, object]>([
    ['no options', undefined as never],
    ['no certificate', { verification: 'unknown', source: 'a' }],
    ['no verdict', { certificate, source: 'a' }],
    ['no source', { certificate, verification: 'unknown' }],
    ['a boolean verdict', { ...asserted, verification: true }],
    ['another word', { ...asserted, verification: 'SUCCESS' }],
    ['an empty source', { ...asserted, source: '' }],
    ['a long source', { ...asserted, source: 'a'.repeat(201) }],
    ['null for no certificate', { ...asserted, certificate: null }],
    ['intermediates that are one PEM file', { ...asserted, intermediates: authority.pem }],
    ['an unknown option', { ...asserted, authorized: true }],
  ])('is a TypeError for %s', (_what, options) => {
    expect(() => unsafePresentedCertificate(options as typeof asserted)).toThrow(TypeError);
  });

  it.each<[string, object, string]>([
    [
      'an empty certificate, as uWebSockets.js returns for none',
      { ...asserted, certificate: '' },
      'ERR_ENCODING_EMPTY',
    ],
    ['PEM of two certificates', { ...asserted, certificate: pem + authority.pem }, 'ERR_ENCODING_PEM'],
    ['an intermediate that is no certificate', { ...asserted, intermediates: ['AAAA'] }, 'ERR_ENCODING_DER'],
  ])('refuses %s', (_what, options, code) => {
    expect(() => unsafePresentedCertificate(options as typeof asserted)).toThrow(expect.objectContaining({ code }));
  });
});
