import { TAG } from '../../encoding/der.js';

/** Printable ASCII with single spaces between words, which preparation does not change. */
const PREPARED = /^[!-~]+(?: [!-~]+){0,65536}$/;
// RFC 4518 §2.2: control characters that are white space, and every separator
const SPACE = /[\t\n\x0B\f\r\u0085\p{Z}]/gu;
/**
 * Characters that make a value unequal to every other. RFC 4518 §2.2 deletes the invisible ones, so that `ad\0min`
 * would equal `admin`, and §2.4 prohibits the others.
 */
const REFUSED =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u1806\ufffc\ufffd]/u;
// UAX #15 §13: Stream-Safe Text has at most 30 consecutive combining marks; normalisation sorts them in quadratic time
const STACKED_MARKS = /(?<!\p{M})\p{M}{31}/u;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether the tag is that of an ASN.1 string type of a name. */
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
 * Decodes the content octets of an ASN.1 string. Undefined for other types, and for octets that are invalid in their
 * type: nothing is replaced or guessed. TeletexString is decoded only if it is ASCII, because other octets have no
 * agreed meaning.
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
 * Returns why a string with this tag and content, which {@link decodeString} decoded as `text`, cannot identify a
 * client: it is empty, contains a NUL (RFC 8705 §7.5), or is invalid in its type. A TeletexString beyond ASCII is
 * compared by its octets.
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

/** Decodes a range of ASCII octets. Undefined if one is above 0x7f. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const codes: number[] = [];
  for (let at = start; at < end; at++) {
    const code = bytes[at]!;
    if (code > 0x7f) return undefined;
    codes.push(code);
  }
  return fromCodePoints(codes);
}

/** Decodes strict UTF-8. Undefined for overlong forms, surrogates and truncated sequences. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** X.680 §41: BMPString contains code points of the Basic Multilingual Plane, without surrogates. */
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
  // number of arguments that every engine accepts in one call
  const limit = 4096;
  if (points.length <= limit) return String.fromCodePoint(...points);
  const parts: string[] = [];
  for (let at = 0; at < points.length; at += limit) parts.push(String.fromCodePoint(...points.slice(at, at + limit)));
  return parts.join('');
}

/**
 * Prepares text for comparison: white space is collapsed and trimmed, and the text is normalised to NFC. Undefined for
 * text that must not match: blank text, and text with a control, invisible, private-use or replacement character.
 *
 * Deliberately narrower than RFC 4518, which deletes invisible characters and treats full-width letters and ligatures
 * as ASCII.
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

/** Converts prepared text to lower case, independent of the locale, with one small sigma (`toLowerCase` writes two). */
export function foldCase(prepared: string): string {
  if (PREPARED.test(prepared)) return prepared.toLowerCase();
  const folded = prepared.replaceAll('\u03a3', '\u03c3').toLowerCase();
  return folded === prepared ? folded : folded.normalize('NFC');
}

/**
 * Folds text more widely than RFC 4518 §2, with compatibility equivalents and full case folding, so that texts which
 * any implementation may treat as equal are equal. For excluded names only, never for permitted ones. Takes text that
 * {@link prepareString} accepts.
 */
export function foldWidely(prepared: string): string {
  return prepared.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replace(/ +/g, ' ').trim();
}
