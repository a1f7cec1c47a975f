import { toHex } from '../../encoding/bytes.js';
import { attributeType } from './attribute-types.js';
import { decodeString, foldCase, foldWidely, isStringTag, prepareString, stringProblem } from './directory-string.js';

/** One attribute of a relative distinguished name. */
export interface NameAttribute {
  /** Attribute type as a dotted object identifier. */
  readonly type: string;
  /** Text of the value, where it is an ASN.1 string whose octets are valid in their type. */
  readonly value?: string;
  /** Attribute value in DER, with tag and length, in lower-case hexadecimal. */
  readonly der: string;
}

/** Where an attribute value is: tag at `header`, content from `start` to `end`. */
export interface AttributeRange {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly header: number;
  readonly start: number;
  readonly end: number;
  /** The text that it was made from. */
  readonly text?: string;
}

/** Text of an attribute value; undefined for what is no string, or not valid in its string type. */
export function attributeText({ text, bytes, header, start, end }: AttributeRange): string | undefined {
  return text ?? decodeString(bytes[header]!, bytes, start, end);
}

/** The attribute as it is shown: a frozen object of strings. */
export function describeAttribute(attribute: AttributeRange): NameAttribute {
  const { type, bytes, header, end } = attribute;
  const value = attributeText(attribute);
  const der = toHex(bytes, header, end);
  return Object.freeze(value === undefined ? { type, der } : { type, value, der });
}

/** What an attribute is compared by. */
export interface AttributeKey {
  /** Equal for attributes that match, and for no others. */
  readonly key: string;
  /**
   * Whether the attribute can identify a client. Text that is blank, invalid in its string type, or has
   * characters which preparation refuses, equals only the very same value, and authenticates no client.
   */
  readonly identifying: boolean;
}

/**
 * The key of an attribute: prepared text for textual attribute types, whatever ASN.1 string type holds it;
 * the octets of everything else.
 *
 * @see RFC 4517 §4.2.15, RFC 5280 §7.1
 */
export function attributeKey(attribute: AttributeRange, exactCase: boolean): AttributeKey {
  const { type, bytes, header, start, end } = attribute;
  const text = attributeText(attribute);
  if (text === undefined || attributeType(type) === undefined) {
    const tag = bytes[header]!;
    const identifying = !isStringTag(tag) || stringProblem(tag, bytes.subarray(start, end), text) === undefined;
    return { key: `${type}=#${toHex(bytes, header, end)}`, identifying };
  }
  const prepared = prepareString(text);
  // lengths keep what a value holds from reading as the end of it
  if (prepared === undefined) return { key: `${type}!${text.length}:${text}`, identifying: false };
  const value = exactCase ? prepared : foldCase(prepared);
  return { key: `${type}=${value.length}:${value}`, identifying: true };
}

/**
 * A key that is equal for all attributes that any reader may take for equal: text whatever its type, and see {@link
 * foldWidely}.
 */
export function wideAttributeKey(attribute: AttributeRange): string {
  const { type, bytes, header, end } = attribute;
  const text = attributeText(attribute);
  const prepared = text === undefined ? undefined : prepareString(text);
  if (prepared === undefined) return `${type}=#${toHex(bytes, header, end)}`;
  const value = foldWidely(prepared);
  return `${type}=${value.length}:${value}`;
}
