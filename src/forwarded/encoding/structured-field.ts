import { MtlsError } from '../../errors.js';

const COLON = 0x3a;

/**
 * Returns the base64 of an Item that is a Byte Sequence without parameters (RFC 8941 §3.3.5, RFC 9440 §2.1). RFC 8941
 * §4.2.7 allows parsers to accept base64 without padding or with stray bits. The decoder does not, because RFC 9440
 * defines one encoding of a certificate.
 *
 * @throws MtlsError ERR_FORWARDED_MALFORMED
 */
export function parseByteSequence(text: string): string {
  // RFC 8941 §4.2 steps 2 and 6: spaces around the whole
  return byteSequence(text, skipSpaces(text, 0), skipSpacesBack(text, text.length));
}

/**
 * Returns the base64 of a List of such Items (RFC 8941 §4.2.1), of at most `maxMembers`.
 *
 * @throws MtlsError ERR_FORWARDED_MALFORMED, ERR_FORWARDED_TOO_LARGE
 */
export function parseByteSequenceList(text: string, maxMembers: number): string[] {
  const members: string[] = [];
  for (let start = 0; start <= text.length;) {
    if (members.length === maxMembers)
      throw new MtlsError('ERR_FORWARDED_TOO_LARGE', { reason: 'members', limit: maxMembers });
    const comma = text.indexOf(',', start);
    const end = comma === -1 ? text.length : comma;
    members.push(byteSequence(text, skipSpaces(text, start, start > 0), skipSpacesBack(text, end, true)));
    start = end + 1;
  }
  return members;
}

function byteSequence(text: string, start: number, end: number): string {
  if (end - start < 2 || text.charCodeAt(start) !== COLON || text.charCodeAt(end - 1) !== COLON) {
    throw new MtlsError('ERR_FORWARDED_MALFORMED', { reason: 'byte-sequence', offset: start });
  }
  return text.slice(start + 1, end - 1);
}

function skipSpaces(text: string, at: number, tabs = false): number {
  while (isSpace(text.charCodeAt(at), tabs)) at++;
  return at;
}

function skipSpacesBack(text: string, at: number, tabs = false): number {
  while (isSpace(text.charCodeAt(at - 1), tabs)) at--;
  return at;
}

/** RFC 8941 §4.2: SP around a value. §4.2.1: also HTAB around the commas of a list. Not NaN, the code outside a text. */
function isSpace(char: number, tabs: boolean): boolean {
  return char === 0x20 || (tabs && char === 0x09);
}
