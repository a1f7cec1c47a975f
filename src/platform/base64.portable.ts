import { MtlsError } from '../errors.js';

/** ECMAScript's decoder, which not every runtime has. The types are those of ECMAScript 2023. */
type NativeDecoder = (text: string, options: { readonly lastChunkHandling: 'strict' }) => Uint8Array;

const { fromBase64 } = Uint8Array as { readonly fromBase64?: NativeDecoder };

/**
 * Decodes strict standard base64 (RFC 4648 §4): the alphabet, padding and no stray bits, so that each sequence of bytes
 * has exactly one text.
 *
 * @throws MtlsError ERR_ENCODING_BASE64
 */
export function decodeBase64(text: string): Uint8Array {
  const bytes = attempt(fromBase64 === undefined ? decodeWithAtob : decodeNatively, text);
  if (bytes === undefined) throw new MtlsError('ERR_ENCODING_BASE64');
  return bytes;
}

/** Decodes strict base64url without padding (RFC 4648 §5, RFC 7515 §2). */
export function decodeBase64url(text: string): Uint8Array {
  if (/[^\w-]/.test(text)) throw new MtlsError('ERR_ENCODING_BASE64');
  const padding = '='.repeat((4 - (text.length % 4)) % 4);
  return decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/') + padding);
}

function decodeNatively(text: string): Uint8Array | undefined {
  const bytes = fromBase64!(text, { lastChunkHandling: 'strict' });
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // the decoder ignores white space, which would make the text longer than its bytes
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}

function decodeWithAtob(text: string): Uint8Array | undefined {
  const binary = atob(text);
  // `atob` ignores white space and missing padding; only the text that `btoa` would write is accepted
  return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
}

function attempt(decode: (text: string) => Uint8Array | undefined, text: string): Uint8Array | undefined {
  try {
    return decode(text);
  } catch {
    return undefined;
  }
}
