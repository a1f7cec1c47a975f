import { readBoolean } from '../encoding/asn1.js';
import { rangesEqual } from '../encoding/bytes.js';
import { contentStart, malformed, elementEnd, TAG } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { checkOid } from './oid.js';

/** More extensions than any certificate, CRL or OCSP response in use carries; their number bounds the work. */
const MAX_EXTENSIONS = 64;

/** Offsets of one extension: its object identifier and the content of its OCTET STRING. */
export interface ExtensionRange {
  readonly oidStart: number;
  readonly oidEnd: number;
  readonly critical: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the `Extensions` list (RFC 5280 §4.2) between `at` and `limit`, of a certificate, a CRL or an OCSP response.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 */
export function readExtensions(bytes: Uint8Array, at: number, limit: number): readonly ExtensionRange[] {
  if (elementEnd(bytes, at, limit, TAG.SEQUENCE) !== limit) throw malformed('trailing-bytes', at);
  const ranges: ExtensionRange[] = [];
  let extension = contentStart(bytes, at);
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX), so the first is read before the end is looked for
  do {
    const end = elementEnd(bytes, extension, limit, TAG.SEQUENCE);
    const oid = contentStart(bytes, extension);
    const oidEnd = elementEnd(bytes, oid, end, TAG.OID);
    const oidStart = contentStart(bytes, oid);
    checkOid(bytes, oidStart, oidEnd);
    const critical = oidEnd < end && bytes[oidEnd] === TAG.BOOLEAN;
    const value = critical ? trueEnd(bytes, oidEnd, end) : oidEnd;
    if (elementEnd(bytes, value, end, TAG.OCTET_STRING) !== end) throw malformed('trailing-bytes', value);
    for (const other of ranges) {
      if (!rangesEqual(bytes, other.oidStart, other.oidEnd, bytes, oidStart, oidEnd)) continue;
      throw new MtlsError('ERR_CERTIFICATE_DUPLICATE_EXTENSION', { offset: oidStart });
    }
    if (ranges.length === MAX_EXTENSIONS) throw malformed('extensions', oidStart);
    ranges.push({ oidStart, oidEnd, critical, start: contentStart(bytes, value), end });
    extension = end;
  } while (extension < limit);
  return ranges;
}

/** X.690 §11.1, §11.5: TRUE is 0xff, and FALSE, the default of `critical`, is not written. */
function trueEnd(bytes: Uint8Array, at: number, limit: number): number {
  const end = elementEnd(bytes, at, limit, TAG.BOOLEAN);
  if (!readBoolean(bytes, contentStart(bytes, at), end)) throw malformed('boolean', at);
  return end;
}
