import { describe, expect, it } from 'vitest';
import { DerReader, TAG } from '../../src/encoding/der.js';

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
    ['nothing', [], 'truncated', 0],
    ['a tag alone', [0x30], 'truncated', 0],
    ['content past the end', [0x30, 0x05, 0, 0], 'truncated', 0],
    ['a length past the end', [0x30, 0x82, 0x01], 'truncated', 0],
    ['the indefinite form', [0x30, 0x80, 0x00, 0x00], 'indefinite-length', 1],
    ['the indefinite form before 128 octets', [0x30, 0x80, ...zeros(128)], 'indefinite-length', 1],
    ['a long form for a short length', [0x30, 0x81, 0x01, 0x00], 'non-minimal-length', 1],
    ['a long form for no content', [0x30, 0x81, 0x00], 'non-minimal-length', 1],
    ['a leading zero octet of length', [0x30, 0x82, 0x00, 0x80, ...zeros(128)], 'non-minimal-length', 1],
    ['a length in five octets', [0x30, 0x85, 1, 0, 0, 0, 0], 'length', 1],
    ['the reserved length octet', [0x30, 0xff, 0], 'length', 1],
    ['a length of four gigabytes', [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], 'truncated', 0],
    ['a high tag number', [0x1f, 0x81, 0x00, 0x00], 'tag', 0],
    ['the end-of-contents tag', [0x00, 0x00], 'tag', 0],
  ])('X.690 §10.1: refuses %s', (_what, bytes, reason, at) => {
    // alone, and as the content of an element before one whose octets would complete it
    for (const [before, after] of [
      [[], []],
      [
        [0x30, 0x81, 0x90],
        [0x80, ...zeros(300)],
      ],
    ] as const) {
      const all = Uint8Array.from([...before, ...bytes, ...after]);
      const reader = new DerReader(all, before.length, before.length + bytes.length);
      expect(() => reader.next()).toThrow(
        expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: { reason, offset: before.length + at } }),
      );
    }
  });

  it('sees nothing behind the end of the element that it was entered from', () => {
    const outer = new DerReader(Uint8Array.from([0x30, 0x02, 0x05, 0x00, 0x05, 0x00]));
    const inner = outer.expect(TAG.SEQUENCE).enter();
    expect(inner.peek).toBe(TAG.NULL);
    inner.expect(TAG.NULL);
    expect([inner.peek, inner.optional(TAG.NULL), inner.done]).toEqual([0, false, true]);
    expect(() => inner.expect(TAG.NULL)).toThrow(
      expect.objectContaining({ detail: { reason: 'unexpected-tag', offset: 4 } }),
    );
    expect(outer.optional(TAG.NULL)).toBe(true);
    outer.finish();
  });

  it('gives the content and the whole of the element that was read last', () => {
    const reader = new DerReader(Uint8Array.from([0x05, 0x00, 0x04, 0x02, 1, 2, 0x05, 0x00]));
    reader.next();
    reader.expect(TAG.OCTET_STRING);
    expect([[...reader.content()], [...reader.element()]]).toEqual([
      [1, 2],
      [4, 2, 1, 2],
    ]);
  });

  it('does not read past the element that it was entered from', () => {
    const outer = new DerReader(Uint8Array.from([0x30, 0x02, 0x04, 0x01, 0xff]));
    const inner = outer.expect(TAG.SEQUENCE).enter();
    expect(() => inner.next()).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_DER' }));
    expect(() => outer.finish()).toThrow(expect.objectContaining({ detail: { reason: 'trailing-bytes', offset: 4 } }));
  });
});
