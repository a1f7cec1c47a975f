import { decodeBase64, decodeBase64url } from '#platform/base64';

import { outcome } from './outcome.js';

/** @typedef {import('./check.js').Fixtures} Fixtures */
/** @typedef {import('./check.js').Expect} Expect */

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
const BASE64URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$/;
const FUZZ_ROUNDS = 30_000;

/**
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
export function checkBase64({ base64: { seed, refused, refusedUrl } }, expect) {
  for (const text of refused)
    expect(`base64 ${JSON.stringify(text)}`, 'ERR_ENCODING_BASE64', decodedLength(decodeBase64, text));
  for (const text of refusedUrl)
    expect(`base64url ${JSON.stringify(text)}`, 'ERR_ENCODING_BASE64', decodedLength(decodeBase64url, text));
  const random = randomNumbers(seed);
  let wrong = 0;
  for (let round = 0; round < FUZZ_ROUNDS && wrong < 5; round++) {
    const bytes = Uint8Array.from({ length: random(round % 8 === 0 ? 400 : 12) }, () => random(256));
    const canonical = btoa(String.fromCharCode(...bytes));
    const url = canonical.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    for (const [name, decode, text, grammar] of /** @type {const} */ ([
      ['base64', decodeBase64, canonical, BASE64],
      ['base64url', decodeBase64url, url, BASE64URL],
    ])) {
      wrong += same(decode, text, bytes) ? 0 : report(`${name} of ${bytes.join(' ')}`, expect);
      const changed = change(text, random);
      const expected = grammar.test(changed) ? (changed.replace(/=+$/, '').length * 3) >> 2 : 'ERR_ENCODING_BASE64';
      wrong +=
        decodedLength(decode, changed) === expected
          ? 0
          : report(`${name} ${JSON.stringify(changed)}, seed ${seed}`, expect);
    }
  }
  expect('base64 of random texts', 0, wrong);
}

/**
 * @param {string} what
 * @param {Expect} expect
 */
function report(what, expect) {
  expect(what, 'strict', 'otherwise');
  return 1;
}

/**
 * @param {(text: string) => Uint8Array} decode
 * @param {string} text
 * @param {Uint8Array} bytes
 */
function same(decode, text, bytes) {
  const decoded = decode(text);
  return decoded.length === bytes.length && bytes.every((byte, index) => decoded[index] === byte);
}

/**
 * @param {(text: string) => Uint8Array} decode
 * @param {string} text
 */
function decodedLength(decode, text) {
  return outcome(() => decode(text).length);
}

/**
 * One character put in, taken out or replaced: often of the alphabet, sometimes of another one, at times no Latin-1.
 *
 * @param {string} text
 * @param {(below: number) => number} random
 */
function change(text, random) {
  const at = random(text.length + 1);
  const character = String.fromCharCode(random([0x80, 0x80, 0x100, 0x10000][random(4)] ?? 0x80));
  const inserted = random(4) === 0 ? '' : random(3) === 0 ? ('=-_+/ \nAQ'[random(9)] ?? '') : character;
  return text.slice(0, at) + inserted + text.slice(at + random(2));
}

/**
 * mulberry32: the same numbers everywhere.
 *
 * @param {number} seed
 */
function randomNumbers(seed) {
  let state = seed;
  /** @param {number} below */
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
