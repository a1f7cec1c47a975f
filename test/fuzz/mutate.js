// Several changes in a row of one of the seeds of a target.
import { mutateDer } from './mutate-der.js';
import { mutateJson, mutateText } from './mutate-text.js';

/** @typedef {import('./random.js').Random} Random */

/** @param {Random} random @param {readonly Uint8Array[]} seeds @returns {Uint8Array} */
export function makeDer(random, seeds) {
  let bytes = random.pick(seeds);
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) bytes = mutateDer(random, bytes);
  return bytes;
}

/** @param {Random} random @param {readonly string[]} seeds @returns {string} */
export function makeText(random, seeds) {
  let text = random.pick(seeds);
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) text = mutateText(random, text, seeds);
  return text;
}

/**
 * @param {Random} random @param {readonly unknown[]} seeds @param {readonly string[]} [names] members to add
 * @returns {unknown}
 */
export function makeJson(random, seeds, names) {
  let value = random.pick(seeds);
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) value = mutateJson(random, value, names);
  return value;
}

/** Some texts unchanged, some changed. @param {Random} random @param {readonly string[]} seeds @returns {string[]} */
export function makeLines(random, seeds) {
  return seeds.map((line) => (random.chance(0.5) ? makeText(random, [line, ...seeds]) : line));
}
