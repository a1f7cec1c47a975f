import { expect, it } from 'vitest';
import { bytesEqual, rangesEqual, toBase64, toHex } from '../../src/encoding/bytes.js';

const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);

it.each<[what: string, a: number[], b: number[], equal: boolean]>([
  ['nothing and nothing', [], [], true],
  ['the same bytes', [1, 2, 3], [1, 2, 3], true],
  ['another first byte', [1, 2, 3], [9, 2, 3], false],
  ['another last byte', [1, 2, 3], [1, 2, 9], false],
  ['one byte more at the start', [1, 2, 3], [2, 3], false],
  ['one byte more at the end', [1, 2, 3], [1, 2], false],
  ['something and nothing', [0], [], false],
])('compares %s', (_what, a, b, equal) => {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    expect(bytesEqual(Uint8Array.from(one), Uint8Array.from(other))).toBe(equal);
    // ranges of larger arrays, with the same bytes around both
    const within = (range: readonly number[]) => Uint8Array.from([1, ...range, 3]);
    expect(rangesEqual(within(one), 1, 1 + one.length, within(other), 1, 1 + other.length)).toBe(equal);
  }
});

it('encodes every byte, and ranges', () => {
  expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
  expect(toHex(bytes, 254)).toBe('feff');
  expect(toHex(bytes, 1, 3)).toBe('0102');
  expect(toHex(bytes, 3, 3)).toBe('');
  expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
});
