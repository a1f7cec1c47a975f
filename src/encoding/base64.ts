import { MtlsError } from '../errors.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PAD = 0x3d;
const INVALID = 0xff;

/** Value of each character code; {@link INVALID} for everything outside the alphabet. */
const STANDARD = reverse(`${ALPHABET}+/`);

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
  for (; at < end; at++) {
    const char = text.charCodeAt(at);
    const value = char < 128 ? STANDARD[char]! : INVALID;
    if (value === INVALID) {
      if (spaced && isWhitespace(char)) continue;
      break;
    }
    bits = (bits << 6) | value;
    if (++quantum === 4) {
      out[length++] = bits >> 16;
      out[length++] = bits >> 8;
      out[length++] = bits;
      bits = 0;
      quantum = 0;
    }
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

function reverse(alphabet: string): Uint8Array {
  const map = new Uint8Array(128).fill(INVALID);
  for (let i = 0; i < alphabet.length; i++) map[alphabet.charCodeAt(i)] = i;
  return map;
}
