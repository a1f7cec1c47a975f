import { expect, it } from 'vitest';
import { validityAt } from '../../src/x509/validity.js';

const from = Date.UTC(2026, 0, 1);
const to = Date.UTC(2026, 11, 31, 23, 59, 59);

it.each([
  ['not-yet-valid', from - 1],
  ['valid', from],
  ['valid', to],
  ['valid', to + 999],
  ['expired', to + 1000],
  ['expired', Infinity],
  ['not-yet-valid', -Infinity],
  // a clock that shows no time
  ['expired', NaN],
] as const)('RFC 5280 §4.1.2.5: is %s at %d', (validity, time) => {
  expect(validityAt(time, from, to)).toBe(validity);
});

it.each([from, NaN, Infinity])('without a reliable end, expired at %d', (time) => {
  expect(validityAt(time, from, -Infinity)).toBe('expired');
});
