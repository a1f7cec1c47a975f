import { assertMtlsError, isMtlsError, MtlsError } from '../errors.js';
import { guardedFetch } from '../loading/guarded-fetch.js';
import { checkPublicUrl } from '../loading/check-public-url.js';

/** The part of `fetch` that is used. */
export type BundleFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface BundleRequestOptions {
  readonly maxBytes: number;
  readonly fetch: BundleFetch;
  readonly unsafeAllowHttp: boolean;
}

/**
 * Creates a function that loads the document at a bundle endpoint. The URL and each redirect must be `https` without
 * user information. The operator configures the endpoint, so its address may be private.
 *
 * @throws TypeError for an invalid URL of a bundle endpoint
 * @see SPIFFE Federation §5.2.1
 */
export function bundleLoader(url: string, options: BundleRequestOptions): (signal: AbortSignal) => Promise<string> {
  const limits = { ...options, unsafeAllowPrivateAddresses: true };
  try {
    checkPublicUrl(url, limits);
  } catch (cause) {
    assertMtlsError(cause);
    throw new TypeError('The url of a bundle endpoint must be an https URL without user information', { cause });
  }
  const load = guardedFetch(limits);
  return async (signal) => {
    const headers = { accept: 'application/json' };
    try {
      return await (
        await load(url, { method: 'GET', headers: new Headers(headers), redirect: 'manual', signal })
      ).text();
    } catch (cause) {
      if (isMtlsError(cause) || signal.aborted) throw cause;
      throw new MtlsError('ERR_JWKS_UNREACHABLE', { reason: 'network' }, { cause });
    }
  };
}
