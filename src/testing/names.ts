import { context, TAG } from '../encoding/der.js';
import { parseDistinguishedName } from '../x509/name/distinguished-name.js';
import { concat, fromHex, oid, sequence, text, tlv } from './der-writer.js';

/** ASN.1 types of an attribute of a distinguished name. The last three take octets. */
export type NameStringType =
  | 'UTF8String'
  | 'PrintableString'
  | 'IA5String'
  | 'TeletexString'
  | 'BMPString'
  | 'UniversalString'
  | 'NumericString'
  | 'VisibleString'
  | 'OctetString'
  | 'Integer'
  | 'BitString';

/** Text, or content octets in hexadecimal for values that are not text. */
export type TestValue = string | { readonly hex: string };

/** One attribute: dotted type, string type, value. */
export type TestAttribute = readonly [type: string, stringType: NameStringType, value: TestValue];

/**
 * The subject of a test certificate: an RFC 4514 string, or RDNs in certificate order to set the string type or the
 * octets.
 */
export type TestSubject = string | readonly (readonly TestAttribute[])[];

/**
 * One entry of subjectAltName. `ip` is text or 4 or 16 octets, `dn` an RFC 4514 string, `other` a whole GeneralName in
 * hexadecimal.
 */
export interface TestSubjectAltName {
  readonly type: 'dns' | 'uri' | 'email' | 'ip' | 'dn' | 'other';
  readonly value: TestValue;
}

/** Entries in order, or grouped by type: `{ dns: ['a.example'], uri: 'spiffe://a' }`. */
export type TestSubjectAltNames =
  readonly TestSubjectAltName[] | { readonly [type in TestSubjectAltName['type']]?: string | readonly string[] };

const STRING_TAGS = new Map<NameStringType, number>([
  ['UTF8String', TAG.UTF8_STRING],
  ['PrintableString', TAG.PRINTABLE_STRING],
  ['IA5String', TAG.IA5_STRING],
  ['TeletexString', TAG.TELETEX_STRING],
  ['BMPString', TAG.BMP_STRING],
  ['UniversalString', TAG.UNIVERSAL_STRING],
  ['NumericString', TAG.NUMERIC_STRING],
  ['VisibleString', TAG.VISIBLE_STRING],
  ['OctetString', TAG.OCTET_STRING],
  ['Integer', TAG.INTEGER],
  ['BitString', TAG.BIT_STRING],
]);

/** Encodes a Name element (RFC 5280 §4.1.2.4). */
export function encodeSubject(subject: TestSubject): Uint8Array<ArrayBuffer> {
  const rdns =
    typeof subject === 'string'
      ? subject === ''
        ? []
        : parseDistinguishedName(subject).rdns.map((rdn) =>
            rdn.map(({ type, der }) => sequence(oid(type), fromHex(der))),
          )
      : subject.map((rdn) =>
          rdn.map(([type, stringType, value]) => sequence(oid(type), encodeString(stringType, value))),
        );
  return sequence(...rdns.map((rdn) => tlv(TAG.SET, ...rdn.sort(compareBytes))));
}

/** Encodes the content of a subjectAltName extension (RFC 5280 §4.2.1.6). */
export function encodeSubjectAltNames(names: TestSubjectAltNames): Uint8Array<ArrayBuffer> {
  return sequence(...listSubjectAltNames(names).map(encodeGeneralName));
}

function listSubjectAltNames(names: TestSubjectAltNames): readonly TestSubjectAltName[] {
  if (Array.isArray(names)) return names as readonly TestSubjectAltName[];
  return Object.entries(names).flatMap(([type, values]) =>
    [values as string | readonly string[]].flat().map((value) => ({ type: type as TestSubjectAltName['type'], value })),
  );
}

function encodeGeneralName({ type, value }: TestSubjectAltName): Uint8Array {
  switch (type) {
    case 'email':
      return tlv(context(1), octets(value));
    case 'dns':
      return tlv(context(2), octets(value));
    case 'uri':
      return tlv(context(6), octets(value));
    case 'ip':
      return tlv(context(7), typeof value === 'string' ? addressOctets(value) : octets(value));
    case 'dn':
      return tlv(context(4, true), typeof value === 'string' ? encodeSubject(value) : octets(value));
    case 'other':
      return octets(value);
  }
}

function encodeString(type: NameStringType, value: TestValue): Uint8Array {
  const tag = STRING_TAGS.get(type);
  if (tag === undefined) throw new TypeError(`Unknown string type ${type}`);
  if (typeof value !== 'string') return tlv(tag, octets(value));
  const unit = type === 'BMPString' ? 2 : type === 'UniversalString' ? 4 : 0;
  if (unit === 0) return text(tag, value);
  const points = unit === 2 ? Array.from({ length: value.length }, (_, i) => value.charCodeAt(i)) : codePoints(value);
  return tlv(tag, ...points.map((point) => bigEndian(point, unit)));
}

function codePoints(value: string): number[] {
  return Array.from(value, (character) => character.codePointAt(0)!);
}

function bigEndian(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256);
}

function octets(value: TestValue): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : fromHex(value.hex);
}

/** Octets of an IPv4 address, or of an IPv6 address with at most one `::`. */
function addressOctets(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.'), Number);
  const [head, tail] = address.split('::', 2).map((half) => (half === '' ? [] : half.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head!.length - tail.length;
  const groups = [...head!, ...Array<string>(zeros).fill('0'), ...(tail ?? [])];
  return concat(...groups.map((group) => bigEndian(Number.parseInt(group, 16), 2)));
}

/** X.690 §11.6: the elements of a SET OF are in ascending order of their encodings. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
