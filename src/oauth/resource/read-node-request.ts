import { readMember } from '../../encoding/read-member.js';
import { MtlsError } from '../../errors.js';
import type { ResourceRequest } from './read-access-token.js';

/**
 * Reads the parts of an `IncomingMessage` or `Http2ServerRequest` that a resource guard uses. Only `rawHeaders` keeps
 * repeated headers.
 *
 * @throws TypeError for a request without `rawHeaders`
 * @throws MtlsError ERR_TOKEN_REQUEST if Node.js may have dropped headers
 */
export function readNodeRequest(request: object): ResourceRequest {
  const rawHeaders = readMember(request, 'rawHeaders');
  const { url = '' } = request as { url?: string };
  if (!Array.isArray(rawHeaders)) throw new TypeError('A Node.js request must have rawHeaders');
  const headers = rawHeaders as readonly string[];
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
 * Checks that no header was lost. Node.js drops headers beyond `maxHeadersCount` (default 1000). serverless-http fills
 * only `headers`.
 */
function checkComplete({ headers = {}, socket }: UnreadRequest, length: number): void {
  if (length === 0 && Object.keys(headers).length > 0)
    throw new TypeError('A request with headers must have rawHeaders: headers does not keep repeated lines');
  if (length < 64) return;
  const limit = socket?.server?.maxHeadersCount ?? 1000;
  if (limit > 0 && length >= 2 * limit) throw new MtlsError('ERR_TOKEN_REQUEST', { reason: 'too-large', limit });
}
