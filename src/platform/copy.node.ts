/**
 * A copy in memory that nobody else writes to. Node's pool of buffers makes it several times cheaper than
 * memory of its own; the view is a plain Uint8Array, since `slice` of a Buffer does not copy.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const pooled = Buffer.allocUnsafe(bytes.length);
  pooled.set(bytes);
  return new Uint8Array(pooled.buffer, pooled.byteOffset, pooled.length);
}
