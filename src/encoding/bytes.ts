/** Whether two byte ranges are equal. Not constant time: for public values only. */
export function rangesEqual(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  // from the end, because keys and names often begin alike
  for (let i = aEnd - 1, j = bEnd - 1; i >= aStart; i--, j--) if (a[i] !== b[j]) return false;
  return true;
}

/** Whether two byte arrays are equal. Not constant time: for public values only. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return rangesEqual(a, 0, a.length, b, 0, b.length);
}

const DIGITS = new TextEncoder().encode('0123456789abcdef');
const ascii = new TextDecoder();

/** Encodes a byte range as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  // decoded as a whole, because joining a long list of short strings is slower than linear
  const digits = new Uint8Array(2 * (end - start));
  let at = 0;
  for (const byte of bytes.subarray(start, end)) {
    digits[at++] = DIGITS[byte >> 4]!;
    digits[at++] = DIGITS[byte & 0x0f]!;
  }
  return ascii.decode(digits);
}

/** Encodes standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
