import { X509Certificate } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestKeyType,
  type TestSubject,
} from 'oauth-mtls/testing';

describe('test certificates', () => {
  it.each<TestKeyType>(['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-PSS-2048', 'Ed25519'])(
    'carry a valid signature by %s',
    async (keyType) => {
      const root = await createCertificateAuthority({ keyType, subject: 'CN=root' });
      const client = await root.issue({ subject: 'CN=client' });
      const issuer = new X509Certificate(root.pem);
      expect([issuer.verify(issuer.publicKey), new X509Certificate(client.pem).verify(issuer.publicKey)]).toEqual([
        true,
        true,
      ]);
    },
  );

  it.each<[string, TestSubject, string]>([
    ['invalid UTF-8', [[['2.5.4.3', 'UTF8String', { hex: '61ff62' }]]], '0c0361ff62'],
    [
      'a piece of a character in UniversalString',
      [[['2.5.4.3', 'UniversalString', { hex: '0000006100' }]]],
      '1c050000006100',
    ],
    ['a surrogate in BMPString', [[['2.5.4.3', 'BMPString', { hex: 'd800' }]]], '1e02d800'],
    ['an OCTET STRING', [[['2.5.4.3', 'OctetString', { hex: '00' }]]], '040100'],
    ['an arc of 128 bits', '2.25.340282366920938463463374607431768211455=#0c0175', '0c0175'],
  ])('carry a subject with %s', async (_what, subject, der) => {
    const { certificate } = await selfSignedCertificate({ subject });
    expect(certificate.subject.rdns).toEqual([[expect.objectContaining({ der })]]);
    expect(certificate.issuer.equals(certificate.subject)).toBe(true);
  });
});
