import { checkOptions } from '../../options.js';
import { REQUEST_HEADERS, requestHeaders, type RequestHeadersOptions } from './request-headers.js';

/** The `Request` of the runtime. */
type FetchRequest = typeof globalThis extends { Request: { prototype: infer T } } ? T : never;

export interface FetchRequestOptions extends RequestHeadersOptions {
  /** Default `https://api.example/`. */
  readonly url?: string;
  /** Default `GET`, or `POST` with a body. */
  readonly method?: string;
  readonly body?: string;
}

/**
 * Creates a fetch `Request` with an access token and a forwarded certificate. For `oauth-mtls/fetch`, and for
 * `app.fetch` and `app.request` of Hono.
 *
 * @example
 * ```ts
 * import { fetchRequest, selfSignedCertificate } from 'oauth-mtls/testing';
 * const request = fetchRequest({ token: 'a.b.c', certificate: await selfSignedCertificate(), format: 'rfc9440' });
 * ```
 */
export function fetchRequest(options: FetchRequestOptions = {}): FetchRequest {
  checkOptions<FetchRequestOptions>(options, { ...REQUEST_HEADERS, url: 'string', method: 'string', body: 'string' });
  const { url = 'https://api.example/', body, method = body === undefined ? 'GET' : 'POST', ...rest } = options;
  return new Request(url, { method, headers: requestHeaders(rest), ...(body !== undefined && { body }) });
}
