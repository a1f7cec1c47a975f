import { expect, it } from 'vitest';
import { constantTimeEqual } from '../../src/encoding/constant-time-equal.js';

it.each<[a: string, b: string, equal: boolean]>([
  ['', '', true],
  ['secret', 'secret', true],
  ['secret', 'Secret', false],
  ['secret', 'secreT', false],
  ['secret', 'secre', false],
  ['secret', 'secrets', false],
  ['', 'secret', false],
  // what NUL and a missing character have in common is their value in arithmetic
  ['secret', 'secret\0', false],
  ['\0', '', false],
  // differences that cancel each other
  ['ab', 'ba', false],
])('compares %j and %j', (a, b, equal) => {
  expect(constantTimeEqual(a, b)).toBe(equal);
  expect(constantTimeEqual(b, a)).toBe(equal);
});
