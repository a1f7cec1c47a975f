import { readLimited } from '../../loading/guarded-fetch.js';
import { isMtlsError } from '../../errors.js';
import { hasCredentials } from '../../errors/without-credentials.js';
import { sourceError } from './source-error.js';

/** A CRL at a URL that the operator configures. */
export interface CrlUrl {
  /** `http` or `https`. Private addresses are allowed, because the URL is not taken from a certificate. */
  readonly url: string | URL;
  /** Largest CRL, in bytes. Default 33,554,432. */
  readonly maxBytes?: number;
  /** Timeout of a download in seconds. Default 30. */
  readonly timeout?: number;
}

/** The part of `fetch` that is used. */
export type TrustFetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly redirect: 'manual'; readonly signal: AbortSignal },
) => Promise<Response>;

export interface Download {
  readonly content: Uint8Array;
  readonly etag: string | undefined;
}

const DEFAULT_MAX_BYTES = 33_554_432;
const DEFAULT_TIMEOUT = 30;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;
const NOT_MODIFIED = 304;

/**
 * Downloads a CRL. Follows at most three redirects, to `http` and `https` only.
 *
 * @param etag of the current CRL
 * @returns undefined if the server reports that the current CRL has not changed
 * @throws MtlsError ERR_TRUST_SOURCE
 */
export async function downloadCrl(
  { url, maxBytes = DEFAULT_MAX_BYTES, timeout = DEFAULT_TIMEOUT }: CrlUrl,
  etag: string | undefined,
  fetch: TrustFetch,
  closed: AbortSignal,
): Promise<Download | undefined> {
  const name = nameUrl(url);
  const abort = new AbortController();
  const stop = () => abort.abort();
  const timer = setTimeout(stop, timeout * 1000).unref();
  closed.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([
      request(new URL(url), etag, maxBytes, fetch, abort.signal, name),
      // a custom fetch may ignore the signal
      new Promise<never>((_resolve, reject) => {
        abort.signal.addEventListener('abort', () => reject(sourceError(name, 'timeout')), { once: true });
      }),
    ]);
  } catch (error) {
    if (isMtlsError(error, 'ERR_TRUST_SOURCE')) throw error;
    throw sourceError(name, isMtlsError(error, 'ERR_JWKS_TOO_LARGE') ? 'too-large' : 'unreachable', error);
  } finally {
    clearTimeout(timer);
    closed.removeEventListener('abort', stop);
  }
}

async function request(
  start: URL,
  etag: string | undefined,
  maxBytes: number,
  fetch: TrustFetch,
  signal: AbortSignal,
  name: string,
): Promise<Download | undefined> {
  const headers: Record<string, string> = etag === undefined ? {} : { 'If-None-Match': etag };
  let target = start;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target.href, { headers, redirect: 'manual', signal });
    if (response.status === 200) {
      const body = await readLimited(response, maxBytes);
      return { content: new Uint8Array(await body.arrayBuffer()), etag: response.headers.get('etag') ?? undefined };
    }
    await response.body?.cancel();
    if (response.status === NOT_MODIFIED && etag !== undefined) return undefined;
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null || !URL.canParse(location, target.href)) throw sourceError(name, 'status', response.status);
    if (redirects === MAX_REDIRECTS) throw sourceError(name, 'redirects');
    target = new URL(location, target.href);
    if (!isHttp(target)) throw sourceError(name, 'scheme');
  }
}

/** A URL for display, without its query, which may contain a secret. */
export function nameUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Whether a URL is `http` or `https` without credentials, which `fetch` refuses. */
export function isHttp(url: URL): boolean {
  return /^https?:$/.test(url.protocol) && !hasCredentials(url);
}
