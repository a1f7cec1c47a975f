import type { IncomingMessage } from 'node:http';
import { request as send, type AgentOptions } from 'node:https';
import { Readable } from 'node:stream';
import { CurrentAgent } from './current-agent.js';

/** What the global `fetch` takes. Redirects are never followed, whatever `redirect` says. */
export type MutualTlsRequest = RequestInit;

/** A `fetch` that presents a client certificate. */
export interface MutualTlsFetch {
  (input: string | URL | Request, init?: MutualTlsRequest): Promise<Response>;
  /** Closes all connections. Requests that are running, and later ones, reject. */
  close(): void;
}

/** Status codes whose response has no body (RFC 9110 §6.4.1). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Makes a `fetch` that presents a client certificate: for `createIntrospector`, for a client that asks for bound
 * tokens, such as `openid-client` or `oauth4webapi`, and for one that uses them. Connections are kept and used again
 * for the same server.
 *
 * `https` only. The server's certificate is always verified, by `ca` or the public roots. Redirects are not followed,
 * so that neither the certificate nor a token is sent to another server. Every body that `fetch` takes is sent, with
 * its content type; what is not a stream is held in memory.
 *
 * @example
 * ```ts
 * import { mutualTlsFetch } from 'oauth-mtls/node';
 * declare const key: string, cert: string, accessToken: string;
 * const fetch = mutualTlsFetch({ key, cert });
 * const headers = { Authorization: `Bearer ${accessToken}` };
 * const response = await fetch('https://api.example/accounts', { headers });
 * ```
 * A function is called for each request. Where it returns other options than before, new connections use those;
 * connections that are idle are closed, and the others once their request is done: `mutualTlsFetch(() =>
 * trust.clientOptions())`.
 *
 * @throws TypeError without a key and a certificate, and for `rejectUnauthorized: false`; when called, for a URL that
 * is not
 * `https`, the method CONNECT, and a response that is not one of HTTP
 * @see RFC 8705 §3
 */
export function mutualTlsFetch(options: AgentOptions | (() => AgentOptions)): MutualTlsFetch {
  const agents = new CurrentAgent(options);
  let closed = false;

  const mutualTls = async (input: string | URL | Request, init: MutualTlsRequest = {}): Promise<Response> => {
    // the parser of fetch: methods, headers, and the content type of each body
    const request = new Request(input, { duplex: 'half', ...init });
    const url = new URL(request.url);
    if (url.protocol !== 'https:') throw new TypeError('Mutual TLS needs an https URL');
    // the signal of a Request may be collected while the caller's is not
    const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
    const body = isStream(init.body) || input instanceof Request ? request.body : await wholeBody(request);
    if (closed) throw new TypeError('This fetch has been closed');
    const agent = agents.get();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = Object.fromEntries(request.headers);
      const outgoing = send(url, { agent, method: request.method, headers, ...(signal && { signal }) }, resolve)
        .on('error', reject)
        // without a listener Node ends the connection without an event
        .on('upgrade', (_message, upgraded) => {
          upgraded.destroy();
          reject(new TypeError('The server has switched to another protocol'));
        });
      if (body === null || body instanceof Uint8Array) outgoing.end(body ?? undefined);
      else
        Readable.fromWeb(body)
          .on('error', (error) => outgoing.destroy(error))
          .pipe(outgoing);
    });
    return toFetchResponse(response);
  };
  const close = (): void => {
    closed = true;
    agents.close();
  };
  return Object.assign(mutualTls, { close });
}

/** Of a length that is known, unlike that of a stream. */
async function wholeBody(request: Request): Promise<Uint8Array | null> {
  return request.body === null ? null : new Uint8Array(await request.arrayBuffer());
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body);
}

function toFetchResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct } = message;
  const headers = new Headers(
    Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
  const empty = WITHOUT_BODY.has(status);
  const known = status >= 200 && status <= 599;
  // unread, it would hold the connection
  if (empty || !known) message.resume();
  if (!known) throw new TypeError('The status of the response is not between 200 and 599');
  const body = empty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}
