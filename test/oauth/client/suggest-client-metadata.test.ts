import { expect, it } from 'vitest';

import {
  authenticateClient,
  certificateJwk,
  parseCertificate,
  parseClientMetadata,
  subjectMatches,
  suggestClientMetadata,
  type Certificate,
  type SuggestedSubject,
} from 'oauth-mtls';
import { createCertificateAuthority, presented, selfSignedCertificate } from 'oauth-mtls/testing';

import { context, TAG } from '../../../src/encoding/der.js';
import { oid, sequence, tlv } from '../../../src/testing/der-writer.js';
import { OID } from '../../../src/x509/oid.js';
import { resigned } from '../../pki/resigned-certificate.js';
import { certificateOf, readNameVectors } from '../subject/name-vectors.js';

const suggestSubjects = (certificate: Certificate) =>
  suggestClientMetadata(certificate).filter((each): each is SuggestedSubject => each.parameter !== 'jwks');

it('suggests every name of a certificate in the form to register', async () => {
  const { certificate } = await selfSignedCertificate({
    subject: [
      [['2.5.4.6', 'PrintableString', 'GB']],
      [['2.5.4.97', 'PrintableString', 'PSDGB']],
      [['2.5.4.3', 'BMPString', 'a,b']],
    ],
    san: [
      { type: 'dns', value: '*.A.example' },
      { type: 'ip', value: '2001:db8::1' },
      { type: 'email', value: 'a@b.example' },
      { type: 'uri', value: 'spiffe://a/b' },
      { type: 'dns', value: '*.A.example' },
      { type: 'dns', value: 'a b' },
      { type: 'dns', value: 'a\0' },
      { type: 'ip', value: { hex: 'c000020100' } },
      { type: 'dn', value: 'CN=x' },
      { type: 'other', value: { hex: '880155' } },
    ],
  });
  const suggestions = suggestSubjects(certificate);
  expect(suggestions.map(({ parameter, value }) => [parameter, value])).toEqual([
    ['tls_client_auth_subject_dn', 'CN=a\\,b,2.5.4.97=#13055053444742,C=GB'],
    ['tls_client_auth_san_dns', '*.A.example'],
    ['tls_client_auth_san_ip', '2001:db8::1'],
    ['tls_client_auth_san_email', 'a@b.example'],
    ['tls_client_auth_san_uri', 'spiffe://a/b'],
  ]);
  for (const { parameter, value, metadata } of suggestions) {
    expect(subjectMatches(certificate, parameter, value)).toBe(true);
    expect(parseClientMetadata(metadata)).toEqual(metadata);
    expect(metadata).toEqual({ token_endpoint_auth_method: 'tls_client_auth', [parameter]: value });
  }
});

it('suggests no subject that can match nothing', async () => {
  for (const subject of ['', [[['2.5.4.3', 'UTF8String', 'a\u200b'] as const]]]) {
    const { certificate } = await selfSignedCertificate({ subject, san: { dns: 'a.example' } });
    expect(suggestSubjects(certificate).map(({ value }) => value)).toEqual(['a.example']);
  }
});

it('suggests values that match, for the certificate of every vector', async () => {
  let suggestions = 0;
  for (const vector of readNameVectors()) {
    const certificate = certificateOf(vector);
    for (const { parameter, value } of suggestSubjects(certificate)) {
      suggestions++;
      expect([vector.id, value, subjectMatches(certificate, parameter, value)]).toEqual([vector.id, value, true]);
    }
  }
  expect(suggestions).toBeGreaterThan(400);
});

it('suggests the keys of a self-signed certificate last, and those of no other', async () => {
  const root = await createCertificateAuthority({ subject: 'CN=root' });
  const issued = await root.issue({ subject: 'CN=client' });
  const { certificate } = await selfSignedCertificate({ subject: '', san: { dns: 'a.example' } });
  const kinds = (each: Certificate) => suggestClientMetadata(each).map(({ parameter }) => parameter);
  expect(kinds(issued.certificate)).toEqual(['tls_client_auth_subject_dn']);
  // an authority's own certificate is self-signed, as `openssl req -x509` makes them
  expect(kinds(root.certificate)).toEqual(['tls_client_auth_subject_dn', 'jwks']);
  expect(kinds(certificate)).toEqual(['tls_client_auth_san_dns', 'jwks']);
  const { value, metadata } = suggestClientMetadata(certificate)[1]!;
  expect(metadata).toEqual({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [certificateJwk(certificate)] },
  });
  expect(value).toBe((metadata as { jwks: unknown }).jwks);
});

it('suggests metadata with which the certificate authenticates', async () => {
  const certificates = await Promise.all([
    selfSignedCertificate({ keyType: 'Ed25519' }),
    selfSignedCertificate({ keyType: 'RSA-PSS-2048', san: { uri: 'https://a.example/b' } }),
    createCertificateAuthority({ subject: 'CN=root', keyType: 'P-384' }),
  ]);
  for (const { certificate } of certificates) {
    const suggestions = suggestClientMetadata(certificate);
    expect(suggestions.length).toBeGreaterThan(1);
    for (const { metadata } of suggestions) {
      const client = parseClientMetadata(JSON.parse(JSON.stringify(metadata)));
      const { method } = await authenticateClient(presented(certificate, { verification: 'verified' }), client);
      expect(method).toBe(metadata.token_endpoint_auth_method);
    }
  }
});

it('suggests no keys that cannot be registered', async () => {
  const { certificate, privateKeyPem } = await selfSignedCertificate({ subject: 'CN=client', keyType: 'P-256' });
  const kinds = (der: Uint8Array) =>
    suggestClientMetadata(parseCertificate(der, { maxBytes: 100_000 })).map(({ parameter }) => parameter);
  const replaced = (from: Uint8Array, to: Uint8Array) => {
    const der = Buffer.from(certificate.der);
    der.set(to, der.indexOf(from));
    return der;
  };
  const padding = sequence(oid('1.2.3'), tlv(TAG.OCTET_STRING, new Uint8Array(70_000)));
  expect(kinds(certificate.der)).toEqual(['tls_client_auth_subject_dn', 'jwks']);
  for (const der of [
    // a curve that JWKs do not have
    replaced(OID.p256, OID.p256.with(-1, 1)),
    // a curve that is not an object identifier
    replaced(Uint8Array.of(TAG.OID, OID.p256.length, ...OID.p256), Uint8Array.of(TAG.OCTET_STRING)),
    // larger than a certificate in metadata may be
    resigned(certificate, privateKeyPem, { extensions: tlv(context(3, true), sequence(padding)) }),
  ]) {
    expect(kinds(der)).toEqual(['tls_client_auth_subject_dn']);
  }
});
