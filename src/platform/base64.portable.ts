import { MtlsError } from '../errors.js';

/**
 * Strict standard base64 (RFC 4648 §4): the alphabet, padding, no stray bits, nothing else, so that one sequence
 * of bytes has exactly one text.
 *
 * @throws MtlsError ERR_ENCODING_BASE64
 */
export function decodeBase64(text: string): Uint8Array {
  const binary = decode(text);
  // `atob` passes over white space and missing padding; what `btoa` would write is the only text accepted
  if (binary === undefined || btoa(binary) !== text) throw new MtlsError('ERR_ENCODING_BASE64');
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The same for the URL alphabet without padding (RFC 4648 §5, RFC 7515 §2). */
export function decodeBase64url(text: string): Uint8Array {
  if (/[^\w-]/.test(text)) throw new MtlsError('ERR_ENCODING_BASE64');
  const padding = '='.repeat((4 - (text.length % 4)) % 4);
  return decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/') + padding);
}

function decode(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
