import { derError, TAG, type DerReader } from '../encoding/der.js';

/** Days before each month of a common year. */
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days between 0001-01-01 and 1970-01-01. */
const EPOCH_DAYS = daysBeforeYear(1970);

/**
 * Reads a Time and returns milliseconds since 1970-01-01T00:00:00Z. Only the forms of RFC 5280 are read:
 * `YYMMDDHHMMSSZ` as UTCTime, `YYYYMMDDHHMMSSZ` as GeneralizedTime (for years before 2050 too: such
 * certificates exist, and the meaning is clear).
 *
 * @see RFC 5280 §4.1.2.5.1, §4.1.2.5.2
 */
export function readTime(reader: DerReader): number {
  const tag = reader.next();
  const { bytes, start, end } = reader;
  const yearDigits = tag === TAG.UTC_TIME ? 2 : 4;
  if (tag !== TAG.UTC_TIME && tag !== TAG.GENERALIZED_TIME) throw derError('time', reader.header);
  if (end - start !== yearDigits + 11 || bytes[end - 1] !== 0x5a) throw derError('time', start);
  const twoDigits = (at: number): number => {
    const tens = bytes[at]! - 0x30;
    const ones = bytes[at + 1]! - 0x30;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw derError('time', at);
    return tens * 10 + ones;
  };
  let year = twoDigits(start);
  // RFC 5280 §4.1.2.5.1: YY of 50 and more is 19YY
  if (yearDigits === 2) year += year >= 50 ? 1900 : 2000;
  else year = year * 100 + twoDigits(start + 2);
  const at = start + yearDigits;
  const month = twoDigits(at);
  const day = twoDigits(at + 2);
  const hour = twoDigits(at + 4);
  const minute = twoDigits(at + 6);
  const second = twoDigits(at + 8);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) throw derError('time', start);
  const leapDay = isLeap(year) ? 1 : 0;
  if (day < 1 || day > DAYS_IN[month - 1]! + (month === 2 ? leapDay : 0)) throw derError('time', start);
  const days = daysBeforeYear(year) - EPOCH_DAYS + DAYS_BEFORE[month - 1]! + (month > 2 ? leapDay : 0) + day - 1;
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

/** Days between 0001-01-01 and the first day of a year, in the Gregorian calendar. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
