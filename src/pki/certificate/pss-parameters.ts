import { checkNull, readExplicitCount } from '../../encoding/asn1.js';
import { context, TAG, type DerReader } from '../../encoding/der.js';
import { MtlsError } from '../../errors.js';
import type { HashName } from '../../platform/signature-scheme.js';
import { isOid, OID } from '../../x509/oid.js';

const HASHES: readonly (readonly [oid: Uint8Array, hash: HashName])[] = [
  [OID.sha256, 'SHA-256'],
  [OID.sha384, 'SHA-384'],
  [OID.sha512, 'SHA-512'],
];

/** In octets. A longer salt does not fit into a signature of 8192 bits. */
const MAX_SALT = 1024;

/** The content of RSASSA-PSS-params. The mask is generated with the same hash. */
export interface PssParameters {
  readonly hash: HashName;
  /** In octets. */
  readonly saltLength: number;
}

/**
 * Reads the RSASSA-PSS-params at the end of an AlgorithmIdentifier. The defaults are SHA-1, which is not accepted, so
 * the hash and the mask generation function must be present. They must agree.
 *
 * @throws MtlsError ERR_PATH_ALGORITHM, ERR_ENCODING_DER
 * @see RFC 4055 §3.1
 */
export function readPssParameters(algorithm: DerReader): PssParameters {
  const parameters = algorithm.expect(TAG.SEQUENCE).enter();
  algorithm.finish();
  if (!parameters.optional(context(0, true))) throw unsupported();
  const hash = readHash(parameters.enter());
  if (!parameters.optional(context(1, true))) throw unsupported();
  const wrapper = parameters.enter();
  const mask = wrapper.expect(TAG.SEQUENCE).enter();
  wrapper.finish();
  const { bytes, start, end } = mask.expect(TAG.OID);
  if (!isOid(bytes, start, end, OID.mgf1) || readHash(mask) !== hash) throw unsupported();
  const saltLength = readExplicitCount(parameters, 2, 20);
  // RFC 4055 §3.1: trailerField INTEGER DEFAULT 1, and no other value; both forms must be recognised
  const trailerField = readExplicitCount(parameters, 3, 1);
  parameters.finish();
  if (saltLength > MAX_SALT || trailerField !== 1) throw unsupported();
  return { hash, saltLength };
}

/** Reads a hash AlgorithmIdentifier as the remaining content. Its parameters are NULL or absent (RFC 4055 §2.1). */
function readHash(reader: DerReader): HashName {
  const algorithm = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const { bytes, start, end } = algorithm.expect(TAG.OID);
  if (algorithm.optional(TAG.NULL)) checkNull(algorithm);
  algorithm.finish();
  const found = HASHES.find(([oid]) => isOid(bytes, start, end, oid));
  if (found === undefined) throw unsupported();
  return found[1];
}

function unsupported(): MtlsError {
  return new MtlsError('ERR_PATH_ALGORITHM', { reason: 'signatureAlgorithm' });
}
