import type { ResourceRequest } from './read-access-token.js';

/**
 * Reads what a resource guard needs of Node's `IncomingMessage` or `Http2ServerRequest`. Only `rawHeaders` keeps a
 * repeated header.
 *
 * @throws TypeError for a request without rawHeaders
 */
export function readNodeRequest(request: object): ResourceRequest {
  const { rawHeaders, url = '' } = request as { rawHeaders?: readonly string[]; url?: string };
  if (!Array.isArray(rawHeaders)) throw new TypeError('A request of Node has rawHeaders');
  const headers: readonly string[] = rawHeaders;
  const lines = (name: string) => headers.filter((_, at) => at % 2 === 1 && headers[at - 1]!.toLowerCase() === name);
  const query = url.indexOf('?');
  return {
    authorization: lines('authorization'),
    dpop: lines('dpop'),
    query: query === -1 ? '' : url.slice(query + 1),
  };
}
