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
 * Reads the `Extensions` list (RFC 5280 §4.2) at `at`, of a certificate, a CRL or an OCSP response, and adds what it
 * finds to `ranges`, if there is one. Returns where the list ends.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 */
export function readExtensions(bytes: Uint8Array, at: number, limit: number, ranges?: ExtensionRange[]): number {
  const listEnd = elementEnd(bytes, at, limit, TAG.SEQUENCE);
  const first = contentStart(bytes, at);
  let extension = first;
  let count = 0;
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX), so the first is read before the end is looked for
  do {
    const end = elementEnd(bytes, extension, listEnd, TAG.SEQUENCE);
    const oid = contentStart(bytes, extension);
    const oidEnd = elementEnd(bytes, oid, end, TAG.OID);
    const oidStart = contentStart(bytes, oid);
    checkOid(bytes, oidStart, oidEnd);
    const critical = oidEnd < end && bytes[oidEnd] === TAG.BOOLEAN;
    const value = critical ? trueEnd(bytes, oidEnd, end) : oidEnd;
    if (elementEnd(bytes, value, end, TAG.OCTET_STRING) !== end) throw malformed('trailing-bytes', value);
    ranges?.push({ oidStart, oidEnd, critical, start: contentStart(bytes, value), end });
    if (isRepeated(bytes, first, oidStart, oidEnd)) {
      throw new MtlsError('ERR_CERTIFICATE_DUPLICATE_EXTENSION', { offset: oidStart });
    }
    if (++count > MAX_EXTENSIONS) throw malformed('extensions', oidStart);
    extension = end;
  } while (extension < listEnd);
  return listEnd;
}

/** X.690 §11.1, §11.5: TRUE is 0xff, and FALSE, the default of `critical`, is not written. */
function trueEnd(bytes: Uint8Array, at: number, limit: number): number {
  const end = elementEnd(bytes, at, limit, TAG.BOOLEAN);
  if (!readBoolean(bytes, contentStart(bytes, at), end)) throw malformed('boolean', at);
  return end;
}

/** Whether an extension from `first` on, before the one whose identifier is at `oidStart`, has the same identifier. */
function isRepeated(bytes: Uint8Array, first: number, oidStart: number, oidEnd: number): boolean {
  for (let at = first; ; at = elementEnd(bytes, at, bytes.length, TAG.SEQUENCE)) {
    const oid = contentStart(bytes, at);
    const start = contentStart(bytes, oid);
    if (start === oidStart) return false;
    if (rangesEqual(bytes, start, elementEnd(bytes, oid, bytes.length, TAG.OID), bytes, oidStart, oidEnd)) return true;
  }
}
