import { TAG } from '../../encoding/der.js';

/** Printable ASCII, single spaces between words: text that preparation leaves alone. */
const PREPARED = /^[!-~]+(?: [!-~]+)*$/;
// RFC 4518 §2.2: the controls that are white space, and every separator
const SPACE = /[\t\n\v\f\r\u0085\p{Z}]/gu;
/**
 * Characters with which a value equals no other. RFC 4518 §2.2 maps the invisible ones to nothing, so that
 * `ad\0min` would equal `admin`, and §2.4 prohibits the others.
 */
const REFUSED =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u1806\ufffc\ufffd]/u;
// UAX #15 §13: Stream-Safe Text has at most 30 combining marks in a row; normalisation sorts them, in quadratic time
const STACKED_MARKS = /(?<!\p{M})\p{M}{31}/u;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The tag belongs to an ASN.1 string type that a name may hold. */
export function isStringTag(tag: number): boolean {
  switch (tag) {
    case TAG.UTF8_STRING:
    case TAG.PRINTABLE_STRING:
    case TAG.IA5_STRING:
    case TAG.NUMERIC_STRING:
    case TAG.VISIBLE_STRING:
    case TAG.TELETEX_STRING:
    case TAG.BMP_STRING:
    case TAG.UNIVERSAL_STRING:
      return true;
    default:
      return false;
  }
}

/**
 * Text of an ASN.1 string from its content octets. Undefined for other types, and where the octets are not
 * text of that type: nothing is replaced or guessed. TeletexString is read where it is ASCII, because
 * the rest of it has no agreed meaning.
 */
export function decodeString(tag: number, bytes: Uint8Array, start: number, end: number): string | undefined {
  switch (tag) {
    case TAG.UTF8_STRING:
      return asciiText(bytes, start, end) ?? decodeUtf8(bytes.subarray(start, end));
    case TAG.BMP_STRING:
      return codePoints(bytes, start, end, 2);
    case TAG.UNIVERSAL_STRING:
      return codePoints(bytes, start, end, 4);
    default:
      return isStringTag(tag) ? asciiText(bytes, start, end) : undefined;
  }
}

/**
 * Why a string with this tag and content, which {@link decodeString} read as `text`, cannot identify a client: it is
 * empty, holds a NUL (RFC 8705 §7.5), or is not valid in its type. The octets of a TeletexString beyond ASCII stand for
 * themselves.
 */
export function stringProblem(
  tag: number,
  content: Uint8Array,
  text: string | undefined,
): 'empty' | 'nul' | 'encoding' | undefined {
  if (content.length === 0) return 'empty';
  if (text === undefined && tag !== TAG.TELETEX_STRING) return 'encoding';
  return (text === undefined ? content.includes(0) : text.includes('\0')) ? 'nul' : undefined;
}

/** Text of a range of ASCII octets; undefined if one is above 0x7f. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const codes: number[] = [];
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    if (code > 0x7f) return undefined;
    codes.push(code);
  }
  return fromCodePoints(codes);
}

/** Strict UTF-8: undefined for overlong forms, surrogates, truncated sequences. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** X.680 §41: BMPString holds code points of the Basic Multilingual Plane, and no surrogate is one. */
function codePoints(bytes: Uint8Array, start: number, end: number, unit: 2 | 4): string | undefined {
  if ((end - start) % unit !== 0) return undefined;
  const points: number[] = [];
  for (let at = start; at < end; at += unit) {
    let point = 0;
    for (let i = 0; i < unit; i++) point = point * 256 + bytes[at + i]!;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    points.push(point);
  }
  return fromCodePoints(points);
}

function fromCodePoints(points: readonly number[]): string {
  // as many arguments as every engine takes in one call
  const limit = 4096;
  if (points.length <= limit) return String.fromCodePoint(...points);
  const parts: string[] = [];
  for (let at = 0; at < points.length; at += limit) parts.push(String.fromCodePoint(...points.slice(at, at + limit)));
  return parts.join('');
}

/**
 * Prepares text for comparison: white space becomes single spaces and is trimmed, the rest is put into
 * NFC. Undefined for text that may not take part: blank, or with a control, invisible, private-use or
 * replacement character.
 *
 * Narrower than RFC 4518 on purpose, which deletes invisible characters and makes full-width letters and
 * ligatures equal to ASCII.
 *
 * @see RFC 4518 §2
 */
export function prepareString(text: string): string | undefined {
  if (PREPARED.test(text)) return text;
  const spaced = text.replace(SPACE, ' ');
  if (REFUSED.test(spaced) || STACKED_MARKS.test(spaced)) return undefined;
  // RFC 4518 §2.6.1
  const prepared = spaced.normalize('NFC').replace(/ +/g, ' ').replace(/^ | $/g, '');
  return prepared === '' ? undefined : prepared;
}

/** Lower case of prepared text, whatever the locale, and with one small sigma: `toLowerCase` writes two. */
export function foldCase(prepared: string): string {
  if (PREPARED.test(prepared)) return prepared.toLowerCase();
  const folded = prepared.replaceAll('\u03a3', '\u03c3').toLowerCase();
  return folded === prepared ? folded : folded.normalize('NFC');
}

/**
 * A fold that is wider than RFC 4518 §2, with compatibility equivalents and full case folding: text that any
 * reader may take for equal is equal here. For what is forbidden, never for what is allowed. Of text that
 * {@link prepareString} takes.
 */
export function foldWidely(prepared: string): string {
  return prepared.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replace(/ +/g, ' ').trim();
}
