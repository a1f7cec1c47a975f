import * as crypto from 'node:crypto';

/** base64url without padding of the SHA-256 of `bytes`: 43 characters. */
export function sha256Base64url(bytes: Uint8Array): string {
  return crypto.hash('sha256', bytes, 'base64url');
}
