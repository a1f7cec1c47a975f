import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { MtlsError } from '../errors.js';
import { checkPublicUrl, isPublicAddress, type PublicUrlOptions } from '../loading/public-url.js';
import { checkOptions } from '../options.js';
import { sendRequest } from './send-request.js';

export interface PublicFetchOptions extends PublicUrlOptions {
  /** Finds the addresses of a name. Default: `lookup` of `node:dns`. What it answers is checked. */
  readonly lookup?: LookupFunction;
  /** The authorities that certify the servers, in PEM. Default: the public roots. */
  readonly ca?: string | readonly string[];
}

/** A `fetch` that connects to public addresses only. Redirects are never followed, whatever `redirect` says. */
export type PublicFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Makes a `fetch` for URLs that come from others, such as the `jwks_uri` of a client: for the option `fetch` of
 * `remoteJwks` and `createJwksSources`. It connects to public addresses only, so that no such URL reaches into the
 * network of the server.
 *
 * Checks the URL as `remoteJwks` does (`https`, no credentials, no name or address that is known to be private), and
 * every address that its name resolves to, when the connection is made: the addresses that were checked are the ones
 * that are connected to. A name with one address that is not public is refused. Redirects are not followed: the
 * response is returned, and `remoteJwks` calls the fetch again for the next URL. Each request has a connection of its
 * own, always directly to the server: proxies of the environment are not used.
 *
 * Does not check the port, limit the size of a response, or decompress it. The signal in `init` ends a request.
 *
 * @example
 * ```ts
 * import { createJwksSources } from 'oauth-mtls/jwks';
 * import { publicFetch } from 'oauth-mtls/node';
 * const sources = createJwksSources({ fetch: publicFetch() });
 * ```
 * @throws TypeError for an option of the wrong type; when called, for a request that `fetch` refuses and a response
 * that is not one of HTTP
 * @throws MtlsError ERR_JWKS_URI when called; other failures are those of `node:https`
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
    // a pool would hold a connection for each server that a client has named
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
      // an address in the URL is connected to without a lookup
      checkPublicUrl(url.href, urlOptions);
      return url.protocol === 'http:' ? plainAgent : agent;
    });
}

/** A `lookup` that fails unless every address is public. Node connects to one of the addresses that it returns. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, answer: unknown, family) => {
      // a function that ignores `all` answers with one address
      const addresses = Array.isArray(answer)
        ? (answer as LookupAddress[])
        : [{ address: answer as string, family: family ?? 0 }];
      const [first] = addresses;
      // a lookup of the caller may hold anything
      const found = addresses.map((each) => String((each as LookupAddress | null | undefined)?.address));
      // a callback in JavaScript may also get undefined
      if (error instanceof Error) done(error, '');
      else if (first === undefined || !found.every(isPublicAddress))
        done(new MtlsError('ERR_JWKS_URI', { reason: 'private-address', found: [hostname, ...found] }), '');
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
