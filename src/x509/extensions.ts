import { derError, TAG, DerReader } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { rangesEqual } from '../encoding/bytes.js';
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
 * Reads an `Extensions` list (RFC 5280 §4.2) of a certificate, a CRL or an OCSP response, and adds what it finds
 * to `ranges`, if there is one.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 */
export function readExtensions(reader: DerReader, ranges?: ExtensionRange[]): void {
  const { bytes } = reader;
  const list = reader.expect(TAG.SEQUENCE).into();
  const first = reader.end;
  const hashes: number[] = [];
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX), so the first is read before the end is looked for
  do {
    const extension = reader.expect(TAG.SEQUENCE).into();
    reader.expect(TAG.OID);
    const oidStart = reader.start;
    const oidEnd = reader.end;
    const hash = checkOid(bytes, oidStart, oidEnd);
    const critical = reader.optional(TAG.BOOLEAN);
    // X.690 §11.1, §11.5: TRUE is 0xff, and FALSE, the default, is not written
    if (critical && (reader.end - reader.start !== 1 || bytes[reader.start] !== 0xff)) throw derError('boolean', reader.start);
    reader.expect(TAG.OCTET_STRING);
    ranges?.push({ oidStart, oidEnd, critical, start: reader.start, end: reader.end });
    reader.leave(extension);
    if (hashes.includes(hash) && isRepeated(bytes, first, oidStart, oidEnd)) {
      throw new MtlsError('ERR_CERTIFICATE_DUPLICATE_EXTENSION', { offset: oidStart });
    }
    if (hashes.push(hash) > MAX_EXTENSIONS) throw derError('extensions', oidStart);
  } while (!reader.done);
  reader.leave(list);
}

/** Whether one of the extensions from `first` on, before the one whose identifier is at `oidStart`, has the same identifier. */
function isRepeated(bytes: Uint8Array, first: number, oidStart: number, oidEnd: number): boolean {
  const earlier = new DerReader(bytes, first);
  for (;;) {
    const outer = earlier.expect(TAG.SEQUENCE).into();
    earlier.expect(TAG.OID);
    if (earlier.start === oidStart) return false;
    if (rangesEqual(bytes, earlier.start, earlier.end, bytes, oidStart, oidEnd)) return true;
    while (!earlier.done) earlier.next();
    earlier.leave(outer);
  }
}
