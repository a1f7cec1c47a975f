import { describe, expect, it } from 'vitest';

import { selfSignedCertificate } from 'oauth-mtls/testing';

import { TAG } from '../../src/encoding/der.js';
import { concat, oid, sequence, tlv } from '../../src/testing/der-writer.js';
import { OID } from '../../src/x509/oid.js';
import { jwkHoldsPublicKey } from '../../src/x509/public-key.js';
import { unsupportedKey } from '../../src/x509/unsupported-key.js';

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

/** A SubjectPublicKeyInfo with these octets as its key. */
function keyInfo(algorithm: Uint8Array, ...octets: number[]): Uint8Array {
  return sequence(algorithm, tlv(TAG.BIT_STRING, Uint8Array.of(0, ...octets)));
}

it.each<[string, Uint8Array]>([
  ['no RSAPublicKey', keyInfo(sequence(oid('1.2.840.113549.1.1.1'), tlv(TAG.NULL)), 1)],
  [
    'a third number in RSAPublicKey',
    keyInfo(sequence(oid('1.2.840.113549.1.1.1')), 0x30, 9, 2, 1, 1, 2, 1, 3, 2, 1, 5),
  ],
  ['bytes after it', concat(keyInfo(sequence(oid('1.3.101.112')), ...Array<number>(32).fill(1)), Uint8Array.of(0))],
])('a malformed key is an error, not a mismatch: %s', (_what, publicKey) => {
  expect(() => jwkHoldsPublicKey(new Map([['kty', 'RSA']]), publicKey)).toThrow(
    expect.objectContaining({ code: 'ERR_ENCODING_DER' }),
  );
});

describe('unsupportedKey', () => {
  const ec = oid('1.2.840.10045.2.1');
  const longOid = tlv(
    TAG.OID,
    Uint8Array.from({ length: 33 }, () => 1),
  );

  it.each<[string, object | undefined, Uint8Array]>([
    ['Ed25519', undefined, sequence(oid('1.3.101.112'))],
    ['X25519', { reason: 'key-type', found: ['X25519'] }, sequence(oid('1.3.101.110'))],
    ['an unknown algorithm', { reason: 'key-type', found: ['1.2.3'] }, sequence(oid('1.2.3'))],
    ['an algorithm with a long name', { reason: 'key-type', found: undefined }, sequence(longOid)],
    ['P-256', undefined, sequence(ec, oid('1.2.840.10045.3.1.7'))],
    ['P-224', { reason: 'curve', found: ['P-224'] }, sequence(ec, oid('1.3.132.0.33'))],
    ['a curve with a long name', { reason: 'curve', found: undefined }, sequence(ec, longOid)],
    ['a curve by its parameters', { reason: 'explicit-curve', found: undefined }, sequence(ec, sequence())],
  ])('RFC 5480 §2.1.1: names %s', (_what, expected, algorithm) => {
    expect(unsupportedKey(keyInfo(algorithm))).toEqual(expected);
  });
});
