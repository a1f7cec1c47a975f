import { toHex } from '../../encoding/bytes.js';
import { TAG } from '../../encoding/der.js';
import { MtlsError, type MtlsErrorReason } from '../../errors.js';
import { attributeType, attributeTypeNamed } from './attribute-types.js';
import { asciiText, decodeString, decodeUtf8, isStringTag, stringProblem } from './directory-string.js';
import { attributeText, type AttributeRange } from './name-attribute.js';

/** RFC 4514 §3: descr and numericoid (RFC 4512 §1.4). */
const DESCRIPTOR = /^[A-Za-z][A-Za-z0-9-]*$/;
const NUMERIC_OID = /^(?:[01]\.[123]?[0-9]|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*)){0,65536}$/;
// ITU-T X.667 §7: the longest arcs in use are UUIDs, 128 bits in at most 39 digits
const LONG_ARC = /[0-9]{40}/;
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
const ASCII = /^[\0-\x7f]*$/;
const LONE_SURROGATE = /\p{Cs}/u;
/** RFC 4514 §2.4: characters that are escaped by a backslash; plain text; unprintable characters, written as octets. */
const ESCAPED = /["+,;<>\\]/g;
const PLAIN = /^[\w.:/@*'()-]+(?: [\w.:/@*'()-]+){0,65536}$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]+/gu;

const utf8 = new TextEncoder();

/** An attribute with its written form. */
export interface WrittenAttribute extends AttributeRange {
  /** The attribute type in the text. */
  readonly name: string;
  /** Whether the value is written as octets, after `#`. */
  readonly hex: boolean;
}

/**
 * Parses an RFC 4514 string into RDNs in certificate order, in one pass and linear time.
 *
 * @throws MtlsError ERR_NAME_SYNTAX, ERR_NAME_ATTRIBUTE, ERR_NAME_VALUE
 */
export function parseRdns(text: string): WrittenAttribute[][] {
  if (typeof text !== 'string') throw new TypeError('A distinguished name must be a string');
  if (LONE_SURROGATE.test(text)) throw invalid('ERR_NAME_SYNTAX', 'lone-surrogate');
  return new Rfc4514Parser(text).parse();
}

class Rfc4514Parser {
  #at = 0;
  /** DER of all values. A character has at most three octets, and a header at most as many as the name of the type. */
  readonly #bytes: Uint8Array;
  #used = 0;

  constructor(readonly text: string) {
    this.#bytes = new Uint8Array(3 * text.length);
  }

  /** distinguishedName = [ relativeDistinguishedName *( COMMA relativeDistinguishedName ) ] */
  parse(): WrittenAttribute[][] {
    this.#skipSpaces();
    if (this.#at === this.text.length) throw invalid('ERR_NAME_SYNTAX', 'empty', 0);
    const rdns: WrittenAttribute[][] = [];
    let rdn: WrittenAttribute[] = [];
    for (;;) {
      rdn.push(this.#attribute());
      const separator = this.text.charAt(this.#at++);
      if (separator === '+') continue;
      rdns.push(rdn);
      // RFC 4514 §2.1: the text starts with the last RDN
      if (separator === '') return rdns.reverse();
      rdn = [];
    }
  }

  /** attributeTypeAndValue = attributeType EQUALS attributeValue. Stops at a separator or the end. */
  #attribute(): WrittenAttribute {
    const { name, type } = this.#type();
    this.#skipSpaces();
    const from = this.#at;
    const hex = this.text.charAt(from) === '#';
    const text = hex ? undefined : this.#string();
    const header = this.#used;
    const start = text === undefined ? this.#octets(this.#hexOctets(), from) : this.#encode(type, text, from);
    return { name, hex, type, bytes: this.#bytes, header, start, end: this.#used, text };
  }

  /** Appends the BER element in octets, which must be complete and of definite length (X.690 §8.1.3). */
  #octets(octets: Uint8Array, offset: number): number {
    const tag = octets[0]!;
    const first = octets[1] ?? 0x80;
    const start = first < 0x80 ? 2 : 2 + (first & 0x7f);
    let length = first < 0x80 ? first : 0;
    for (let at = 2; at < start; at++) length = length * 256 + (octets[at] ?? 0);
    if (tag === 0 || (tag & 0x1f) === 0x1f || first === 0x80 || start + length !== octets.length) {
      throw invalid('ERR_NAME_VALUE', 'ber', offset);
    }
    const content = octets.subarray(start);
    const problem = isStringTag(tag) && stringProblem(tag, content, decodeString(tag, content, 0, content.length));
    if (problem) throw invalid('ERR_NAME_VALUE', problem, offset);
    return this.#element(tag, content);
  }

  /** Appends text in the usual string type of its attribute. */
  #encode(type: string, text: string, offset: number): number {
    let tag = attributeType(type)?.tag ?? TAG.UTF8_STRING;
    if (tag === TAG.PRINTABLE_STRING && !PRINTABLE.test(text)) tag = TAG.UTF8_STRING;
    if (text === '') throw invalid('ERR_NAME_VALUE', 'empty', offset);
    // RFC 8705 §7.5
    if (text.includes('\0')) throw invalid('ERR_NAME_VALUE', 'nul', offset);
    const ascii = ASCII.test(text);
    // RFC 4519 §2.4, RFC 2985 §5.2.1: these are IA5Strings and contain A-labels
    if (tag === TAG.IA5_STRING && !ascii) throw invalid('ERR_NAME_VALUE', 'ia5-string', offset);
    return this.#element(tag, ascii ? text : utf8.encode(text));
  }

  /** Appends a DER element with ASCII text or octets as its content, and returns the start of the content. */
  #element(tag: number, content: string | Uint8Array): number {
    const bytes = this.#bytes;
    const header = this.#used;
    const { length } = content;
    let start = header + 2;
    if (length < 0x80) {
      bytes[header + 1] = length;
    } else {
      // four octets are enough for the length of a string
      for (let shift = 24; shift >= 0; shift -= 8) if (length >> shift > 0) bytes[start++] = length >> shift;
      bytes[header + 1] = 0x80 | (start - header - 2);
    }
    bytes[header] = tag;
    this.#used = start + length;
    if (typeof content !== 'string') bytes.set(content, start);
    else for (let at = 0; at < length; at++) bytes[start + at] = content.charCodeAt(at);
    return start;
  }

  #type(): { name: string; type: string } {
    this.#skipSpaces();
    const from = this.#at;
    const equals = this.text.indexOf('=', from);
    if (equals === -1) throw invalid('ERR_NAME_SYNTAX', 'attribute-type', from);
    let to = equals;
    while (to > from && this.text.charAt(to - 1) === ' ') to--;
    const name = this.text.slice(from, to);
    this.#at = equals + 1;
    if (NUMERIC_OID.test(name) && !LONG_ARC.test(name)) return { name, type: name };
    if (!DESCRIPTOR.test(name)) throw invalid('ERR_NAME_SYNTAX', 'attribute-type', from);
    const known = attributeTypeNamed(name);
    if (known === undefined) throw new MtlsError('ERR_NAME_ATTRIBUTE', { found: [name], offset: from });
    return { name, type: known.oid };
  }

  /** hexstring = SHARP 1*hexpair */
  #hexOctets(): Uint8Array {
    const from = this.#at + 1;
    let to = from;
    while (to < this.text.length && hexDigit(this.text.charCodeAt(to)) >= 0) to++;
    this.#at = to;
    this.#skipSpaces();
    const end = this.text.charAt(this.#at);
    if ((end !== '' && end !== ',' && end !== '+') || to === from || (to - from) % 2 !== 0) {
      throw invalid('ERR_NAME_SYNTAX', 'hex', to);
    }
    const octets = new Uint8Array((to - from) / 2);
    for (let i = 0; i < octets.length; i++) octets[i] = this.#octet(from + 2 * i);
    return octets;
  }

  /** string = [ ( leadchar / pair ) [ *( stringchar / pair ) ( trailchar / pair ) ] ] */
  #string(): string {
    const { text } = this;
    const parts: string[] = [];
    let plain = this.#at;
    let at = plain;
    for (; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === ',' || character === '+') break;
      if (character === '\\') {
        parts.push(text.slice(plain, at));
        this.#at = at;
        parts.push(this.#pair());
        plain = this.#at;
        at = plain - 1;
      } else if (character === '"' || character === ';' || character === '<' || character === '>') {
        throw invalid('ERR_NAME_SYNTAX', character === '"' ? 'quote' : 'unescaped', at);
      }
    }
    this.#at = at;
    let end = at;
    while (end > plain && text.charAt(end - 1) === ' ') end--;
    parts.push(text.slice(plain, end));
    return parts.join('');
  }

  /** pair = ESC ( ESC / special / hexpair ). Adjacent hexpairs are decoded together, as UTF-8. */
  #pair(): string {
    const { text } = this;
    const from = this.#at;
    const escaped = text.charAt(from + 1);
    if (escaped !== '' && '\\"+,;<> #='.includes(escaped)) {
      this.#at = from + 2;
      return escaped;
    }
    let to = from;
    while (text.charAt(to) === '\\' && hexDigit(text.charCodeAt(to + 1)) >= 0 && hexDigit(text.charCodeAt(to + 2)) >= 0)
      to += 3;
    if (to === from) throw invalid('ERR_NAME_SYNTAX', 'escape', from);
    const octets = new Uint8Array((to - from) / 3);
    for (let i = 0; i < octets.length; i++) octets[i] = this.#octet(from + 3 * i + 1);
    this.#at = to;
    // the next character is not part of the sequence, so it must be complete here
    const decoded = asciiText(octets, 0, octets.length) ?? decodeUtf8(octets);
    if (decoded === undefined) throw invalid('ERR_NAME_VALUE', 'utf-8', from);
    return decoded;
  }

  #octet(at: number): number {
    return hexDigit(this.text.charCodeAt(at)) * 16 + hexDigit(this.text.charCodeAt(at + 1));
  }

  #skipSpaces(): void {
    while (this.text.charAt(this.#at) === ' ') this.#at++;
  }
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function invalid<Code extends 'ERR_NAME_SYNTAX' | 'ERR_NAME_VALUE'>(
  code: Code,
  reason: MtlsErrorReason<Code>,
  offset?: number,
): MtlsError {
  return new MtlsError(code, { reason, offset });
}

/** Writes RDNs in certificate order as an RFC 4514 string. */
export function formatRdns(rdns: readonly (readonly AttributeRange[])[]): string {
  return rdns
    .map((rdn) => rdn.map(formatAttribute).join('+'))
    .reverse()
    .join(',');
}

function formatAttribute(attribute: AttributeRange): string {
  const { type, bytes, header, end } = attribute;
  const { shortName, tag } = attributeType(type) ?? {};
  const value = shortName === undefined ? undefined : attributeText(attribute);
  if (value === undefined || (tag === TAG.IA5_STRING && !ASCII.test(value))) {
    // RFC 4514 §2.4: the value of a dotted type is written in octets
    return `${shortName ?? type}=#${toHex(bytes, header, end)}`;
  }
  return `${shortName!}=${escapeText(value)}`;
}

/** Escapes text for an RFC 4514 string. */
export function escapeText(value: string): string {
  if (PLAIN.test(value)) return value;
  return value
    .replace(ESCAPED, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(/^[ #]/, '\\$&')
    .replace(UNPRINTABLE, (run) => toHex(utf8.encode(run)).replace(/../g, '\\$&'));
}
