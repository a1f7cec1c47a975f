import { DerReader, TAG } from '../encoding/der.js';
import { decodeOid, isOid, OID } from './oid.js';

/** Maximum length of a reported object identifier. */
const MAX_OID_OCTETS = 32;

/** Names of unsupported algorithms and curves, for logs. Others are reported in dotted form. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.10040.4.1', 'DSA'],
  ['1.3.101.110', 'X25519'],
  ['1.3.101.111', 'X448'],
  ['1.2.840.10045.3.1.1', 'P-192'],
  ['1.3.132.0.33', 'P-224'],
  ['1.3.132.0.10', 'secp256k1'],
  ['1.3.36.3.3.2.8.1.1.7', 'brainpoolP256r1'],
  ['1.3.36.3.3.2.8.1.1.11', 'brainpoolP384r1'],
  ['1.3.36.3.3.2.8.1.1.13', 'brainpoolP512r1'],
  ['1.2.840.113549.1.1.4', 'md5WithRSAEncryption'],
  ['1.2.840.113549.1.1.5', 'sha1WithRSAEncryption'],
  ['1.2.840.10045.4.1', 'ecdsa-with-SHA1'],
]);

const SUPPORTED = [
  OID.rsaEncryption,
  OID.rsassaPss,
  OID.ed25519,
  OID.ed448,
  OID.mlDsa44,
  OID.mlDsa65,
  OID.mlDsa87,
] as const;
const SUPPORTED_CURVES = [OID.p256, OID.p384, OID.p521] as const;

/** Why a key type is not supported. */
export interface UnsupportedKey {
  readonly reason: 'key-type' | 'curve' | 'explicit-curve';
  /** The name of the algorithm or curve. */
  readonly found: readonly string[] | undefined;
}

/**
 * Returns why the key in the SubjectPublicKeyInfo in a byte range is not supported: its algorithm, its curve, or a
 * curve that is not named. Undefined for a supported type.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5480 §2.1.1
 */
export function unsupportedKey(bytes: Uint8Array, start = 0, end = bytes.length): UnsupportedKey | undefined {
  const algorithm = new DerReader(bytes, start, end).expect(TAG.SEQUENCE).enter().expect(TAG.SEQUENCE).enter();
  algorithm.expect(TAG.OID);
  const is = (oid: Uint8Array): boolean => isOid(bytes, algorithm.start, algorithm.end, oid);
  if (is(OID.ecPublicKey)) {
    // RFC 5480 §2.1.1: a named curve; specifiedCurve and implicitCurve are not used
    if (!algorithm.optional(TAG.OID)) return { reason: 'explicit-curve', found: undefined };
    return SUPPORTED_CURVES.some(is)
      ? undefined
      : { reason: 'curve', found: nameOf(bytes, algorithm.start, algorithm.end) };
  }
  return SUPPORTED.some(is) ? undefined : { reason: 'key-type', found: nameOf(bytes, algorithm.start, algorithm.end) };
}

/**
 * Returns the object identifier in a byte range, as a known name or in dotted form. Undefined for a long one.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function nameOf(bytes: Uint8Array, start: number, end: number): readonly string[] | undefined {
  if (end - start > MAX_OID_OCTETS) return undefined;
  const dotted = decodeOid(bytes, start, end);
  return [NAMES.get(dotted) ?? dotted];
}
