import { derError, TAG, type DerReader } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { rangesEqual } from '../encoding/bytes.js';
import { checkOid } from './oid.js';

/** More extensions than any certificate, CRL or OCSP response in use carries; their number bounds the work. */
const MAX_EXTENSIONS = 64;

/** Offsets of one extension: its object identifier and the content of its OCTET STRING. */
export interface ExtensionRange {
  readonly oidStart: number;
  readonly oidEnd: number;
  /** Equal for equal object identifiers. */
  readonly oidHash: number;
  readonly critical: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads an `Extensions` list (RFC 5280 §4.2) of a certificate, a CRL or an OCSP response.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 */
export function readExtensions(reader: DerReader): readonly ExtensionRange[] {
  const outer = reader.expect(TAG.SEQUENCE).into();
  const ranges: ExtensionRange[] = [];
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX), so the first is read before the end is looked for
  do {
    const added = readExtension(reader);
    if (ranges.length === MAX_EXTENSIONS) throw derError('extensions', added.oidStart);
    for (const range of ranges) {
      if (range.oidHash === added.oidHash && sameOid(reader.bytes, range, added)) {
        throw new MtlsError('ERR_CERTIFICATE_DUPLICATE_EXTENSION', { offset: added.oidStart });
      }
    }
    ranges.push(added);
  } while (!reader.done);
  reader.leave(outer);
  return ranges;
}

/** A FALSE that is written out is refused: DER omits default values (X.690 §11.5). */
function readExtension(reader: DerReader): ExtensionRange {
  const { bytes } = reader;
  const outer = reader.expect(TAG.SEQUENCE).into();
  reader.expect(TAG.OID);
  const oidStart = reader.start;
  const oidEnd = reader.end;
  const oidHash = checkOid(bytes, oidStart, oidEnd);
  const critical = reader.optional(TAG.BOOLEAN);
  if (critical && (reader.end - reader.start !== 1 || bytes[reader.start] !== 0xff)) {
    throw derError('boolean', reader.start);
  }
  reader.expect(TAG.OCTET_STRING);
  const start = reader.start;
  const end = reader.end;
  reader.leave(outer);
  return { oidStart, oidEnd, oidHash, critical, start, end };
}

function sameOid(bytes: Uint8Array, a: ExtensionRange, b: ExtensionRange): boolean {
  return rangesEqual(bytes, a.oidStart, a.oidEnd, bytes, b.oidStart, b.oidEnd);
}
