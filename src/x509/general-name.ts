import { context, DerReader, malformed, TAG } from '../encoding/der.js';

/** Identifier octets of the choices of GeneralName (RFC 5280 §4.2.1.6). */
export const GENERAL_NAME = Object.freeze({
  otherName: context(0, true),
  rfc822Name: context(1),
  dNSName: context(2),
  x400Address: context(3, true),
  directoryName: context(4, true),
  ediPartyName: context(5, true),
  uniformResourceIdentifier: context(6),
  iPAddress: context(7),
  registeredID: context(8),
});

const TAGS: ReadonlySet<number> = new Set(Object.values(GENERAL_NAME));

/**
 * Reads one GeneralName and returns its identifier octet. The reader then has the range of its content, `start` to
 * `end`. For a directoryName that is a whole Name element. The content is not checked: see {@link isPrintableIa5}.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readGeneralName(reader: DerReader): number {
  const tag = reader.next();
  if (!TAGS.has(tag)) throw malformed('general-name', reader.header);
  return tag;
}

/**
 * Reads a GeneralNames element and calls `visit` with the identifier octet and the content range of each entry, without
 * creating a string or a copy. Every entry is visited, so the whole list is well-formed when this returns.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function forEachGeneralName(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (tag: number, start: number, end: number, header: number) => void,
): void {
  const outer = new DerReader(bytes, start, end);
  const list = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  // RFC 5280 §4.2.1.6: GeneralNames ::= SEQUENCE SIZE (1..MAX); some authorities write an empty list, which is accepted
  while (!list.done) {
    const tag = readGeneralName(list);
    visit(tag, list.start, list.end, list.header);
  }
}

/**
 * Whether octets are printable ASCII, the characters of a dNSName, an rfc822Name or a URI. IA5String also allows
 * control characters, such as the NUL that has misled many programs (RFC 8705 §7.5). Octets above 0x7f are not an
 * IA5String. Names with such octets match nothing.
 */
export function isPrintableIa5(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! < 0x20 || bytes[at]! > 0x7e) return false;
  return true;
}
