import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { MtlsError } from '../errors.js';
import { checkPublicUrl, isPublicAddress, type PublicUrlOptions } from '../loading/check-public-url.js';
import { checkOptions } from '../options.js';
import { sendRequest } from './send-request.js';

export interface PublicFetchOptions extends PublicUrlOptions {
  /** Resolves a name. Default: `lookup` of `node:dns`. Its results are checked. */
  readonly lookup?: LookupFunction;
  /** The authorities that certify the servers, in PEM. Default: the public roots. */
  readonly ca?: string | readonly string[];
}

/** A `fetch` that connects to public addresses only. Redirects are not followed, regardless of `redirect`. */
export type PublicFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Creates a `fetch` for URLs that third parties supply, such as the `jwks_uri` of a client. Pass it as the option
 * `fetch` of `remoteJwks` and `createJwksSources`. It connects to public addresses only, so such a URL cannot reach the
 * internal network.
 *
 * Checks: the URL, as `remoteJwks` does (`https`, no credentials, no name or address that is known to be private), and
 * every address of its name when the connection is made. The checked addresses are those that are connected to. A name
 * with an address that is not public is refused.
 *
 * Does not check: the port, and the size of a response. Responses are not decompressed.
 *
 * Redirects are not followed: the response is returned, and `remoteJwks` calls the fetch again for the next URL. Each
 * request uses a new connection directly to the server. Proxies from the environment are not used. The signal in `init`
 * aborts a request.
 *
 * @example
 * ```ts
 * import { createJwksSources } from 'oauth-mtls/jwks';
 * import { publicFetch } from 'oauth-mtls/node';
 * const sources = createJwksSources({ fetch: publicFetch() });
 * ```
 * @throws TypeError for an option of the wrong type; from the returned function for a request that `fetch` refuses, and
 * an invalid HTTP response
 * @throws MtlsError ERR_JWKS_URI from the returned function. Other failures are those of `node:https`
 * @see RFC 8705 §2.2.2, RFC 7591 §5
 */
export function publicFetch(options: PublicFetchOptions = {}): PublicFetch {
  checkOptions<PublicFetchOptions>(options, {
    lookup: 'function',
    ca: 'oneOrMore',
    unsafeAllowHttp: 'boolean',
    unsafeAllowPrivateAddresses: 'boolean',
  });
  const { lookup = systemLookup, ca, ...urlOptions } = options;
  const connection = {
    lookup: urlOptions.unsafeAllowPrivateAddresses === true ? lookup : publicLookup(lookup),
    // a pool would keep a connection to each server that a client named
    keepAlive: false,
  };
  const tls = {
    ...(ca !== undefined && { ca: [ca].flat() }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  } as const;
  const plainAgent = new PlainAgent(connection);
  const agent = new Agent({ ...connection, ...tls });

  return (input, init = {}) =>
    sendRequest(input, init, (url) => {
      // there is no lookup for an address in the URL
      checkPublicUrl(url.href, urlOptions);
      return url.protocol === 'http:' ? plainAgent : agent;
    });
}

/** A `lookup` that fails unless every address is public. Node connects to one of the addresses that it returns. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, answer: unknown, family) => {
      // a function that ignores `all` returns one address
      const addresses = Array.isArray(answer)
        ? (answer as LookupAddress[])
        : [{ address: answer as string, family: family ?? 0 }];
      const [first] = addresses;
      // a custom lookup may return anything
      const found = addresses.map((each) => String((each as LookupAddress | null | undefined)?.address));
      // a custom lookup may pass undefined instead of null
      if (error instanceof Error) done(error, '');
      else if (first === undefined || !found.every(isPublicAddress))
        done(new MtlsError('ERR_JWKS_URI', { reason: 'private-address', found: [hostname, ...found] }), '');
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
