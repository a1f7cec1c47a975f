import { checkNull, readMagnitude, unusedBits } from '../../encoding/asn1.js';
import { DerReader, TAG, type EncodingHabit } from '../../encoding/der.js';
import { MtlsError } from '../../errors.js';
import type { BareScheme, CurveName, HashName, SignatureScheme } from '../../platform/signature-scheme.js';
import { isOid, OID } from '../../x509/oid.js';
import { nameOf } from '../../x509/unsupported-key.js';
import { readPssParameters, type PssParameters } from './pss-parameters.js';
import type { PublicKey } from './public-key.js';

/** Octets of r and of s for each curve (RFC 5480 §2.1.1.1: the length of the order). */
const ORDER_OCTETS: Readonly<Record<CurveName, number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
  brainpoolP256r1: 32,
  brainpoolP384r1: 48,
  brainpoolP512r1: 64,
};

/** The content of an AlgorithmIdentifier. The curve is that of the key. */
type Algorithm =
  | { readonly family: 'RSA' | 'ECDSA'; readonly hash: HashName }
  | ({ readonly family: 'RSA-PSS' } & PssParameters)
  | { readonly family: BareScheme };

// SHA-1 and MD5 are deliberately missing: signatures with them are refused as unknown
const ALGORITHMS: readonly (readonly [oid: Uint8Array, algorithm: Algorithm])[] = [
  [OID.ecdsaWithSha256, { family: 'ECDSA', hash: 'SHA-256' }],
  [OID.ecdsaWithSha384, { family: 'ECDSA', hash: 'SHA-384' }],
  [OID.ecdsaWithSha512, { family: 'ECDSA', hash: 'SHA-512' }],
  [OID.sha256WithRsa, { family: 'RSA', hash: 'SHA-256' }],
  [OID.sha384WithRsa, { family: 'RSA', hash: 'SHA-384' }],
  [OID.sha512WithRsa, { family: 'RSA', hash: 'SHA-512' }],
  [OID.ed25519, { family: 'Ed25519' }],
  [OID.ed448, { family: 'Ed448' }],
  [OID.mlDsa44, { family: 'ML-DSA-44' }],
  [OID.mlDsa65, { family: 'ML-DSA-65' }],
  [OID.mlDsa87, { family: 'ML-DSA-87' }],
];

/** A signed structure: offsets of the signed data, the AlgorithmIdentifier, and the octets of the signature. */
export interface SignedRange {
  readonly bytes: Uint8Array;
  readonly tbsStart: number;
  readonly tbsEnd: number;
  readonly algorithmStart: number;
  readonly algorithmEnd: number;
  readonly signatureStart: number;
  readonly signatureEnd: number;
}

/**
 * Reads the three elements of a signed structure: the signed data (a SEQUENCE), AlgorithmIdentifier, BIT STRING.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readSigned(reader: DerReader): SignedRange {
  const { bytes } = reader;
  const { header: tbsStart, end: tbsEnd } = reader.expect(TAG.SEQUENCE);
  const { header: algorithmStart, end: algorithmEnd } = reader.expect(TAG.SEQUENCE);
  const { start, end: signatureEnd } = reader.expect(TAG.BIT_STRING);
  // signatures are whole octets: anything else becomes an empty signature, which verifies with no key
  const signatureStart = unusedBits(bytes, start, signatureEnd) === 0 ? start + 1 : signatureEnd;
  return { bytes, tbsStart, tbsEnd, algorithmStart, algorithmEnd, signatureStart, signatureEnd };
}

/**
 * Verifies the signature of a structure with this key. False if the algorithm belongs to another type of key.
 *
 * @throws MtlsError ERR_PATH_ALGORITHM for an unsupported algorithm
 */
export function verifySigned(signed: SignedRange, { type, pss, key }: PublicKey): boolean | Promise<boolean> {
  const { bytes, signatureStart, signatureEnd } = signed;
  const scheme = schemeFor(readAlgorithm(signed), type);
  // RFC 4055 §1.2, §3.3: an id-RSASSA-PSS key signs with PSS only, and with its own parameters if it has any
  if (scheme === undefined || (pss !== undefined && !allowsPss(pss, scheme))) return false;
  const data = bytes.subarray(signed.tbsStart, signed.tbsEnd);
  if (scheme.name !== 'ECDSA') return key.verify(scheme, data, bytes.subarray(signatureStart, signatureEnd));
  const signature = fixedSignature(bytes, signatureStart, signatureEnd, ORDER_OCTETS[scheme.curve]);
  return signature !== undefined && key.verify(scheme, data, signature);
}

/**
 * Reads the AlgorithmIdentifier of a signed structure.
 *
 * @param habits collects deviations from DER that are accepted
 * @throws MtlsError ERR_PATH_ALGORITHM, ERR_ENCODING_DER
 */
export function readAlgorithm(signed: SignedRange, habits?: Set<EncodingHabit>): Algorithm {
  const { bytes, algorithmStart, algorithmEnd } = signed;
  const algorithm = new DerReader(bytes, algorithmStart, algorithmEnd, habits).expect(TAG.SEQUENCE).enter();
  const { start, end } = algorithm.expect(TAG.OID);
  if (isOid(bytes, start, end, OID.rsassaPss)) return { family: 'RSA-PSS', ...readPssParameters(algorithm) };
  const found = ALGORITHMS.find(([oid]) => isOid(bytes, start, end, oid))?.[1];
  // RFC 4055 §5: NULL, or absent, for RSA; RFC 5758 §3.2, RFC 8410 §3 and RFC 9881 §2: absent for the others
  if (found?.family === 'RSA' && algorithm.optional(TAG.NULL)) checkNull(algorithm);
  if (found === undefined || !algorithm.done) {
    throw new MtlsError('ERR_PATH_ALGORITHM', { reason: 'signatureAlgorithm', found: nameOf(bytes, start, end) });
  }
  return found;
}

/** The scheme of an algorithm. Undefined if the algorithm does not belong to this type of key. */
function schemeFor(algorithm: Algorithm, type: PublicKey['type']): SignatureScheme | undefined {
  switch (algorithm.family) {
    case 'RSA-PSS':
      return type === 'RSA' ? { name: 'RSA-PSS', hash: algorithm.hash, saltLength: algorithm.saltLength } : undefined;
    case 'RSA':
      return type === 'RSA' ? { name: 'RSASSA-PKCS1-v1_5', hash: algorithm.hash } : undefined;
    case 'ECDSA':
      return isCurve(type) ? { name: 'ECDSA', hash: algorithm.hash, curve: type } : undefined;
    default:
      return type === algorithm.family ? { name: algorithm.family } : undefined;
  }
}

function isCurve(type: PublicKey['type']): type is CurveName {
  return Object.hasOwn(ORDER_OCTETS, type);
}

function allowsPss(restriction: PssParameters | null, scheme: SignatureScheme): boolean {
  if (scheme.name !== 'RSA-PSS') return false;
  return restriction === null || (restriction.hash === scheme.hash && scheme.saltLength >= restriction.saltLength);
}

/**
 * Converts an ECDSA-Sig-Value (RFC 3279 §2.2.3) to r and s of fixed length. Undefined unless it is strict DER of two
 * positive integers of at most this length.
 */
function fixedSignature(bytes: Uint8Array, start: number, end: number, octets: number): Uint8Array | undefined {
  const out = new Uint8Array(2 * octets);
  try {
    const outer = new DerReader(bytes, start, end);
    const values = outer.expect(TAG.SEQUENCE).enter();
    outer.finish();
    for (const end of [octets, 2 * octets]) {
      const value = readMagnitude(values.expect(TAG.INTEGER));
      if (value.length > octets || value[0] === 0) return undefined;
      out.set(value, end - value.length);
    }
    values.finish();
  } catch {
    return undefined;
  }
  return out;
}
