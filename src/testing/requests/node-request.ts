import { IncomingMessage } from 'node:http';
import { checkOptions } from '../../options.js';
import { fakeTlsSocket, type FakeTlsSocketOptions } from '../fake-tls-socket.js';
import { requestHeaders, type RequestHeadersOptions } from './request-headers.js';

export interface NodeRequestOptions extends FakeTlsSocketOptions, Pick<RequestHeadersOptions, 'token' | 'headers'> {
  /** Path and query. Default `/`. */
  readonly url?: string;
  /** Default `GET`, or `POST` with a body. */
  readonly method?: string;
  readonly body?: string;
  /** Alternating names and values, appended to `headers`, for repeated headers. */
  readonly rawHeaders?: readonly string[];
}

/** Headers of which Node keeps only the first. */
const FIRST_COUNTS: ReadonlySet<string> = new Set(['authorization', 'content-length', 'content-type', 'host']);

/**
 * Creates a request of Node's servers, on a connection with this client certificate. For `presentedCertificate`,
 * handlers of `node:https`, Express middleware, the `raw` of a Fastify request, `c.env.incoming` of Hono on Node, and
 * the hooks of oidc-provider.
 *
 * @example
 * ```ts
 * import { presentedCertificate } from 'oauth-mtls/node';
 * import { nodeRequest, selfSignedCertificate } from 'oauth-mtls/testing';
 * const request = nodeRequest({ token: 'a.b.c', certificate: await selfSignedCertificate() });
 * presentedCertificate(request)?.certificate.thumbprint;
 * ```
 */
export function nodeRequest(options: NodeRequestOptions = {}): IncomingMessage & { readonly originalUrl: string } {
  checkOptions<NodeRequestOptions>(options, {
    certificate: 'object',
    intermediates: 'array',
    authorized: 'boolean',
    destroyed: 'boolean',
    encrypted: 'boolean',
    remoteAddress: 'string',
    token: 'string',
    headers: 'object',
    rawHeaders: 'array',
    url: 'string',
    method: 'string',
    body: 'string',
  });
  const { token, headers = {}, url = '/', body, rawHeaders = [], ...connection } = options;
  const { method = body === undefined ? 'GET' : 'POST', ...socket } = connection;
  const message = new IncomingMessage(fakeTlsSocket(socket));
  const fields = requestHeaders({ headers, token });
  message.rawHeaders.push(...Object.entries(fields).flat(), ...rawHeaders);
  message.headersDistinct = collect(message.rawHeaders);
  message.headers = Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values = []]) => [
      name,
      FIRST_COUNTS.has(name) ? values[0] : values.join(', '),
    ]),
  );
  message.httpVersion = '1.1';
  // otherwise reading to the end would abort the connection
  message.complete = true;
  message.method = method;
  message.url = url;
  if (body !== undefined) message.push(body);
  message.push(null);
  // Express adds it
  return Object.assign(message, { originalUrl: url });
}

function collect(rawHeaders: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    (headers[rawHeaders[at]!.toLowerCase()] ??= []).push(rawHeaders[at + 1]!);
  return headers;
}
