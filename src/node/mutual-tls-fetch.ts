import type { AgentOptions } from 'node:https';
import { CurrentAgent } from './current-agent.js';
import { sendRequest } from './send-request.js';

/** What the global `fetch` takes. Redirects are never followed, whatever `redirect` says. */
export type MutualTlsRequest = RequestInit;

/** A `fetch` that presents a client certificate. */
export interface MutualTlsFetch {
  (input: string | URL | Request, init?: MutualTlsRequest): Promise<Response>;
  /** Closes all connections. Requests that are running, and later ones, reject. */
  close(): void;
}

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
