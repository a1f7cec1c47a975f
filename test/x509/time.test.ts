import { describe, expect, it } from 'vitest';
import { DerReader, TAG } from '../../src/encoding/der.js';
import { text } from '../../src/testing/der-writer.js';
import { readTime } from '../../src/x509/time.js';

const TYPES = { UTCTime: TAG.UTC_TIME, GeneralizedTime: TAG.GENERALIZED_TIME };

const read = (tag: number, value: string) => readTime(new DerReader(text(tag, value)));

const malformed = (offset: number) =>
  expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: { reason: 'time', offset } });

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

  it('RFC 5280 §4.1.2.5: reads the first and the last second of every month', () => {
    for (const year of [1951, 1999, 2000, 2023, 2024]) {
      for (let month = 1; month <= 12; month++) {
        const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
        const prefix = `${year}${String(month).padStart(2, '0')}`;
        for (const [digits, time] of [
          ['01000000', Date.UTC(year, month - 1, 1)],
          [`${days}235959`, Date.UTC(year, month - 1, days, 23, 59, 59)],
        ] as const) {
          expect(read(TAG.GENERALIZED_TIME, `${prefix}${digits}Z`)).toBe(time);
          expect(read(TAG.UTC_TIME, `${prefix.slice(2)}${digits}Z`)).toBe(time);
        }
        for (const digits of [`${days + 1}000000`, '00000000']) {
          expect(() => read(TAG.UTC_TIME, `${prefix.slice(2)}${digits}Z`)).toThrow(malformed(2));
        }
      }
    }
  });

  it.each([
    ['month 0', '20230001000000Z', 2],
    ['month 13', '20231301000000Z', 2],
    ['hour 24', '20230101240000Z', 2],
    ['minute 60', '20230101006000Z', 2],
    ['second 60', '20230101000060Z', 2],
    ['a time without a second', '202301010000Z', 2],
    ['a time with a fraction', '20230101000000.5Z', 2],
    ['a local time', '20230101000000', 2],
    ['a time of a zone', '20230101000000+0000', 2],
    ['a small z', '20230101000000z', 2],
    ['no text', '', 2],
  ])('is not %s', (_what, value, offset) => {
    expect(() => read(TAG.GENERALIZED_TIME, value)).toThrow(malformed(offset));
  });

  it('has digits alone', () => {
    const digits = '20230101000000';
    for (const other of ['/', ':', ' ', '-', 'A']) {
      for (let at = 0; at < digits.length; at++) {
        const value = `${digits.slice(0, at)}${other}${digits.slice(at + 1)}Z`;
        expect(() => read(TAG.GENERALIZED_TIME, value)).toThrow(malformed(2 + at - (at % 2)));
      }
    }
  });

  it('may be neither another type nor without end', () => {
    for (const tag of [TAG.UTF8_STRING, TAG.INTEGER]) expect(() => read(tag, '20230228000000Z')).toThrow(malformed(0));
    expect(() => read(TAG.GENERALIZED_TIME, '20230228000000Z'.repeat(2))).toThrow(malformed(2));
  });
});
