import { checkNull, readBitOctets, readMagnitude } from '../../encoding/asn1.js';
import { DerReader, TAG, type EncodingHabit } from '../../encoding/der.js';
import { derElement } from '../../encoding/der-element.js';
import { MtlsError, type MtlsErrorReason } from '../../errors.js';
import type { AdditionalCurve, BareScheme, CurveName } from '../../platform/signature-scheme.js';
import { isOid, OID } from '../../x509/oid.js';
import { unsupportedKey } from '../../x509/unsupported-key.js';
import { VerificationKey } from '#platform/verify';
import { readPssParameters, type PssParameters } from './pss-parameters.js';

/** rustls and Go accept RSA keys of 2048 to 8192 bits. Larger keys are slow. */
const RSA_MIN_BITS = 2048;
const RSA_MAX_BITS = 8192;
/** OpenSSL's OPENSSL_RSA_MAX_PUBEXP_BITS. With a long exponent, verification is as slow as signing. */
const RSA_MAX_EXPONENT_BITS = 64;

/** AlgorithmIdentifier { rsaEncryption, NULL }, RFC 3279 §2.3.1. */
const RSA_ENCRYPTION = Uint8Array.of(0x30, 0x0d, 0x06, 0x09, ...OID.rsaEncryption, 0x05, 0x00);

/** Key types by object identifier, octets of the key (of one coordinate, for curves), and cost. */
type Kinds<Name> = readonly (readonly [oid: Uint8Array, type: Name, octets: number, cost: number])[];

const CURVES: Kinds<CurveName> = [
  [OID.p256, 'P-256', 32, 1],
  [OID.p384, 'P-384', 48, 4],
  [OID.p521, 'P-521', 66, 10],
];

const MORE_CURVES: Kinds<AdditionalCurve> = [
  [OID.brainpoolP256r1, 'brainpoolP256r1', 32, 5],
  [OID.brainpoolP384r1, 'brainpoolP384r1', 48, 10],
  [OID.brainpoolP512r1, 'brainpoolP512r1', 64, 13],
];

const BARE: Kinds<BareScheme> = [
  [OID.ed25519, 'Ed25519', 32, 1],
  [OID.ed448, 'Ed448', 57, 4],
  [OID.mlDsa44, 'ML-DSA-44', 1312, 1],
  [OID.mlDsa65, 'ML-DSA-65', 1952, 2],
  [OID.mlDsa87, 'ML-DSA-87', 2592, 4],
];

/** A public key for verifying signatures, with the parameters from its encoding. */
export interface PublicKey {
  readonly type: 'RSA' | CurveName | BareScheme;
  /** The parameters to which an id-RSASSA-PSS key is restricted. Null if it allows PSS with any parameters. */
  readonly pss?: PssParameters | null;
  /** Cost of a verification, in verifications with P-256. */
  readonly cost: number;
  readonly key: VerificationKey;
}

/**
 * Reads the SubjectPublicKeyInfo in a byte range. Refuses weak keys and unsupported types: explicit curves, compressed
 * points, DSA, RSA below 2048 bits. The reason names the fault.
 *
 * @param additional curves to accept in addition to P-256, P-384 and P-521
 * @throws MtlsError ERR_PATH_ALGORITHM, ERR_PATH_WEAK_KEY, ERR_ENCODING_DER
 * @see RFC 3279 §2.3, RFC 4055 §1.2, RFC 5480 §2, RFC 8410 §3, RFC 9881 §4
 */
export function readPublicKey(
  bytes: Uint8Array,
  start: number,
  end: number,
  additional: readonly AdditionalCurve[],
  habits?: Set<EncodingHabit>,
): PublicKey {
  const info = new DerReader(bytes, start, end, habits).expect(TAG.SEQUENCE).enter();
  const algorithm = info.expect(TAG.SEQUENCE).enter();
  const { start: oidStart, end: oidEnd } = algorithm.expect(TAG.OID);
  const key = readBitOctets(info.expect(TAG.BIT_STRING));
  const malformedKey = (): MtlsError => new MtlsError('ERR_PATH_ALGORITHM', { reason: 'publicKey' });
  const unsupported = (): MtlsError => {
    const kind = unsupportedKey(bytes, start, end);
    return kind === undefined ? malformedKey() : new MtlsError('ERR_PATH_ALGORITHM', kind);
  };
  // all supported keys are whole octets
  if (key === undefined) throw unsupported();
  const { header: bitString, end: keyEnd } = info;
  const is = (oid: Uint8Array): boolean => isOid(bytes, oidStart, oidEnd, oid);

  if (is(OID.rsaEncryption)) {
    // RFC 3279 §2.3.1: the parameters are NULL
    checkNull(algorithm.expect(TAG.NULL));
    const cost = checkRsaKey(key);
    return { type: 'RSA', cost, key: new VerificationKey(bytes.subarray(start, end)) };
  }
  if (is(OID.rsassaPss)) {
    const pss = algorithm.done ? null : readPssParameters(algorithm);
    const cost = checkRsaKey(key);
    // WebCrypto accepts no other form of RSA key; the restrictions of the key are checked for each signature
    const plain = derElement(TAG.SEQUENCE, RSA_ENCRYPTION, bytes.subarray(bitString, keyEnd));
    return { type: 'RSA', pss, cost, key: new VerificationKey(plain) };
  }
  if (is(OID.ecPublicKey)) {
    // RFC 5480 §2.1.1: a named curve; specifiedCurve and implicitCurve are not used
    if (!algorithm.optional(TAG.OID)) throw unsupported();
    const curves = [...CURVES, ...MORE_CURVES.filter(([, name]) => additional.includes(name))];
    const curve = curves.find(([oid]) => isOid(bytes, algorithm.start, algorithm.end, oid));
    if (curve === undefined) throw unsupported();
    // RFC 5480 §2.2: uncompressed points must be supported, and no others are in use
    if (key[0] !== 4 || key.length !== 1 + 2 * curve[2]) throw malformedKey();
    return { type: curve[1], cost: curve[3], key: new VerificationKey(bytes.subarray(start, end)) };
  }
  const bare = BARE.find(([oid]) => is(oid));
  // RFC 8410 §3, RFC 9881 §2: no parameters
  if (bare === undefined || !algorithm.done || key.length !== bare[2]) throw unsupported();
  return { type: bare[1], cost: bare[3], key: new VerificationKey(bytes.subarray(start, end)) };
}

/** RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }. Returns the cost of the key. */
function checkRsaKey(octets: Uint8Array): number {
  const outer = new DerReader(octets);
  const key = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const modulus = bitLength(readMagnitude(key.expect(TAG.INTEGER)));
  const exponent = bitLength(readMagnitude(key.expect(TAG.INTEGER)));
  const odd = (octets[key.end - 1]! & 1) === 1;
  key.finish();
  if (modulus < RSA_MIN_BITS || modulus > RSA_MAX_BITS) throw weak('modulus', [`${modulus} bits`]);
  // with an exponent of 1, every padded message is its own signature
  if (exponent < 2 || exponent > RSA_MAX_EXPONENT_BITS || !odd) throw weak('publicExponent');
  return modulus > 4096 ? 4 : 1;
}

/** Length in bits of a number without leading zero octets. 0 for zero. */
export function bitLength(magnitude: Uint8Array): number {
  return magnitude.length * 8 - (Math.clz32(magnitude[0]!) - 24);
}

function weak(reason: MtlsErrorReason<'ERR_PATH_WEAK_KEY'>, found?: readonly string[]): MtlsError {
  return new MtlsError('ERR_PATH_WEAK_KEY', { reason, found });
}
