import { checkOption, checkOptions, type OptionTable } from '../../options.js';
import type { ForwardedFormat } from '../../forwarded/format.js';
import type { Certificate } from '../../x509/certificate.js';
import type { TestCertificate } from '../certificate-options.js';
import {
  forwardedFormats,
  forwardedHeaders,
  type ForwardedFormatName,
  type ForwardedHeadersOptions,
} from './forwarded-headers.js';

export interface RequestHeadersOptions extends ForwardedHeadersOptions {
  /** Access token, sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** The client certificate. With `format`, it is forwarded in a header. */
  readonly certificate?: Certificate | TestCertificate;
  readonly format?: ForwardedFormat | ForwardedFormatName;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of {@link requestHeaders}. */
export const REQUEST_HEADERS: OptionTable<RequestHeadersOptions> = {
  token: 'string',
  certificate: 'object',
  format: 'any',
  headers: 'object',
  verification: ['verified', 'unverified', 'unknown'],
  status: 'string',
  intermediates: 'array',
};

/**
 * Returns the headers of a request with an access token and a forwarded certificate. Names are in lower case. For
 * `app.inject` of Fastify, `app.request` of Hono, supertest, and `fetch`.
 *
 * @example
 * ```ts
 * import { requestHeaders, selfSignedCertificate } from 'oauth-mtls/testing';
 * const certificate = await selfSignedCertificate();
 * const headers = requestHeaders({ token: 'a.b.c', certificate, format: 'nginx' });
 * ```
 */
export function requestHeaders(options: RequestHeadersOptions = {}): Record<string, string> {
  checkOptions(options, REQUEST_HEADERS);
  checkFormat(options.format);
  const { token, certificate, format, headers = {}, verification, status, intermediates } = options;
  if (certificate !== undefined && format === undefined) {
    throw new TypeError('Option "certificate" requires option "format"');
  }
  const forwarding = { verification, status, intermediates };
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(format !== undefined && forwardedHeaders(format, certificate, forwarding)),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

/** Checks the format before any header is written. */
function checkFormat(format: RequestHeadersOptions['format']): void {
  if (format === undefined) return;
  const names = Object.keys(forwardedFormats) as ForwardedFormatName[];
  checkOption('format', format, typeof format === 'string' ? names : 'object');
}
