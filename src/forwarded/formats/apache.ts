import { percentPem } from '../encoding/certificate-encoding.js';
import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Returns the format of Apache httpd: `%{SSL_CLIENT_CERT}s` (PEM with a space for each line break) or
 * `expr=%{escape:%{SSL_CLIENT_CERT}}` (the same, percent-encoded) in `X-SSL-Client-Cert`, and `%{SSL_CLIENT_VERIFY}s`
 * in `X-SSL-Client-Verify`. A `chainHeader` contains any number of `%{SSL_CLIENT_CERT_CHAIN_n}s`. Apache writes
 * `(null)` for missing ones.
 *
 * With `SSLVerifyClient optional_no_ca` allow only TLS 1.3: when a TLS 1.2 session is resumed, Apache reports `SUCCESS`
 * for a certificate that it has not verified.
 *
 * @example
 * ```ts
 * import { apache, createCertificateReader, fromAddresses } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({ format: apache(), trust: fromAddresses(['127.0.0.1']) });
 * ```
 * @see https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars
 */
export function apache(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'apache',
      header: 'x-ssl-client-cert',
      statusHeader: 'x-ssl-client-verify',
      encoding: 'percent-pem',
      readChain: readVariables,
      readVerdict: readStatusWord,
    },
    options,
  );
}

function readVariables(value: string): ReturnType<typeof percentPem.several> {
  const present = value.replaceAll('(null)', '').trim();
  return present === '' ? [] : percentPem.several(present);
}
