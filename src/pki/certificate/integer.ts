import { malformed, type DerReader } from '../../encoding/der.js';

/** The INTEGER (0..MAX) that was read last; everything beyond 2^31 counts the same. */
export function readCount({ bytes, start, end }: DerReader): number {
  // X.690 §8.3.2: no empty content, no superfluous zero octet
  const superfluous = end - start > 1 && bytes[start] === 0 && bytes[start + 1]! < 0x80;
  if (end === start || bytes[start]! >= 0x80 || superfluous) throw malformed('integer', start);
  if (end - start > 4) return Infinity;
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + bytes[at]!;
  return value;
}
