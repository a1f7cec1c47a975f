import { describe, expect, it } from 'vitest';
import {
  checkInteger,
  checkNull,
  readBigInteger,
  readBoolean,
  readCount,
  readEnumerated,
  readFlag,
  readMagnitude,
  readNamedBits,
  unusedBits,
  type Content,
} from '../../src/encoding/asn1.js';
import { DerReader, TAG } from '../../src/encoding/der.js';
import type { MtlsError, MtlsErrorReason } from '../../src/errors.js';

/** The content between two octets that do not belong to it. */
function content(octets: readonly number[]): Content {
  return { bytes: Uint8Array.of(0xff, ...octets, 0xff), start: 1, end: 1 + octets.length };
}

type Reader = (content: Content) => unknown;

const magnitude: Reader = (read) => [...readMagnitude(read)];
const boolean: Reader = ({ bytes, start, end }) => readBoolean(bytes, start, end);
const integer: Reader = ({ bytes, start, end }) => checkInteger(bytes, start, end);
const unused: Reader = ({ bytes, start, end }) => unusedBits(bytes, start, end);
const number: Reader = (read) => readBigInteger(read, 20);

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
    ['FALSE', boolean, [0], false],
    ['TRUE', boolean, [0xff], true],
    ['NULL', checkNull, [], undefined],
    ['an empty BIT STRING', unused, [0], 0],
    ['a BIT STRING of one bit', unused, [7, 0x80], 7],
    ['no named bits', readNamedBits, [0], 0],
    ['named bits 0, 1 and 8', readNamedBits, [7, 0xc0, 0x80], 0b1_0000_0011],
  ])('%s', (_what, read, octets, value) => expect(read(content(octets))).toEqual(value));

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
    ['BOOLEAN without content', boolean, [], 'boolean'],
    ['TRUE as 01', boolean, [1], 'boolean'],
    ['BOOLEAN in two octets', boolean, [0xff, 0xff], 'boolean'],
    ['NULL with content', checkNull, [0], 'null'],
    ['BIT STRING without content', unused, [], 'bit-string'],
    ['eight unused bits', unused, [8, 0], 'bit-string'],
    ['unused bits of no octet', unused, [1], 'bit-string'],
    ['unused bits that are set', unused, [4, 0x18], 'bit-string'],
    ['named bits with padding that is set', readNamedBits, [1, 0x01], 'bit-string'],
  ])('not %s', (_what, read, octets, reason) => {
    expect(() => read(content(octets))).toThrow(
      expect.objectContaining<Partial<MtlsError>>({ code: 'ERR_ENCODING_DER', detail: { reason, offset: 1 } }),
    );
  });

  it('reads a BOOLEAN DEFAULT FALSE that is there or not', () => {
    const reader = new DerReader(Uint8Array.of(TAG.BOOLEAN, 1, 0xff));
    expect([readFlag(reader, TAG.BOOLEAN), reader.done]).toEqual([true, true]);
    expect(readFlag(reader, TAG.BOOLEAN)).toBe(false);
  });
});
