import { toHex } from './bytes.js';
import { context, malformed, TAG, type DerReader } from './der.js';

/** The content of an element: a {@link DerReader} that has just read it. */
export type Content = Pick<DerReader, 'bytes' | 'start' | 'end'>;

/**
 * Checks the content of an INTEGER: it is not empty, and its first nine bits are neither all zero nor all one.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.3.2
 */
export function checkInteger(bytes: Uint8Array, start: number, end: number): void {
  if (end === start) throw malformed('integer', start);
  if (end - start === 1) return;
  const first = bytes[start]!;
  const negative = bytes[start + 1]! >= 0x80;
  if ((first === 0 && !negative) || (first === 0xff && negative)) throw malformed('integer', start);
}

/**
 * The octets of an INTEGER (0..MAX) without the zero octet that DER may need for the sign: a view. Zero is one octet.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readMagnitude({ bytes, start, end }: Content): Uint8Array {
  checkInteger(bytes, start, end);
  if (bytes[start]! >= 0x80) throw malformed('integer', start);
  return bytes.subarray(end - start > 1 && bytes[start] === 0 ? start + 1 : start, end);
}

/**
 * INTEGER (0..MAX) as a number, for counts. Everything from 2^32 on is Infinity.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readCount(content: Content): number {
  const magnitude = readMagnitude(content);
  return magnitude.length > 4 ? Infinity : magnitude.reduce((value, octet) => value * 256 + octet, 0);
}

/**
 * INTEGER (0..MAX) of at most `maxOctets` octets, for numbers that are compared.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readBigInteger(content: Content, maxOctets: number): bigint {
  const magnitude = readMagnitude(content);
  if (magnitude.length > maxOctets) throw malformed('integer', content.start);
  return BigInt(`0x${toHex(magnitude)}`);
}

/**
 * ENUMERATED with values from 0 to 127, which are all that RFC 5280 and RFC 6960 define.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readEnumerated({ bytes, start, end }: Content): number {
  if (end - start !== 1 || bytes[start]! >= 0x80) throw malformed('enumerated', start);
  return bytes[start]!;
}

/**
 * BOOLEAN: FALSE is 00, TRUE is FF.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.2, §11.1
 */
export function readBoolean(bytes: Uint8Array, start: number, end: number): boolean {
  const octet = bytes[start];
  if (end - start !== 1 || (octet !== 0 && octet !== 0xff)) throw malformed('boolean', start);
  return octet === 0xff;
}

/**
 * NULL: the content is empty.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.8
 */
export function checkNull({ start, end }: Content): void {
  if (start !== end) throw malformed('null', start);
}

/**
 * Checks the content of a BIT STRING and returns its count of unused bits: at most 7, none where no octet follows, and
 * the unused bits are zero.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.6.2, §11.2
 */
export function unusedBits(bytes: Uint8Array, start: number, end: number): number {
  const unused = end > start ? bytes[start]! : 8;
  if (unused > 7 || (unused > 0 && (end - start === 1 || (bytes[end - 1]! & ((1 << unused) - 1)) !== 0))) {
    throw malformed('bit-string', start);
  }
  return unused;
}

/**
 * The named bits of a BIT STRING: bit 0 is the lowest. Bits from 31 on are not read.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readNamedBits({ bytes, start, end }: Content): number {
  unusedBits(bytes, start, end);
  let bits = 0;
  for (let bit = 0; bit < 31 && start + 1 + (bit >> 3) < end; bit++) {
    if ((bytes[start + 1 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) bits |= 1 << bit;
  }
  return bits;
}

/**
 * `BOOLEAN DEFAULT FALSE`, if the next element of the reader has its tag. DER leaves the default out (X.690 §11.5);
 * where it is written all the same, it is read.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readFlag(reader: DerReader, tag: number): boolean {
  if (!reader.optional(tag)) return false;
  const value = readBoolean(reader.bytes, reader.start, reader.end);
  if (!value) reader.habits?.add('written-default');
  return value;
}

/**
 * `[number] EXPLICIT INTEGER (0..MAX) DEFAULT …`, if it comes next in the reader. A default that is written is read.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readExplicitCount(reader: DerReader, number: number, defaultValue: number): number {
  if (!reader.optional(context(number, true))) return defaultValue;
  const wrapper = reader.enter();
  const value = readCount(wrapper.expect(TAG.INTEGER));
  wrapper.finish();
  if (value === defaultValue) reader.habits?.add('written-default');
  return value;
}
