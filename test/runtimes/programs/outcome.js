import { isMtlsError } from 'oauth-mtls';

/**
 * What a function returns, or the code of its error.
 *
 * @template T
 * @param {() => T} call
 */
export function outcome(call) {
  try {
    return call();
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}

/**
 * @template T
 * @param {() => Promise<T>} call
 */
export async function asyncOutcome(call) {
  try {
    return await call();
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}
