import { describe, expect, it } from 'vitest';
import { checkOid, decodeOid, encodeOid, isOid, OID } from '../../src/x509/oid.js';
import { nameOf } from '../../src/x509/unsupported-key.js';

/** Octets between others that would continue them. */
const within = (octets: readonly number[]) => [Uint8Array.from([0x81, ...octets, 0x01]), 1, 1 + octets.length] as const;
const arc = (octets: number) => [0x2a, ...Array<number>(octets - 1).fill(0xff), 0x7f];

describe('X.690 §8.19: object identifiers', () => {
  it.each<[dotted: string, octets: number[]]>([
    ['0.0', [0]],
    ['0.39', [39]],
    ['1.0', [40]],
    ['1.39', [79]],
    ['2.0', [80]],
    ['2.5.29.17', [0x55, 29, 17]],
    ['2.999.3', [0x88, 0x37, 3]],
    ['1.2.127', [0x2a, 0x7f]],
    ['1.2.128', [0x2a, 0x81, 0x00]],
    ['1.2.840.113549', [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]],
    // 49 bits and 56 bits: where a number ends and a bigint begins
    [`1.2.${2n ** 49n - 1n}`, arc(7)],
    [`1.2.${2n ** 56n - 1n}`, arc(8)],
    [`1.2.${2n ** 133n - 1n}`, arc(19)],
    [`2.${2n ** 56n - 81n}`, arc(8).slice(1)],
    [`2.25.${2n ** 128n - 1n}`, [0x69, 0x83, ...Array<number>(17).fill(0xff), 0x7f]],
  ])('%s', (dotted, octets) => {
    expect([...encodeOid(dotted)]).toEqual(octets);
    expect(decodeOid(Uint8Array.from(octets))).toBe(dotted);
    expect(decodeOid(...within(octets))).toBe(dotted);
    expect(isOid(...within(octets), encodeOid(dotted))).toBe(true);
    expect(isOid(...within(octets), encodeOid(`${dotted}.1`))).toBe(false);
  });

  it.each<[what: string, octets: number[], reason: string, offset: number]>([
    ['no octets', [], 'oid', 1],
    ['an arc that does not end', [0x2a, 0x86], 'oid', 1],
    ['an arc that ends with an empty group', [0x2a, 0x81, 0x80], 'oid', 1],
    ['an arc that begins with an empty group', [0x2a, 0x80, 0x01], 'oid', 2],
    ['a first arc that begins with an empty group', [0x80, 0x01], 'oid', 1],
  ])('not %s', (_what, octets, reason, offset) => {
    const error = expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: { reason, offset } });
    for (const read of [checkOid, decodeOid]) expect(() => read(...within(octets))).toThrow(error);
  });

  it('takes empty groups inside an arc', () => {
    expect(decodeOid(Uint8Array.of(0x2a, 0x81, 0x80, 0x00))).toBe('1.2.16384');
  });

  it('decodes no arc of more than 133 bits', () => {
    expect(() => checkOid(...within(arc(20)))).not.toThrow();
    expect(() => decodeOid(...within(arc(20)))).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: { reason: 'oid-arc', offset: 2 } }),
    );
  });

  it('has a name in reports, unless it is long', () => {
    expect(nameOf(OID.x25519, 0, OID.x25519.length)).toEqual(['X25519']);
    expect(nameOf(OID.sha1, 0, OID.sha1.length)).toEqual(['1.3.14.3.2.26']);
    const long = new Uint8Array(33).fill(1);
    expect(nameOf(long, 0, 32)).toEqual([`0.1${'.1'.repeat(31)}`]);
    expect(nameOf(long, 0, 33)).toBeUndefined();
  });
});
