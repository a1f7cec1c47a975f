import { MtlsError } from '../../errors.js';
import type { ResourceRequest } from './read-access-token.js';

/**
 * Reads what a resource guard needs of Node's `IncomingMessage` or `Http2ServerRequest`. Only `rawHeaders` keeps a
 * repeated header.
 *
 * @throws TypeError for a request without rawHeaders, or with `headers` alone
 * @throws MtlsError ERR_TOKEN_REQUEST where Node may have dropped headers
 */
export function readNodeRequest(request: object): ResourceRequest {
  const { rawHeaders, url = '' } = request as { rawHeaders?: readonly string[]; url?: string };
  if (!Array.isArray(rawHeaders)) throw new TypeError('A Node.js request must have rawHeaders');
  const headers: readonly string[] = rawHeaders;
  checkComplete(request, headers.length);
  const lines = (name: string) => headers.filter((_, at) => at % 2 === 1 && headers[at - 1]!.toLowerCase() === name);
  const query = url.indexOf('?');
  return {
    authorization: lines('authorization'),
    dpop: lines('dpop'),
    query: query === -1 ? '' : url.slice(query + 1),
  };
}

interface UnreadRequest {
  readonly headers?: object;
  readonly socket?: { readonly server?: { readonly maxHeadersCount?: number | null } };
}

/**
 * Node drops headers beyond `maxHeadersCount`, 1000 unless the server says otherwise; serverless-http fills `headers`
 * alone.
 */
function checkComplete({ headers = {}, socket }: UnreadRequest, length: number): void {
  if (length === 0 && Object.keys(headers).length > 0)
    throw new TypeError('A request with headers must have rawHeaders: headers does not keep repeated lines');
  if (length < 64) return;
  const limit = socket?.server?.maxHeadersCount ?? 1000;
  if (limit > 0 && length >= 2 * limit) throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'too-large', limit });
}
