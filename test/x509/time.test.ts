import { describe, expect, it } from 'vitest';
import { DerReader, TAG } from '../../src/encoding/der.js';
import { text } from '../../src/testing/der-writer.js';
import { readTime } from '../../src/x509/time.js';

const TYPES = { UTCTime: TAG.UTC_TIME, GeneralizedTime: TAG.GENERALIZED_TIME };

const read = (tag: number, value: string) => readTime(new DerReader(text(tag, value)));

describe('RFC 5280 §4.1.2.5: a Time', () => {
  it.each<[keyof typeof TYPES, string, string]>([
    ['UTCTime', '500101000000Z', '1950-01-01T00:00:00Z'],
    ['UTCTime', '491231235959Z', '2049-12-31T23:59:59Z'],
    ['UTCTime', '000229120000Z', '2000-02-29T12:00:00Z'],
    ['GeneralizedTime', '20491231235959Z', '2049-12-31T23:59:59Z'],
    ['GeneralizedTime', '19000228235959Z', '1900-02-28T23:59:59Z'],
    ['GeneralizedTime', '24000229000000Z', '2400-02-29T00:00:00Z'],
    ['GeneralizedTime', '24000301000000Z', '2400-03-01T00:00:00Z'],
    ['GeneralizedTime', '99991231235959Z', '9999-12-31T23:59:59Z'],
  ])('%s: %s is %s', (type, value, time) => {
    expect(read(TYPES[type], value)).toBe(Date.parse(time));
  });

  it.each([
    ['29 February of a year that is not a leap year', TAG.UTC_TIME, '230229000000Z'],
    ['29 February 1900', TAG.GENERALIZED_TIME, '19000229000000Z'],
    ['29 February 2100', TAG.GENERALIZED_TIME, '21000229000000Z'],
    ['30 February 2000', TAG.GENERALIZED_TIME, '20000230000000Z'],
    ['GeneralizedTime in the form of UTCTime', TAG.GENERALIZED_TIME, '230228000000Z'],
    ['UTCTime in the form of GeneralizedTime', TAG.UTC_TIME, '20230228000000Z'],
    ['a time as text', TAG.UTF8_STRING, '20230228000000Z'],
    ['a time in an INTEGER', TAG.INTEGER, '20230228000000Z'],
  ])('is not %s', (_what, tag, value) => {
    expect(() => read(tag, value)).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason: 'time' }) }),
    );
  });
});
