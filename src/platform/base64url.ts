const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Encodes base64url without padding, for the portable implementations. */
export function toBase64url(bytes: Uint8Array): string {
  const characters: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) characters.push(ALPHABET[(group >> shift) & 63]!);
  }
  // the excess of the last group would be padding
  return characters.slice(0, Math.ceil((bytes.length * 4) / 3)).join('');
}
