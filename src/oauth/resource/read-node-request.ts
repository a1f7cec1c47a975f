import type { ResourceRequest } from './read-access-token.js';

/** What is read of Node's `IncomingMessage` or `Http2ServerRequest`. */
export interface NodeRequest {
  /** Name, value, name, value: the only form that keeps a repeated header. */
  readonly rawHeaders: readonly string[];
  readonly url?: string | undefined;
}

/**
 * What a resource guard needs of a request of Node's HTTP servers.
 *
 * @throws TypeError for a request without rawHeaders
 */
export function readNodeRequest(request: NodeRequest): ResourceRequest {
  const { rawHeaders, url = '' } = request;
  if (!Array.isArray(request.rawHeaders)) throw new TypeError('A request of Node has rawHeaders');
  const lines = (name: string) =>
    rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name);
  const query = url.indexOf('?');
  return {
    authorization: lines('authorization'),
    dpop: lines('dpop'),
    query: query === -1 ? '' : url.slice(query + 1),
  };
}
