import { contentStart, malformed, elementEnd, TAG, type DerReader } from '../encoding/der.js';

/** Days before each month of a common year. */
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const DAYS_IN = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days between 0001-01-01 and 1970-01-01. */
const EPOCH_DAYS = daysBeforeYear(1970);

/**
 * Reads the Time that is the next element, as {@link timeValue} does.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readTime(reader: DerReader): number {
  reader.next();
  return timeValue(reader.bytes, reader.header, reader.end);
}

/** The end of the Time at `at`. */
export function timeEnd(bytes: Uint8Array, at: number, limit: number): number {
  return elementEnd(bytes, at, limit, bytes[at] === TAG.UTC_TIME ? TAG.UTC_TIME : TAG.GENERALIZED_TIME);
}

/**
 * Reads the Time between `header` and `end` in milliseconds since 1970-01-01T00:00:00Z. Accepts the forms of RFC 5280:
 * `YYMMDDHHMMSSZ` as UTCTime, `YYYYMMDDHHMMSSZ` as GeneralizedTime. GeneralizedTime is accepted for years before 2050
 * too, because such certificates exist and are unambiguous.
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §4.1.2.5.1, §4.1.2.5.2
 */
export function timeValue(bytes: Uint8Array, header: number, end: number): number {
  const tag = bytes[header];
  const start = contentStart(bytes, header);
  const yearDigits = tag === TAG.UTC_TIME ? 2 : 4;
  if (tag !== TAG.UTC_TIME && tag !== TAG.GENERALIZED_TIME) throw malformed('time', header);
  if (end - start !== yearDigits + 11 || bytes[end - 1] !== 0x5a) throw malformed('time', start);
  let year = twoDigits(bytes, start);
  // RFC 5280 §4.1.2.5.1: YY of 50 and more is 19YY
  if (yearDigits === 2) year += year >= 50 ? 1900 : 2000;
  else year = year * 100 + twoDigits(bytes, start + 2);
  const at = start + yearDigits;
  const month = twoDigits(bytes, at);
  const day = twoDigits(bytes, at + 2);
  const hour = twoDigits(bytes, at + 4);
  const minute = twoDigits(bytes, at + 6);
  const second = twoDigits(bytes, at + 8);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) throw malformed('time', start);
  const leapDay = isLeap(year) ? 1 : 0;
  if (day < 1 || day > DAYS_IN[month - 1]! + (month === 2 ? leapDay : 0)) throw malformed('time', start);
  const days = daysBeforeYear(year) - EPOCH_DAYS + DAYS_BEFORE[month - 1]! + (month > 2 ? leapDay : 0) + day - 1;
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw malformed('time', at);
  return tens * 10 + ones;
}

/** Days between 0001-01-01 and the first day of a year, in the Gregorian calendar. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
