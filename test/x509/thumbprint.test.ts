import { createHash } from 'node:crypto';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { expect, it } from 'vitest';
import { sha512Thumbprint, wrongThumbprints } from '../../src/x509/thumbprint.js';

const { certificate } = await selfSignedCertificate();
const hash = (data: string | Uint8Array, name = 'sha256') => createHash(name).update(data).digest('base64url');

it('knows every text form of a certificate that may have been hashed instead', () => {
  const base64 = Buffer.from(certificate.der).toString('base64');
  const lines = base64.match(/.{1,64}/g)!;
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'];
  const expected = new Map<string, string>([
    [hash(base64), 'hash-of-base64'],
    [hash(certificate.publicKey), 'hash-of-public-key'],
  ]);
  for (const end of ['\n', '\r\n']) {
    expected.set(hash(lines.join(end)), 'hash-of-base64');
    expected.set(hash(pem.join(end)), 'hash-of-pem');
    expected.set(hash(pem.join(end) + end), 'hash-of-pem');
  }
  expect(new Map(wrongThumbprints(certificate))).toEqual(expected);
  expect(expected.has(certificate.thumbprint)).toBe(false);
});

it('hashes the DER', () => {
  expect(certificate.thumbprint).toBe(hash(certificate.der));
  expect(sha512Thumbprint(certificate)).toBe(hash(certificate.der, 'sha512'));
});
