import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readVerifiedNotRevoked } from '../verdict.js';

/**
 * Returns the format of Cloudflare with `client_certificate_forwarding`: base64 of the DER in
 * `Cf-Client-Cert-Der-Base64`, which is also sent for invalid and revoked certificates. For a verdict, enable the
 * managed transform "Add TLS client auth headers" and set `statusHeader: 'cf-cert-verified'`. A certificate is then
 * verified if this header is `true` and `Cf-Cert-Revoked` is `false`.
 *
 * For the RFC 9440 fields of transform rules use `rfc9440()`; in a Worker, `cloudflareWorkersCertificate`.
 *
 * @example
 * ```ts
 * import { cloudflare, createCertificateReader, withSharedSecret } from 'oauth-mtls/forwarded';
 * declare const secret: string; // at least 22 random characters
 * export const getCertificate = createCertificateReader({
 *   format: cloudflare({ statusHeader: 'cf-cert-verified' }),
 *   trust: withSharedSecret({ header: 'x-proxy-secret', secret }),
 * });
 * ```
 * @see https://developers.cloudflare.com/ssl/client-certificates/forward-a-client-certificate/
 */
export function cloudflare(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'cloudflare',
      header: 'cf-client-cert-der-base64',
      evidenceHeader: options?.statusHeader === undefined ? undefined : 'cf-cert-revoked',
      encoding: 'base64-der',
      readVerdict: readVerifiedNotRevoked,
    },
    options,
  );
}
