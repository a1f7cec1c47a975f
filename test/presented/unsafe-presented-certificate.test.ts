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

  it('takes a source of 200 characters', () => {
    const source = 'a'.repeat(200);
    expect(unsafePresentedCertificate({ ...asserted, source }).source).toBe(source);
  });

  it.each<[string, string, object]>([
    ['no options', 'Options', undefined as never],
    ['no certificate', '"certificate"', { verification: 'unknown', source: 'a' }],
    ['no verdict', '"verification"', { certificate, source: 'a' }],
    ['no source', '"source"', { certificate, verification: 'unknown' }],
    ['a boolean verdict', '"verification"', { ...asserted, verification: true }],
    ['another word', '"verification"', { ...asserted, verification: 'SUCCESS' }],
    ['an empty source', '"source"', { ...asserted, source: '' }],
    ['a long source', '"source" must be at most 200', { ...asserted, source: 'a'.repeat(201) }],
    ['null for no certificate', '"certificate" must be a certificate', { ...asserted, certificate: null }],
    ['intermediates that are one PEM file', '"intermediates"', { ...asserted, intermediates: authority.pem }],
    ['null for an intermediate', '"intermediates[1]"', { ...asserted, intermediates: [authority.pem, null] }],
    ['an unknown option', '"authorized"', { ...asserted, authorized: true }],
  ])('is a TypeError for %s that names %s', (_what, named, options) => {
    const assert = () => unsafePresentedCertificate(options as typeof asserted);
    expect(assert).toThrow(TypeError);
    expect(assert).toThrow(named);
  });

  it('keeps the cause of a TypeError', () => {
    expect(() => unsafePresentedCertificate({ ...asserted, certificate: null as never })).toThrow(
      expect.objectContaining({ cause: expect.any(TypeError) }),
    );
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
