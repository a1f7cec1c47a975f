/** Members of an error that frameworks and loggers read or write. */
const MEMBERS = ['name', 'message', 'stack', 'code', 'status', 'statusCode', 'headers', 'expose'] as const;

/**
 * Converts a thrown value to an Error that every framework treats as a failure: `next(undefined)` and `next('route')`
 * accept a request, and Koa ignores null. An ordinary Error is returned unchanged. Any other value becomes the `cause`
 * of an Error.
 */
export function toError(thrown: unknown): Error {
  return isOrdinaryError(thrown) ? thrown : new Error('The thrown value is not an ordinary Error', { cause: thrown });
}

/** Whether a value is an Error whose members can be read, and to which Koa can assign `status`. */
function isOrdinaryError(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error) || !Object.isExtensible(thrown)) return false;
    for (const member of MEMBERS) Reflect.get(thrown, member);
    return true;
  } catch {
    return false;
  }
}
