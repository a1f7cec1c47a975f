import { readBitOctets, readMagnitude } from '../encoding/asn1.js';
import { DerReader, TAG } from '../encoding/der.js';
import { isMtlsError, MtlsError, type MtlsErrorReason } from '../errors.js';
import { toBase64url } from '../platform/base64url.js';
import { isOid, OID } from './oid.js';

/** The members of a JWK that hold a public key. */
export interface KeyMembers {
  /** `RSA`, `EC`, `OKP` or `AKP`. */
  readonly kty: string;
  /** Of EC and OKP keys (RFC 7518 §6.2.1, RFC 8037 §2). */
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  /** Of RSA keys (RFC 7518 §6.3.1). */
  readonly n?: string;
  readonly e?: string;
  /** Of AKP keys (RFC 9964 §3). */
  readonly alg?: string;
  readonly pub?: string;
}

/** Object identifier, name in a JWK, octets of a coordinate or of the key. */
type Kinds = readonly (readonly [oid: Uint8Array, name: string, octets: number])[];

const CURVES: Kinds = [
  [OID.p256, 'P-256', 32],
  [OID.p384, 'P-384', 48],
  [OID.p521, 'P-521', 66],
];

const EDWARDS: Kinds = [
  [OID.ed25519, 'Ed25519', 32],
  [OID.ed448, 'Ed448', 57],
];

const ML_DSA: Kinds = [
  [OID.mlDsa44, 'ML-DSA-44', 1312],
  [OID.mlDsa65, 'ML-DSA-65', 1952],
  [OID.mlDsa87, 'ML-DSA-87', 2592],
];

/**
 * Returns the SubjectPublicKeyInfo in a byte range as the members of a JWK, in their one canonical form: RSA, EC on a
 * NIST curve, an Edwards curve, or ML-DSA. The runtime need not implement the algorithm.
 *
 * @throws MtlsError ERR_CERTIFICATE_KEY if the key cannot be represented as a JWK, ERR_ENCODING_DER if it is malformed
 * @see RFC 7518 §6.2.1, §6.3.1, RFC 8037 §2, RFC 9964 §3
 */
export function publicKeyJwk(bytes: Uint8Array, start = 0, end = bytes.length): KeyMembers {
  const outer = new DerReader(bytes, start, end);
  const info = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const algorithm = info.expect(TAG.SEQUENCE).enter();
  algorithm.expect(TAG.OID);
  const key = readBitOctets(info.expect(TAG.BIT_STRING));
  info.finish();
  if (key === undefined) throw noJwk('encoding');
  // RFC 4055 §1.2: the same key, with or without a restriction to one signature scheme
  if (holds(algorithm, OID.rsaEncryption) || holds(algorithm, OID.rsassaPss)) return readRsaKey(key);
  if (holds(algorithm, OID.ecPublicKey)) return readPoint(algorithm, key);
  const edwards = EDWARDS.find(([oid]) => holds(algorithm, oid));
  const kind = edwards ?? ML_DSA.find(([oid]) => holds(algorithm, oid));
  if (kind === undefined) throw noJwk('algorithm');
  const [, name, octets] = kind;
  // RFC 8410 §3, RFC 9881 §2: no parameters
  if (!algorithm.done || key.length !== octets) throw noJwk('encoding');
  const encoded = toBase64url(key);
  return edwards === undefined ? { kty: 'AKP', alg: name, pub: encoded } : { kty: 'OKP', crv: name, x: encoded };
}

/**
 * Whether a JWK contains the public key of a SubjectPublicKeyInfo. False for a key that cannot be represented as a JWK,
 * and for a JWK that is not in canonical form.
 *
 * @throws MtlsError ERR_ENCODING_DER if the SubjectPublicKeyInfo is malformed
 * @see RFC 7517 §4.7
 */
export function jwkHoldsPublicKey(jwk: ReadonlyMap<string, unknown>, publicKey: Uint8Array): boolean {
  let members: KeyMembers;
  try {
    members = publicKeyJwk(publicKey);
  } catch (error) {
    if (isMtlsError(error, 'ERR_CERTIFICATE_KEY')) return false;
    throw error;
  }
  return Object.entries(members).every(([name, value]) => jwk.get(name) === value);
}

/** RFC 8017 appendix A.1.1. Numbers in a JWK have no leading zero octet (RFC 7518 §2, Base64urlUInt). */
function readRsaKey(key: Uint8Array): KeyMembers {
  const outer = new DerReader(key);
  const pair = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const n = toBase64url(readMagnitude(pair.expect(TAG.INTEGER)));
  const e = toBase64url(readMagnitude(pair.expect(TAG.INTEGER)));
  pair.finish();
  return { kty: 'RSA', n, e };
}

/** RFC 5480 §2.1.1: a named curve; SEC 1 §2.3.3: 0x04 and two coordinates of full length. */
function readPoint(algorithm: DerReader, key: Uint8Array): KeyMembers {
  if (!algorithm.optional(TAG.OID)) throw noJwk('explicit-parameters');
  const curve = CURVES.find(([oid]) => holds(algorithm, oid));
  if (curve === undefined) throw noJwk('curve');
  const [, crv, size] = curve;
  if (key[0] === 0x02 || key[0] === 0x03) throw noJwk('compressed-point');
  if (key[0] !== 0x04 || key.length !== 1 + 2 * size) throw noJwk('encoding');
  return { kty: 'EC', crv, x: toBase64url(key.subarray(1, 1 + size)), y: toBase64url(key.subarray(1 + size)) };
}

function holds({ bytes, start, end }: DerReader, oid: Uint8Array): boolean {
  return isOid(bytes, start, end, oid);
}

function noJwk(reason: MtlsErrorReason<'ERR_CERTIFICATE_KEY'>): MtlsError {
  return new MtlsError('ERR_CERTIFICATE_KEY', { reason });
}
