import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Caddy: `{http.request.tls.client.certificate_der_base64}` in `X-SSL-Client-Cert`.
 *
 * Caddy knows no verdict, so that an `X-SSL-Client-Verify` in a request is most likely the client's own,
 * passed through: it is read only where `statusHeader` names it. In the modes `verify_if_given` and
 * `require_and_verify`, set `verifiedByProxy`.
 *
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
