import * as crypto from 'node:crypto';

/** base64url without padding of the SHA-256 of bytes, or of a text in UTF-8: 43 characters. */
export function sha256Base64url(data: Uint8Array | string): string {
  return crypto.hash('sha256', data, 'base64url');
}
