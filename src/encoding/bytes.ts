/** Whether two byte ranges hold the same bytes. Not constant time: for public values only. */
export function rangesEqual(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  // from the end, where keys and names differ that begin alike
  for (let i = aEnd - 1, j = bEnd - 1; i >= aStart; i--, j--) if (a[i] !== b[j]) return false;
  return true;
}

/** Whether two byte arrays hold the same bytes. Not constant time: for public values only. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return rangesEqual(a, 0, a.length, b, 0, b.length);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal of a byte range. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const digits: string[] = [];
  for (let i = start; i < end; i++) digits.push(HEX[bytes[i]!]!);
  return digits.join('');
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
