/** What frameworks and loggers read of an error, and what they may write. */
const MEMBERS = ['name', 'message', 'stack', 'code', 'status', 'statusCode', 'headers', 'expose'] as const;

/**
 * Returns what was thrown as an Error that every framework takes for a failure: `next(undefined)` and `next('route')`
 * let a request pass, and Koa ignores null. An ordinary Error is returned as it is; anything else becomes the `cause`
 * of one.
 */
export function toError(thrown: unknown): Error {
  return isOrdinaryError(thrown) ? thrown : new Error('The thrown value is not an ordinary Error', { cause: thrown });
}

/** An Error whose members can be read, and to which Koa can assign `status`. */
function isOrdinaryError(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error) || !Object.isExtensible(thrown)) return false;
    for (const member of MEMBERS) Reflect.get(thrown, member);
    return true;
  } catch {
    return false;
  }
}
