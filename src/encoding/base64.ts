import { MtlsError } from '../errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
/** Set in the value of every character outside the alphabet. */
const INVALID = 0x40;

/** Value of each ASCII character. */
const VALUES = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Tells {@link decodeBase64} to pass over space, tab, CR and LF, as RFC 7468 §2 asks inside PEM. */
export interface Base64Options {
  readonly whitespace?: boolean;
}

/**
 * Strict base64 (RFC 4648 §4): the standard alphabet, padding present and only at the end, no bits set
 * beyond the last byte, so that one sequence of bytes has exactly one text.
 *
 * @throws MtlsError ERR_ENCODING_BASE64
 */
export function decodeBase64(text: string, start = 0, end = text.length, options?: Base64Options): Uint8Array {
  const spaced = options?.whitespace === true;
  const out = new Uint8Array(Math.floor(((end - start) * 3) / 4));
  let length = 0;
  let bits = 0;
  let quantum = 0;
  let at = start;
  while (at < end) {
    // four characters of the alphabet in a row, most of every text
    while (quantum === 0 && at + 4 <= end) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      if ((a | b | c | d) >= 128) break;
      const values = (VALUES[a]! << 24) | (VALUES[b]! << 16) | (VALUES[c]! << 8) | VALUES[d]!;
      if ((values & 0x40404040) !== 0) break;
      out[length] = (values >> 22) | ((values >> 20) & 0x03);
      out[length + 1] = ((values >> 12) & 0xf0) | ((values >> 10) & 0x0f);
      out[length + 2] = ((values >> 2) & 0xc0) | (values & 0x3f);
      length += 3;
      at += 4;
    }
    if (at >= end) break;
    const char = text.charCodeAt(at);
    const value = char < 128 ? VALUES[char]! : INVALID;
    if (value === INVALID) {
      if (!spaced || !isWhitespace(char)) break;
    } else {
      bits = (bits << 6) | value;
      if (++quantum === 4) {
        out[length++] = bits >> 16;
        out[length++] = bits >> 8;
        out[length++] = bits;
        bits = 0;
        quantum = 0;
      }
    }
    at++;
  }
  const pads = countPadding(text, at, end, spaced);
  // RFC 4648 §3.2 and §3.5: padding is mandatory, and the bits it leaves over are zero
  if (quantum === 0 && pads === 0) return out.subarray(0, length);
  if (quantum === 2 && pads === 2 && (bits & 0x0f) === 0) {
    out[length++] = bits >> 4;
  } else if (quantum === 3 && pads === 1 && (bits & 0x03) === 0) {
    out[length++] = bits >> 10;
    out[length++] = bits >> 2;
  } else {
    throw new MtlsError('ERR_ENCODING_BASE64', { offset: at });
  }
  return out.subarray(0, length);
}

/** Number of `=` that fill the text from `at` to its end; anything else there is an error. */
function countPadding(text: string, at: number, end: number, spaced: boolean): number {
  let pads = 0;
  for (; at < end; at++) {
    const char = text.charCodeAt(at);
    if (char === PAD) pads++;
    else if (!spaced || !isWhitespace(char)) throw new MtlsError('ERR_ENCODING_BASE64', { offset: at });
  }
  return pads;
}

function isWhitespace(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}

/**
 * Strict base64url without padding (RFC 7515 §2), as in JWK members.
 *
 * @throws MtlsError ERR_ENCODING_BASE64
 */
export function decodeBase64url(text: string): Uint8Array {
  const foreign = text.search(/[^A-Za-z0-9_-]/);
  if (foreign !== -1) throw new MtlsError('ERR_ENCODING_BASE64', { offset: foreign });
  const standard = text.replace(/-/g, '+').replace(/_/g, '/');
  return decodeBase64(standard + '='.repeat((4 - (standard.length % 4)) % 4));
}
