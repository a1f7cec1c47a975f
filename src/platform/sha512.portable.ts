import { sha512 } from '@noble/hashes/sha2.js';
import { toBase64url } from './base64url.js';

/** base64url without padding of the SHA-512 of `bytes`: 86 characters. */
export function sha512Base64url(bytes: Uint8Array): string {
  return toBase64url(sha512(bytes));
}
