import { sha256 } from '@noble/hashes/sha2.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** base64url without padding of the SHA-256 of `bytes`: 43 characters. */
export function sha256Base64url(bytes: Uint8Array): string {
  const digest = sha256(bytes);
  const characters: string[] = [];
  for (let at = 0; at < digest.length; at += 3) {
    const group = (digest[at]! << 16) | ((digest[at + 1] ?? 0) << 8) | (digest[at + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) characters.push(ALPHABET[(group >> shift) & 63]!);
  }
  // 32 octets are 10 whole groups and two octets: 43 characters carry them, the 44th would be padding
  return characters.slice(0, 43).join('');
}
