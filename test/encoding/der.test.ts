import { describe, expect, it } from 'vitest';
import { DerReader, TAG } from '../../src/encoding/der.js';

function next(...bytes: number[]): () => number {
  return () => new DerReader(Uint8Array.from(bytes)).next();
}

const zeros = (count: number): number[] => Array<number>(count).fill(0);

describe('DerReader', () => {
  it.each([
    ['short form', [0x04, 0x02, 1, 2], 2, 4],
    ['one octet of length', [0x04, 0x81, 0x80, ...zeros(128)], 3, 131],
    ['two octets of length', [0x04, 0x82, 0x01, 0x00, ...zeros(256)], 4, 260],
    ['no content', [0x05, 0x00], 2, 2],
  ])('reads the %s', (_what, bytes, start, end) => {
    const reader = new DerReader(Uint8Array.from(bytes));
    expect(reader.next()).toBe(bytes[0]);
    expect([reader.header, reader.start, reader.end, reader.done]).toEqual([0, start, end, true]);
  });

  it.each([
    ['nothing', [], 'truncated'],
    ['a tag alone', [0x30], 'truncated'],
    ['content past the end', [0x30, 0x05, 0, 0], 'truncated'],
    ['a length past the end', [0x30, 0x82, 0x01], 'truncated'],
    ['the indefinite form', [0x30, 0x80, 0x00, 0x00], 'indefinite-length'],
    ['a long form for a short length', [0x30, 0x81, 0x01, 0x00], 'non-minimal-length'],
    ['a leading zero octet of length', [0x30, 0x82, 0x00, 0x80, ...zeros(128)], 'non-minimal-length'],
    ['a length in five octets', [0x30, 0x85, 1, 0, 0, 0, 0], 'length'],
    ['the reserved length octet', [0x30, 0xff, 0], 'length'],
    ['a length of four gigabytes', [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], 'truncated'],
    ['a high tag number', [0x1f, 0x81, 0x00, 0x00], 'tag'],
    ['the end-of-contents tag', [0x00, 0x00], 'tag'],
  ])('X.690 §10.1: refuses %s', (_what, bytes, reason) => {
    expect(next(...bytes)).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason }) }),
    );
  });

  it('does not read past the element that it was entered from', () => {
    const outer = new DerReader(Uint8Array.from([0x30, 0x02, 0x04, 0x01, 0xff]));
    const inner = outer.expect(TAG.SEQUENCE).enter();
    expect(() => inner.next()).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_DER' }));
    expect(() => outer.finish()).toThrow(expect.objectContaining({ detail: { reason: 'trailing-bytes', offset: 4 } }));
  });
});
