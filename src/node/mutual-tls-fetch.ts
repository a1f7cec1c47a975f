import type { AgentOptions } from 'node:https';
import { CurrentAgent } from './current-agent.js';
import { sendRequest } from './send-request.js';

/** The options of the global `fetch`. Redirects are not followed, regardless of `redirect`. */
export type MutualTlsRequest = RequestInit;

/** A `fetch` that presents a client certificate. */
export interface MutualTlsFetch {
  (input: string | URL | Request, init?: MutualTlsRequest): Promise<Response>;
  /** Closes all connections. Pending and later requests reject. */
  close(): void;
}

/**
 * Creates a `fetch` that presents a client certificate: for `createIntrospector`, for clients that request bound
 * tokens, such as `openid-client` or `oauth4webapi`, and for clients that use them. Connections to the same server are
 * reused.
 *
 * Only `https` URLs are accepted. The server's certificate is always verified, against `ca` or the public roots.
 * Redirects are not followed, so neither the certificate nor a token is sent to another server. All bodies of `fetch`
 * are supported, with their content types. A body other than a stream is buffered in memory.
 *
 * @example
 * ```ts
 * import { mutualTlsFetch } from 'oauth-mtls/node';
 * declare const key: string, cert: string, accessToken: string;
 * const fetch = mutualTlsFetch({ key, cert });
 * const headers = { Authorization: `Bearer ${accessToken}` };
 * const response = await fetch('https://api.example/accounts', { headers });
 * ```
 * A function as `options` is called for each request, as in `mutualTlsFetch(() => trust.clientOptions())`. If it
 * returns different options, new connections use them. Idle connections are closed, and the others after their request.
 *
 * @throws TypeError without a key and a certificate, and for `rejectUnauthorized: false`; from the returned function
 * for a URL that is not `https`, the method CONNECT, and an invalid HTTP response
 * @see RFC 8705 §3
 */
export function mutualTlsFetch(options: AgentOptions | (() => AgentOptions)): MutualTlsFetch {
  const agents = new CurrentAgent(options);
  let closed = false;

  const mutualTls = (input: string | URL | Request, init: MutualTlsRequest = {}): Promise<Response> =>
    sendRequest(input, init, (url) => {
      if (url.protocol !== 'https:') throw new TypeError('Mutual TLS requires an https URL');
      if (closed) throw new TypeError('This fetch function has been closed');
      return agents.get();
    });
  const close = (): void => {
    closed = true;
    agents.close();
  };
  return Object.assign(mutualTls, { close });
}
