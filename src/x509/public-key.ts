import { readMagnitude } from '../encoding/asn1.js';
import { bytesEqual } from '../encoding/bytes.js';
import { DerReader, TAG } from '../encoding/der.js';
import { isMtlsError } from '../errors.js';
import { decodeBase64url } from '#platform/base64';
import { isOid, OID } from './oid.js';

/** Members of a JWK by name. */
type Jwk = ReadonlyMap<string, unknown>;

/** Named curves, with the octets of a coordinate (RFC 7518 §6.2.1.2). */
const EC_CURVES = new Map<unknown, { readonly oid: Uint8Array; readonly size: number }>([
  ['P-256', { oid: OID.p256, size: 32 }],
  ['P-384', { oid: OID.p384, size: 48 }],
  ['P-521', { oid: OID.p521, size: 66 }],
]);

/** Key types of RFC 8410 §3. */
const OKP_CURVES = new Map<unknown, Uint8Array>([
  ['Ed25519', OID.ed25519],
  ['Ed448', OID.ed448],
]);

/** Values of `alg` in keys of type AKP (RFC 9964), and the algorithm of the certificate (RFC 9881 §2). */
const AKP_ALGORITHMS = new Map<unknown, Uint8Array>([
  ['ML-DSA-44', OID.mlDsa44],
  ['ML-DSA-65', OID.mlDsa65],
  ['ML-DSA-87', OID.mlDsa87],
]);

/**
 * Whether a JWK contains the public key of a SubjectPublicKeyInfo: RSA, EC on a NIST curve, an Edwards curve, or
 * ML-DSA. False for any other type of key, and for a JWK that is not in canonical form. The octets are compared, so the
 * runtime need not implement the algorithm.
 *
 * @throws MtlsError ERR_ENCODING_DER if the SubjectPublicKeyInfo is malformed
 * @see RFC 7517 §4.7, RFC 7518 §6.2.1, §6.3.1, RFC 8037 §2, RFC 9964 §3
 */
export function jwkHoldsPublicKey(jwk: Jwk, publicKey: Uint8Array): boolean {
  const outer = new DerReader(publicKey);
  const info = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const algorithm = info.expect(TAG.SEQUENCE).enter();
  info.expect(TAG.BIT_STRING);
  // all supported keys are whole octets
  if (publicKey[info.start] !== 0) return false;
  const key = publicKey.subarray(info.start + 1, info.end);
  info.finish();
  algorithm.expect(TAG.OID);
  const { start, end } = algorithm;
  switch (jwk.get('kty')) {
    case 'RSA':
      // RFC 4055 §1.2: the same key, with or without a restriction to one signature scheme
      return [OID.rsaEncryption, OID.rsassaPss].some((oid) => isOid(publicKey, start, end, oid)) && isRsaKey(jwk, key);
    case 'EC': {
      const curve = EC_CURVES.get(jwk.get('crv'));
      if (curve === undefined || !isOid(publicKey, start, end, OID.ecPublicKey)) return false;
      if (!algorithm.optional(TAG.OID) || !isOid(publicKey, algorithm.start, algorithm.end, curve.oid)) return false;
      return isPoint(jwk, key, curve.size);
    }
    case 'OKP': {
      const oid = OKP_CURVES.get(jwk.get('crv'));
      return oid !== undefined && isOid(publicKey, start, end, oid) && holds(jwk.get('x'), key);
    }
    case 'AKP': {
      const oid = AKP_ALGORITHMS.get(jwk.get('alg'));
      // RFC 9881 §2: no parameters
      return oid !== undefined && isOid(publicKey, start, end, oid) && algorithm.done && holds(jwk.get('pub'), key);
    }
    default:
      return false;
  }
}

/**
 * RFC 8017 appendix A.1.1: RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }. A JWK contains their
 * octets without a leading zero octet (RFC 7518 §2, Base64urlUInt).
 */
function isRsaKey(jwk: Jwk, key: Uint8Array): boolean {
  const outer = new DerReader(key);
  const pair = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const modulus = readMagnitude(pair.expect(TAG.INTEGER));
  const exponent = readMagnitude(pair.expect(TAG.INTEGER));
  pair.finish();
  return holds(jwk.get('n'), modulus) && holds(jwk.get('e'), exponent);
}

/** SEC 1 §2.3.3: an uncompressed point is 0x04 and two coordinates of full length. */
function isPoint(jwk: Jwk, key: Uint8Array, size: number): boolean {
  if (key.length !== 1 + 2 * size || key[0] !== 0x04) return false;
  return holds(jwk.get('x'), key.subarray(1, 1 + size)) && holds(jwk.get('y'), key.subarray(1 + size));
}

/** Whether a JWK member is the strict base64url of these octets. */
function holds(member: unknown, octets: Uint8Array): boolean {
  if (typeof member !== 'string') return false;
  try {
    return bytesEqual(decodeBase64url(member), octets);
  } catch (error) {
    if (isMtlsError(error, 'ERR_ENCODING_BASE64')) return false;
    throw error;
  }
}
