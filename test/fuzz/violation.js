/** An answer that must never be given. */
export class Violation extends Error {}

/** @param {boolean} condition @param {string} what */
export function hold(condition, what) {
  if (!condition) throw new Violation(what);
}

/**
 * Runs what must not fail, not even with an error of the library.
 *
 * @template T @param {() => T} run @param {string} what @returns {T}
 */
export function must(run, what) {
  try {
    return run();
  } catch {
    throw new Violation(what);
  }
}

/** The documented answer to misuse, in this library's own words. */
export class Misuse extends Error {}

/**
 * Runs what may refuse an input as misuse, with a TypeError of this message. Any other TypeError is a crash.
 *
 * @template T @param {() => T} run @param {RegExp} message @returns {Promise<Awaited<T>>}
 */
export async function allowMisuse(run, message) {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TypeError && message.test(error.message)) throw new Misuse(error.message);
    throw error;
  }
}

/**
 * What a call answers: its result, or undefined for an error. For invariants between two calls.
 *
 * @template T @param {() => T} run @returns {Promise<Awaited<T> | undefined>}
 */
export async function attempt(run) {
  try {
    return await run();
  } catch {
    return undefined;
  }
}
