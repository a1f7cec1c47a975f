import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readVerifiedNotRevoked } from '../verdict.js';

/**
 * Cloudflare with `client_certificate_forwarding`: base64 of the DER in `Cf-Client-Cert-Der-Base64`, filled
 * also for certificates that are invalid or revoked. For a verdict, switch the managed transform "Add TLS
 * client auth headers" on and set `statusHeader: 'cf-cert-verified'`: verified is then what is `true` there
 * and `false` in `Cf-Cert-Revoked`.
 *
 * For the RFC 9440 fields of transform rules use `rfc9440()`; in a Worker, `cloudflareWorkersCertificate`.
 *
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
