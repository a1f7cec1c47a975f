import { Buffer } from 'node:buffer';

/**
 * Returns a copy. Node's buffer pool makes it several times cheaper than a separate allocation. It is a Buffer, whose
 * `slice` is a view, not a copy.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const pooled = Buffer.allocUnsafe(bytes.length);
  pooled.set(bytes);
  return pooled;
}
