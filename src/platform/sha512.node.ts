import * as crypto from 'node:crypto';

/** base64url without padding of the SHA-512 of `bytes`: 86 characters. */
export function sha512Base64url(bytes: Uint8Array): string {
  return crypto.hash('sha512', bytes, 'base64url');
}
