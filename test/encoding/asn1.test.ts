import { describe, expect, it } from 'vitest';
import {
  checkInteger,
  checkNull,
  readBigInteger,
  readBitOctets,
  readBoolean,
  readCount,
  readEnumerated,
  readExplicitCount,
  readFlag,
  readMagnitude,
  readNamedBits,
  unusedBits,
  type Content,
} from '../../src/encoding/asn1.js';
import { context, DerReader, TAG, type EncodingHabit } from '../../src/encoding/der.js';
import type { MtlsError, MtlsErrorReason } from '../../src/errors.js';

/** The content between two octets that do not belong to it. */
function content(octets: readonly number[], around = 0xff): Content {
  return { bytes: Uint8Array.of(around, ...octets, around), start: 1, end: 1 + octets.length };
}

type Reader = (content: Content) => unknown;

const magnitude: Reader = (read) => [...readMagnitude(read)];
const boolean: Reader = ({ bytes, start, end }) => readBoolean(bytes, start, end);
const integer: Reader = ({ bytes, start, end }) => checkInteger(bytes, start, end);
const unused: Reader = ({ bytes, start, end }) => unusedBits(bytes, start, end);
const number: Reader = (read) => readBigInteger(read, 20);
const octetsOf: Reader = (read) => {
  const octets = readBitOctets(read);
  return octets === undefined ? undefined : [...octets];
};

describe('the values of ASN.1 types', () => {
  it.each<[what: string, read: Reader, octets: number[], value: unknown]>([
    ['INTEGER -1', integer, [0xff], undefined],
    ['INTEGER -129', integer, [0xff, 0x7f], undefined],
    ['magnitude of 0', magnitude, [0], [0]],
    ['magnitude of 127', magnitude, [0x7f], [0x7f]],
    ['magnitude of 128', magnitude, [0, 0x80], [0x80]],
    ['count 0', readCount, [0], 0],
    ['count 2^32-1', readCount, [0, 0xff, 0xff, 0xff, 0xff], 2 ** 32 - 1],
    ['count 2^32', readCount, [1, 0, 0, 0, 0], Infinity],
    ['number of 20 octets', number, [0, ...Array<number>(20).fill(0xff)], 2n ** 160n - 1n],
    ['ENUMERATED 8', readEnumerated, [8], 8],
    ['ENUMERATED 127', readEnumerated, [0x7f], 127],
    ['FALSE', boolean, [0], false],
    ['TRUE', boolean, [0xff], true],
    ['NULL', checkNull, [], undefined],
    ['an empty BIT STRING', unused, [0], 0],
    ['a BIT STRING of one bit', unused, [7, 0x80], 7],
    ['the octets of an empty BIT STRING', octetsOf, [0], []],
    ['the octets of a BIT STRING', octetsOf, [0, 1, 2], [1, 2]],
    ['no octets of a BIT STRING with unused bits', octetsOf, [1, 2], undefined],
    ['no octets of a BIT STRING without content', octetsOf, [], undefined],
    ['no named bits', readNamedBits, [0], 0],
    ['named bits 0, 1 and 8', readNamedBits, [7, 0xc0, 0x80], 0b1_0000_0011],
    ['named bit 30, without 31 and 32', readNamedBits, [7, 0, 0, 0, 0x03, 0x80], 2 ** 30],
  ])('%s', (_what, read, octets, value) => {
    for (const around of [0, 0xff]) expect(read(content(octets, around))).toEqual(value);
  });

  it.each<[what: string, read: Reader, octets: number[], reason: MtlsErrorReason<'ERR_ENCODING_DER'>]>([
    ['INTEGER without content', integer, [], 'integer'],
    ['INTEGER with a superfluous zero octet', integer, [0, 0x7f], 'integer'],
    ['INTEGER with a superfluous sign octet', integer, [0xff, 0x80], 'integer'],
    ['magnitude of a negative number', magnitude, [0x80], 'integer'],
    ['count with a superfluous zero octet', readCount, [0, 1], 'integer'],
    ['number of 21 octets', number, [1, ...Array<number>(20).fill(0)], 'integer'],
    ['ENUMERATED without content', readEnumerated, [], 'enumerated'],
    ['ENUMERATED in two octets', readEnumerated, [0, 1], 'enumerated'],
    ['negative ENUMERATED', readEnumerated, [0xff], 'enumerated'],
    ['ENUMERATED -128', readEnumerated, [0x80], 'enumerated'],
    ['BOOLEAN without content', boolean, [], 'boolean'],
    ['TRUE as 01', boolean, [1], 'boolean'],
    ['BOOLEAN in two octets', boolean, [0xff, 0xff], 'boolean'],
    ['NULL with content', checkNull, [0], 'null'],
    ['BIT STRING without content', unused, [], 'bit-string'],
    ['eight unused bits', unused, [8, 0], 'bit-string'],
    ['one unused bit of no octet', unused, [1], 'bit-string'],
    ['seven unused bits of no octet', unused, [7], 'bit-string'],
    ['unused bits that are set', unused, [4, 0x18], 'bit-string'],
    ['named bits with padding that is set', readNamedBits, [1, 0x01], 'bit-string'],
  ])('not %s', (_what, read, octets, reason) => {
    for (const around of [0, 0xff]) {
      expect(() => read(content(octets, around))).toThrow(
        expect.objectContaining<Partial<MtlsError>>({ code: 'ERR_ENCODING_DER', detail: { reason, offset: 1 } }),
      );
    }
  });
});

describe('a member with a default', () => {
  const flag = (reader: DerReader) => readFlag(reader, TAG.BOOLEAN);
  const count = (reader: DerReader) => readExplicitCount(reader, 3, 7);
  const three = context(3, true);

  it.each<[what: string, read: (reader: DerReader) => unknown, octets: number[], value: unknown, written: boolean]>([
    ['a BOOLEAN at the end', flag, [], false, false],
    ['a BOOLEAN before another element', flag, [TAG.NULL, 0], false, false],
    ['TRUE', flag, [TAG.BOOLEAN, 1, 0xff], true, false],
    ['FALSE', flag, [TAG.BOOLEAN, 1, 0], false, true],
    ['a count at the end', count, [], 7, false],
    ['a count before another element', count, [TAG.NULL, 0], 7, false],
    ['a count before the primitive tag of its number', count, [context(3), 0], 7, false],
    ['another count', count, [three, 3, TAG.INTEGER, 1, 8], 8, false],
    ['a count as its default', count, [three, 3, TAG.INTEGER, 1, 7], 7, true],
  ])('%s', (_what, read, octets, value, written) => {
    const habits = new Set<EncodingHabit>();
    expect(read(new DerReader(Uint8Array.from(octets), 0, octets.length, habits))).toBe(value);
    expect([...habits]).toEqual(written ? ['written-default'] : []);
    // a reader that does not collect them
    expect(read(new DerReader(Uint8Array.from(octets)))).toBe(value);
  });

  it.each([
    ['two counts', [three, 6, TAG.INTEGER, 1, 8, TAG.INTEGER, 1, 8], 'trailing-bytes'],
    ['no count in the tag', [three, 0], 'unexpected-tag'],
    ['a count of another type', [three, 3, TAG.ENUMERATED, 1, 8], 'unexpected-tag'],
    ['a negative count', [three, 3, TAG.INTEGER, 1, 0xff], 'integer'],
  ])('not %s', (_what, octets, reason) => {
    expect(() => count(new DerReader(Uint8Array.from(octets)))).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason }) }),
    );
  });
});
