import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64url } from './base64url.js';

/** base64url without padding of the SHA-256 of bytes, or of a text in UTF-8: 43 characters. */
export function sha256Base64url(data: Uint8Array | string): string {
  return toBase64url(sha256(typeof data === 'string' ? new TextEncoder().encode(data) : data));
}
