import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64url } from './base64url.js';

/** base64url without padding of the SHA-256 of `bytes`: 43 characters. */
export function sha256Base64url(bytes: Uint8Array): string {
  return toBase64url(sha256(bytes));
}
