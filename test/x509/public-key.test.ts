import { describe, expect, it } from 'vitest';

import { selfSignedCertificate } from 'oauth-mtls/testing';

import { TAG } from '../../src/encoding/der.js';
import { concat, oid, sequence, tlv } from '../../src/testing/der-writer.js';
import { OID } from '../../src/x509/oid.js';
import { jwkHoldsPublicKey, publicKeyJwk } from '../../src/x509/public-key.js';
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

const ones = (count: number) => Array<number>(count).fill(1);
const base64url = (count: number) => Buffer.alloc(count, 1).toString('base64url');
const point = (curve: string, ...octets: number[]) =>
  keyInfo(sequence(oid('1.2.840.10045.2.1'), oid(curve)), ...octets);

describe('publicKeyJwk', () => {
  it.each<[object, Uint8Array]>([
    [{ kty: 'OKP', crv: 'Ed25519', x: base64url(32) }, keyInfo(sequence(oid('1.3.101.112')), ...ones(32))],
    [{ kty: 'OKP', crv: 'Ed448', x: base64url(57) }, keyInfo(sequence(oid('1.3.101.113')), ...ones(57))],
    ...(
      [
        ['ML-DSA-44', 17, 1312],
        ['ML-DSA-65', 18, 1952],
        ['ML-DSA-87', 19, 2592],
      ] as const
    ).map(([alg, arc, size]): [object, Uint8Array] => [
      { kty: 'AKP', alg, pub: base64url(size) },
      keyInfo(sequence(oid(`2.16.840.1.101.3.4.3.${arc}`)), ...ones(size)),
    ]),
    ...(
      [
        ['P-256', '1.2.840.10045.3.1.7', 32],
        ['P-384', '1.3.132.0.34', 48],
        ['P-521', '1.3.132.0.35', 66],
      ] as const
    ).map(([crv, dotted, size]): [object, Uint8Array] => [
      { kty: 'EC', crv, x: base64url(size), y: Buffer.alloc(size, 2).toString('base64url') },
      point(dotted, 4, ...ones(size), ...ones(size).map(() => 2)),
    ]),
    [
      { kty: 'RSA', n: 'gA', e: 'Aw' },
      keyInfo(sequence(oid('1.2.840.113549.1.1.1'), tlv(TAG.NULL)), 0x30, 7, 2, 2, 0, 0x80, 2, 1, 3),
    ],
  ])('reads %o', (members, publicKey) => {
    expect(publicKeyJwk(publicKey)).toEqual(members);
    const within = concat(Uint8Array.of(0x30), publicKey, Uint8Array.of(0));
    expect(publicKeyJwk(within, 1, 1 + publicKey.length)).toEqual(members);
    expect(jwkHoldsPublicKey(new Map(Object.entries(members)), publicKey)).toBe(true);
    for (const name of Object.keys(members)) {
      const others = Object.entries(members).filter(([each]) => each !== name);
      expect(jwkHoldsPublicKey(new Map(others), publicKey)).toBe(false);
      expect(jwkHoldsPublicKey(new Map([...others, [name, 'x']]), publicKey)).toBe(false);
    }
  });

  const ed25519 = sequence(oid('1.3.101.112'));
  const p256 = '1.2.840.10045.3.1.7';
  it.each<[reason: string, what: string, publicKey: Uint8Array]>([
    ['algorithm', 'X25519', keyInfo(sequence(oid('1.3.101.110')), ...ones(32))],
    ['encoding', 'a short key', keyInfo(ed25519, ...ones(31))],
    ['encoding', 'a long key', keyInfo(ed25519, ...ones(33))],
    ['encoding', 'parameters', keyInfo(sequence(oid('1.3.101.112'), tlv(TAG.NULL)), ...ones(32))],
    ['encoding', 'unused bits', sequence(ed25519, tlv(TAG.BIT_STRING, Uint8Array.of(1, ...ones(31), 2)))],
    ['encoding', 'no octets of a key', sequence(ed25519, tlv(TAG.BIT_STRING))],
    ['curve', 'P-224', point('1.3.132.0.33', 4, ...ones(56))],
    ['explicit-parameters', 'no curve', keyInfo(sequence(oid('1.2.840.10045.2.1')), 4, ...ones(64))],
    ['explicit-parameters', 'parameters', keyInfo(sequence(oid('1.2.840.10045.2.1'), sequence()), 4, ...ones(64))],
    ['compressed-point', 'an even point', point(p256, 2, ...ones(32))],
    ['compressed-point', 'an odd point', point(p256, 3, ...ones(32))],
    ['encoding', 'a hybrid point', point(p256, 6, ...ones(64))],
    ['encoding', 'the point at infinity', point(p256, 0)],
    ['encoding', 'no point', point(p256)],
    ['encoding', 'a point without its end', point(p256, 4, ...ones(63))],
    ['encoding', 'a point with one octet more', point(p256, 4, ...ones(65))],
    ['encoding', 'a point of another curve', point(p256, 4, ...ones(96))],
  ])('refuses by its %s: %s', (reason, _what, publicKey) => {
    expect(() => publicKeyJwk(publicKey)).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_KEY', detail: { reason } }),
    );
    expect(jwkHoldsPublicKey(new Map(), publicKey)).toBe(false);
  });
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
