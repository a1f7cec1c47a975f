import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Returns the format of nginx: `$ssl_client_escaped_cert` in `X-SSL-Client-Cert`, `$ssl_client_verify` in
 * `X-SSL-Client-Verify`. `$ssl_client_cert` cannot be used, because Node's HTTP parser refuses its folded lines.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, nginx } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({ format: nginx(), trust: fromAddresses(['127.0.0.1']) });
 * ```
 * @see https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables
 */
export function nginx(options?: FormatOptions): ForwardedFormat {
  return escapedPem('nginx', { header: 'x-ssl-client-cert', statusHeader: 'x-ssl-client-verify' }, options);
}

/**
 * Returns the format of ingress-nginx with `auth-tls-pass-certificate-to-upstream`: that of nginx, in `ssl-client-cert`
 * and `ssl-client-verify`.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, ingressNginx } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: ingressNginx(),
 *   trust: fromAddresses(['10.244.3.7']), // the addresses of the ingress pods
 * });
 * ```
 * @see
 * https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#client-certificate-authentication
 */
export function ingressNginx(options?: FormatOptions): ForwardedFormat {
  return escapedPem('ingressNginx', { header: 'ssl-client-cert', statusHeader: 'ssl-client-verify' }, options);
}

function escapedPem(
  name: string,
  names: { readonly header: string; readonly statusHeader: string },
  options: FormatOptions | undefined,
): ForwardedFormat {
  return createFormat({ name, ...names, encoding: 'percent-pem', readVerdict: readStatusWord }, options);
}
