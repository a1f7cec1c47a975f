import { derError, TAG, type DerReader } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { rangesEqual } from '../encoding/bytes.js';
import { checkOid } from './oid.js';

/** From this many extensions on, repeated ones are looked for by a set and not by comparing pairs. */
const PAIRWISE_LIMIT = 16;

/** Offsets of one extension: its object identifier and the content of its OCTET STRING. */
export interface ExtensionRange {
  readonly oidStart: number;
  readonly oidEnd: number;
  readonly critical: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads one `Extension` (RFC 5280 §4.2) into offsets. A FALSE that is written out is refused: DER omits
 * default values (X.690 §11.5).
 */
export function readExtension(reader: DerReader): ExtensionRange {
  const extension = reader.expect(TAG.SEQUENCE).enter();
  extension.expect(TAG.OID);
  const oidStart = extension.start;
  const oidEnd = extension.end;
  checkOid(reader.bytes, oidStart, oidEnd);
  const critical = extension.optional(TAG.BOOLEAN);
  if (critical && (extension.end - extension.start !== 1 || reader.bytes[extension.start] !== 0xff)) {
    throw derError('boolean', extension.start);
  }
  extension.expect(TAG.OCTET_STRING);
  const { start, end } = extension;
  extension.finish();
  return { oidStart, oidEnd, critical, start, end };
}

/**
 * Reads a whole `Extensions` list, of a certificate, a CRL or an OCSP response.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION (RFC 5280 §4.2)
 */
export function readExtensions(reader: DerReader): readonly ExtensionRange[] {
  const list = reader.expect(TAG.SEQUENCE).enter();
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX), so the first is read before the end is looked for
  const { bytes } = reader;
  const ranges: ExtensionRange[] = [];
  const seen = new Set<string>();
  do {
    const added = readExtension(list);
    if (ranges.length < PAIRWISE_LIMIT) {
      for (const { oidStart, oidEnd } of ranges) {
        if (rangesEqual(bytes, oidStart, oidEnd, bytes, added.oidStart, added.oidEnd)) throw duplicate(added);
      }
    } else {
      if (seen.size === 0) for (const { oidStart, oidEnd } of ranges) seen.add(bytes.subarray(oidStart, oidEnd).join());
      const key = bytes.subarray(added.oidStart, added.oidEnd).join();
      if (seen.has(key)) throw duplicate(added);
      seen.add(key);
    }
    ranges.push(added);
  } while (!list.done);
  return ranges;
}

function duplicate({ oidStart }: ExtensionRange): MtlsError {
  return new MtlsError('ERR_CERTIFICATE_DUPLICATE_EXTENSION', { offset: oidStart });
}
