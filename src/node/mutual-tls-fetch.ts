import type { IncomingMessage } from 'node:http';
import { Agent, request as send, type AgentOptions } from 'node:https';
import { Readable } from 'node:stream';
import { checkOption } from '../options.js';

/** What is read of a request: a part of what the global `fetch` takes. */
export interface MutualTlsRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>> | Headers;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Redirects are never followed, whatever this says. */
  readonly redirect?: string;
}

export type MutualTlsFetch = (url: string | URL, request?: MutualTlsRequest) => Promise<Response>;

/** Status codes whose response has no body (RFC 9110 §6.4.1). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` that presents a client certificate, without a dependency: for `createIntrospector`, for a client that
 * asks for bound tokens, and for one that uses them. Connections are kept and used again for the same server.
 *
 * `https` only; the server's certificate is always verified, by `ca` or the public roots; redirects are not followed,
 * so that neither certificate nor token goes anywhere else. A text is the only body.
 *
 * @example
 * ```ts
 * import { mutualTlsFetch } from 'oauth-mtls/node';
 * declare const key: string, cert: string, accessToken: string;
 * const fetch = mutualTlsFetch({ key, cert });
 * const response = await fetch('https://api.example/accounts', { headers: { Authorization: `Bearer ${accessToken}` } });
 * ```
 * @throws TypeError without a key and a certificate, for `rejectUnauthorized: false`, and for a URL that is not `https`
 * @see RFC 8705 §3
 */
export function mutualTlsFetch(options: AgentOptions): MutualTlsFetch {
  if (options.pfx === undefined && (options.key === undefined || options.cert === undefined)) {
    throw new TypeError('A client certificate is key and cert, or pfx');
  }
  if (options.rejectUnauthorized !== undefined)
    checkOption('rejectUnauthorized', options.rejectUnauthorized, 'boolean');
  if (options.rejectUnauthorized === false)
    throw new TypeError('The certificate of the server is always verified: give its ca');
  const { minVersion = 'TLSv1.2' } = options;
  // said here, so that NODE_TLS_REJECT_UNAUTHORIZED says nothing
  const agent = new Agent({ keepAlive: true, ...options, minVersion, rejectUnauthorized: true });

  return async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const target = new URL(url);
    if (target.protocol !== 'https:') throw new TypeError('Mutual TLS needs an https URL');
    const fields = Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(target, { agent, method, headers: fields, ...(signal && { signal }) }, resolve)
        .on('error', reject)
        // without a listener Node ends the connection and says nothing
        .on('upgrade', (upgraded) => {
          upgraded.destroy();
          reject(new TypeError('The server has switched to another protocol'));
        })
        .end(body);
    });
    return toFetchResponse(response);
  };
}

function toFetchResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct } = message;
  const headers = new Headers(
    Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
  if (WITHOUT_BODY.has(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, { status, headers });
}
