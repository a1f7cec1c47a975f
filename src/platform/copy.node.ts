import { Buffer } from 'node:buffer';

/**
 * A copy in memory of its own. Node's pool of buffers makes it several times cheaper than
 * memory of its own. As the result is a Buffer, its `slice` is a view, not a copy.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const pooled = Buffer.allocUnsafe(bytes.length);
  pooled.set(bytes);
  return pooled;
}
