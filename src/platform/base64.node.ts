import { Buffer } from 'node:buffer';
import { MtlsError } from '../errors.js';

/** Characters that can end a group of two or three, because the bits beyond the last octet are zero. */
const LAST_OF_TWO = 'AQgw';
const LAST_OF_THREE = 'AEIMQUYcgkosw048';
const EQUALS = 0x3d;

/**
 * Decodes strict standard base64 (RFC 4648 §4): the alphabet, padding and no stray bits, so that each sequence of bytes
 * has exactly one text. The result does not share memory. It is a Buffer, whose `slice` is a view, not a copy.
 *
 * @throws MtlsError ERR_ENCODING_BASE64
 */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.charCodeAt(text.length - 1) !== EQUALS ? 0 : text.charCodeAt(text.length - 2) !== EQUALS ? 1 : 2;
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) throw new MtlsError('ERR_ENCODING_BASE64');
  return decode(text, text.length - padding);
}

/** Decodes strict base64url without padding (RFC 4648 §5, RFC 7515 §2). */
export function decodeBase64url(text: string): Uint8Array {
  if (text.length % 4 === 1 || text.includes('+') || text.includes('/')) throw new MtlsError('ERR_ENCODING_BASE64');
  return decode(text, text.length);
}

/** Decodes `count` characters of either alphabet, and padding. */
function decode(text: string, count: number): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Node skips invalid characters, so bytes are missing; of a character beyond Latin-1 it uses one octet
  if (bytes.length !== (count * 3) >> 2 || Buffer.byteLength(text) !== text.length)
    throw new MtlsError('ERR_ENCODING_BASE64');
  const last = text.charAt(count - 1);
  if ((count % 4 === 2 && !LAST_OF_TWO.includes(last)) || (count % 4 === 3 && !LAST_OF_THREE.includes(last))) {
    throw new MtlsError('ERR_ENCODING_BASE64');
  }
  return bytes;
}
