import type { FetchImplementation } from 'jose';
import { MtlsError } from '../errors.js';
import { checkPublicUrl, type PublicUrlOptions } from './check-public-url.js';

export interface JwksRequestOptions extends PublicUrlOptions {
  /** Largest document, in bytes after decompression. */
  readonly maxBytes: number;
  readonly fetch: FetchImplementation;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;

/**
 * Creates a `fetch` for documents at URLs that a client supplies. Every URL, including redirects, is checked. The
 * response has status 200 and does not exceed the limit. The signal aborts the request even if the underlying `fetch`
 * ignores it.
 *
 * @throws MtlsError ERR_JWKS_URI, ERR_JWKS_UNREACHABLE, ERR_JWKS_TOO_LARGE; the reason of the signal; the errors of
 * `fetch`
 */
export function guardedFetch(options: JwksRequestOptions): FetchImplementation {
  return (url, init) => raceSignal(init.signal, request(url, init, options));
}

async function request(
  url: string,
  init: Parameters<FetchImplementation>[1],
  options: JwksRequestOptions,
): Promise<Response> {
  const { fetch, maxBytes } = options;
  let target = checkPublicUrl(url, options);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target.href, init);
    if (response.status === 200) return readLimited(response, maxBytes);
    await response.body?.cancel();
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null)
      throw new MtlsError('ERR_JWKS_UNREACHABLE', { reason: 'status', found: [String(response.status)] });
    if (redirects === MAX_REDIRECTS)
      throw new MtlsError('ERR_JWKS_UNREACHABLE', { reason: 'redirects', limit: MAX_REDIRECTS });
    target = checkPublicUrl(
      URL.canParse(location, target.href) ? new URL(location, target.href).href : location,
      options,
    );
  }
}

/** Returns the same response with its whole body, which must not exceed a limit. */
export async function readLimited(response: Response, maxBytes: number): Promise<Response> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const body: ReadableStream<Uint8Array<ArrayBuffer>> | null = response.body;
  const reader = body?.getReader();
  let size = 0;
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    size += chunk.value.length;
    if (size > maxBytes) {
      await reader?.cancel();
      throw new MtlsError('ERR_JWKS_TOO_LARGE', { limit: maxBytes });
    }
    chunks.push(chunk.value);
  }
  return new Response(new Blob(chunks));
}

/** Resolves to the result of the work, or rejects with the reason of the signal, whichever is first. */
export function raceSignal<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

/** Whether less than a duration in milliseconds has passed. False for a clock that was set back. */
export function within(since: number, duration: number, time = Date.now()): boolean {
  const age = time - since;
  return age >= 0 && age < duration;
}
