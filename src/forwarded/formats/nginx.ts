import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * nginx: `$ssl_client_escaped_cert` in `X-SSL-Client-Cert`, `$ssl_client_verify` in `X-SSL-Client-Verify`.
 * `$ssl_client_cert` cannot be used: its folded lines are refused by Node's HTTP parser.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables
 */
export function nginx(options?: FormatOptions): ForwardedFormat {
  return escapedPem('nginx', { header: 'x-ssl-client-cert', statusHeader: 'x-ssl-client-verify' }, options);
}

/**
 * ingress-nginx with `auth-tls-pass-certificate-to-upstream`: nginx's form in `ssl-client-cert` and
 * `ssl-client-verify`.
 *
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
