import { toHex } from './bytes.js';
import { context, malformed, TAG, type DerReader } from './der.js';

/** The content of an element, of a {@link DerReader} that has just read it. */
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
 * Returns the octets of an INTEGER (0..MAX), without the zero octet that DER may need for the sign, as a view. Zero is
 * one octet.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readMagnitude({ bytes, start, end }: Content): Uint8Array {
  checkInteger(bytes, start, end);
  if (bytes[start]! >= 0x80) throw malformed('integer', start);
  return bytes.subarray(end - start > 1 && bytes[start] === 0 ? start + 1 : start, end);
}

/**
 * Reads an INTEGER (0..MAX) as a number, for counts. Values from 2^32 are Infinity.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readCount(content: Content): number {
  const magnitude = readMagnitude(content);
  return magnitude.length > 4 ? Infinity : magnitude.reduce((value, octet) => value * 256 + octet, 0);
}

/**
 * Reads an INTEGER (0..MAX) of at most `maxOctets` octets, for numbers that are compared.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readBigInteger(content: Content, maxOctets: number): bigint {
  const magnitude = readMagnitude(content);
  if (magnitude.length > maxOctets) throw malformed('integer', content.start);
  return BigInt(`0x${toHex(magnitude)}`);
}

/**
 * Reads an ENUMERATED with values from 0 to 127. RFC 5280 and RFC 6960 define no others.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readEnumerated({ bytes, start, end }: Content): number {
  if (end - start !== 1 || bytes[start]! >= 0x80) throw malformed('enumerated', start);
  return bytes[start]!;
}

/**
 * Reads a BOOLEAN: FALSE is 00, TRUE is FF.
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
 * Checks that a NULL is empty.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.8
 */
export function checkNull({ start, end }: Content): void {
  if (start !== end) throw malformed('null', start);
}

/**
 * Checks the content of a BIT STRING and returns its number of unused bits. There are at most 7, none without a
 * following octet, and they are zero.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see X.690 §8.6.2, §11.2
 */
export function unusedBits(bytes: Uint8Array, start: number, end: number): number {
  const unused = end > start ? bytes[start]! : 8;
  // without a following octet, the last one is the number itself, which has such a bit
  if (unused > 7 || (bytes[end - 1]! & ((1 << unused) - 1)) !== 0) throw malformed('bit-string', start);
  return unused;
}

/**
 * Returns the octets of a BIT STRING without unused bits, as those of public keys are, as a view. Undefined if its
 * number of unused bits is not zero.
 */
export function readBitOctets({ bytes, start, end }: Content): Uint8Array | undefined {
  return end > start && bytes[start] === 0 ? bytes.subarray(start + 1, end) : undefined;
}

/**
 * Reads the named bits of a BIT STRING. Bit 0 is the lowest. Bits from 31 are not read.
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
 * Reads a `BOOLEAN DEFAULT FALSE` if the next element has its tag. DER omits the default (X.690 §11.5), but an encoded
 * default is accepted.
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
 * Reads a `[number] EXPLICIT INTEGER (0..MAX) DEFAULT …` if it is the next element. An encoded default is accepted.
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
