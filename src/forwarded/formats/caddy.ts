import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Returns the format of Caddy: `{http.request.tls.client.certificate_der_base64}` in `X-SSL-Client-Cert`.
 *
 * Caddy does not report a verdict. An `X-SSL-Client-Verify` in a request was probably sent by the client, so it is read
 * only if `statusHeader` names it. In the modes `verify_if_given` and `require_and_verify`, set `verifiedByProxy`.
 *
 * @example
 * ```ts
 * import { caddy, createCertificateReader, fromUnixSocket } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({ format: caddy(), trust: fromUnixSocket() });
 * ```
 * @see https://caddyserver.com/docs/caddyfile/directives/tls#client_auth
 */
export function caddy(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'caddy',
      header: 'x-ssl-client-cert',
      encoding: 'base64-der',
      readVerdict: readStatusWord,
    },
    options,
  );
}
