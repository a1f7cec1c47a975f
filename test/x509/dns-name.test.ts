import { expect, it } from 'vitest';
import { isDnsLabel, isDnsName } from '../../src/x509/dns-name.js';

const label = (length: number) => 'a'.repeat(length);
const name = (length: number) => `${`${label(49)}.`.repeat(5)}${label(length - 250)}`;

it.each<[text: string, isLabel: boolean, isName: boolean]>([
  ['a', true, true],
  ['0', true, true],
  ['_dmarc', true, true],
  ['a-b', true, true],
  ['xn--bcher-kva', true, true],
  [label(63), true, true],
  [label(64), false, false],
  ['a.example', false, true],
  ['_a._tcp.EXAMPLE', false, true],
  [`${label(63)}.${label(63)}`, false, true],
  [`a.${label(64)}`, false, false],
  [name(253), false, true],
  [name(254), false, false],
  ['', false, false],
  ['.', false, false],
  ['a.', false, false],
  ['.a', false, false],
  ['a..b', false, false],
  ['-a', false, false],
  ['a-', false, false],
  ['a.-b', false, false],
  ['a-.b', false, false],
  ['-', false, false],
  ['*.example', false, false],
  ['a b', false, false],
  ['a\n', false, false],
  ['a\0', false, false],
  ['bücher', false, false],
  ['\u212a', false, false],
])('RFC 1034 §3.5: %j', (text, isLabel, isName) => {
  expect([isDnsLabel(text), isDnsName(text)]).toEqual([isLabel, isName]);
});
