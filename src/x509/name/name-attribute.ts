import { toHex } from '../../encoding/bytes.js';
import { attributeType } from './attribute-types.js';
import { decodeString, foldCase, foldWidely, isStringTag, prepareString, stringProblem } from './directory-string.js';

/** One attribute of a relative distinguished name. */
export interface NameAttribute {
  /** Attribute type as a dotted object identifier. */
  readonly type: string;
  /** Text of the value, if it is an ASN.1 string that is valid in its type. */
  readonly value?: string;
  /** Attribute value in DER, with tag and length, in lower-case hexadecimal. */
  readonly der: string;
}

/** The range of an attribute value: tag at `header`, content from `start` to `end`. */
export interface AttributeRange {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly header: number;
  readonly start: number;
  readonly end: number;
  /** The text from which it was encoded. */
  readonly text?: string;
}

/** Text of an attribute value. Undefined for another type, and for a string that is invalid in its type. */
export function attributeText({ text, bytes, header, start, end }: AttributeRange): string | undefined {
  return text ?? decodeString(bytes[header]!, bytes, start, end);
}

/** The public form of an attribute: a frozen object of strings. */
export function describeAttribute(attribute: AttributeRange): NameAttribute {
  const { type, bytes, header, end } = attribute;
  const value = attributeText(attribute);
  const der = toHex(bytes, header, end);
  return Object.freeze(value === undefined ? { type, der } : { type, value, der });
}

/** The comparison key of an attribute. */
export interface AttributeKey {
  /** Equal only for attributes that match. */
  readonly key: string;
  /**
   * Whether the attribute can identify a client. Text that is blank, invalid in its string type, or has characters that
   * preparation refuses, equals only the identical value and authenticates no client.
   */
  readonly identifying: boolean;
}

/**
 * Returns the comparison key of an attribute: the prepared text for textual attribute types, regardless of the ASN.1
 * string type, and the octets of everything else.
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
  // the length prevents a value from containing its own end
  if (prepared === undefined) return { key: `${type}!${text.length}:${text}`, identifying: false };
  const value = exactCase ? prepared : foldCase(prepared);
  return { key: `${type}=${value.length}:${value}`, identifying: true };
}

/**
 * Returns a key that is equal for all attributes that any implementation may treat as equal: text of any attribute
 * type, folded by {@link foldWidely}.
 */
export function wideAttributeKey(attribute: AttributeRange): string {
  const { type, bytes, header, end } = attribute;
  const text = attributeText(attribute);
  const prepared = text === undefined ? undefined : prepareString(text);
  if (prepared === undefined) return `${type}=#${toHex(bytes, header, end)}`;
  const value = foldWidely(prepared);
  return `${type}=${value.length}:${value}`;
}
