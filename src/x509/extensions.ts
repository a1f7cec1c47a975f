import { readBoolean } from '../encoding/asn1.js';
import { rangesEqual } from '../encoding/bytes.js';
import { contentStart, malformed, elementEnd, TAG } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { checkOid } from './oid.js';

/** Larger than the number of extensions of any certificate, CRL or OCSP response in use. Limits the work. */
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
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX); an empty list is accepted
  for (let extension = contentStart(bytes, at); extension < limit;) {
    const end = elementEnd(bytes, extension, limit, TAG.SEQUENCE);
    const oid = contentStart(bytes, extension);
    const oidEnd = elementEnd(bytes, oid, end, TAG.OID);
    const oidStart = contentStart(bytes, oid);
    checkOid(bytes, oidStart, oidEnd);
    // critical BOOLEAN DEFAULT FALSE
    const written = oidEnd < end && bytes[oidEnd] === TAG.BOOLEAN;
    const value = written ? elementEnd(bytes, oidEnd, end, TAG.BOOLEAN) : oidEnd;
    const critical = written && readBoolean(bytes, contentStart(bytes, oidEnd), value);
    if (elementEnd(bytes, value, end, TAG.OCTET_STRING) !== end) throw malformed('trailing-bytes', value);
    for (const other of ranges) {
      if (!rangesEqual(bytes, other.oidStart, other.oidEnd, bytes, oidStart, oidEnd)) continue;
      throw new MtlsError('ERR_CERTIFICATE_DUPLICATE_EXTENSION', { offset: oidStart });
    }
    if (ranges.length === MAX_EXTENSIONS) throw malformed('extensions', oidStart);
    ranges.push({ oidStart, oidEnd, critical, start: contentStart(bytes, value), end });
    extension = end;
  }
  return ranges;
}

/** Whether an extension encodes the default `critical FALSE`. */
export function writesDefault(bytes: Uint8Array, { critical, oidEnd }: ExtensionRange): boolean {
  return !critical && bytes[oidEnd] === TAG.BOOLEAN;
}
