import { MtlsError } from '../errors.js';

/**
 * Strict standard base64 (RFC 4648 §4): the alphabet, padding, no stray bits, nothing else, so that one sequence
 * of bytes has exactly one text. The result is memory that nobody else writes to.
 *
 * @throws MtlsError ERR_ENCODING_BASE64
 */
export function decodeBase64(text: string): Uint8Array {
  return decode(text, 'base64');
}

/** The same for the URL alphabet without padding (RFC 4648 §5, RFC 7515 §2). */
export function decodeBase64url(text: string): Uint8Array {
  return decode(text, 'base64url');
}

/** Node passes over what is not base64; the text that it would write itself is the only one accepted. */
function decode(text: string, encoding: 'base64' | 'base64url'): Uint8Array {
  const bytes = Buffer.from(text, encoding);
  if (bytes.toString(encoding) !== text) throw new MtlsError('ERR_ENCODING_BASE64');
  // a plain Uint8Array: `slice` of a Buffer shares its memory
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
