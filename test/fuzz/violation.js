/** An answer that must never be given. */
export class Violation extends Error {}

/** @param {boolean} condition @param {string} what */
export function hold(condition, what) {
  if (!condition) throw new Violation(what);
}
