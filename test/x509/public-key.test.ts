import { expect, it } from 'vitest';

import { selfSignedCertificate } from 'oauth-mtls/testing';

import { concat } from '../../src/testing/der-writer.js';
import { OID } from '../../src/x509/oid.js';
import { jwkHoldsPublicKey } from '../../src/x509/public-key.js';

/** Replaces the first occurrence of some octets by others of the same length. */
function replace(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from);
  expect([at > 0, to.length]).toEqual([true, from.length]);
  return concat(bytes.subarray(0, at), to, bytes.subarray(at + from.length));
}

it('RFC 4055 §1.2: an RSA key for RSASSA-PSS alone is an RSA key', async () => {
  const { certificate, jwk } = await selfSignedCertificate({ keyType: 'RSA-2048' });
  const members = new Map(Object.entries(jwk));
  expect(jwkHoldsPublicKey(members, certificate.publicKey)).toBe(true);
  expect(jwkHoldsPublicKey(members, replace(certificate.publicKey, OID.rsaEncryption, OID.rsassaPss))).toBe(true);
  const other = OID.rsaEncryption.with(-1, 7);
  expect(jwkHoldsPublicKey(members, replace(certificate.publicKey, OID.rsaEncryption, other))).toBe(false);
});

it('a key on one curve is no key on another', async () => {
  const { certificate, jwk } = await selfSignedCertificate({ keyType: 'P-256' });
  const other = OID.p256.with(-1, 1);
  expect(jwkHoldsPublicKey(new Map(Object.entries(jwk)), replace(certificate.publicKey, OID.p256, other))).toBe(false);
  // a compressed point is not looked into
  const compressed = replace(certificate.publicKey, Uint8Array.of(0, 4), Uint8Array.of(0, 2));
  expect(jwkHoldsPublicKey(new Map(Object.entries(jwk)), compressed)).toBe(false);
  // nor a key that is not a whole number of octets
  const bits = replace(certificate.publicKey, Uint8Array.of(0, 4), Uint8Array.of(1, 4));
  expect(jwkHoldsPublicKey(new Map(Object.entries(jwk)), bits)).toBe(false);
});
