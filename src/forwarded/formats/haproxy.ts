import { checkOptions } from '../../options.js';
import { createFormat, FORMAT_OPTIONS, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readVerifyNumber } from '../verdict.js';

export interface HaproxyOptions extends FormatOptions {
  /** Name of the header with `ssl_c_used`. Default `x-ssl-client-used`. */
  readonly usedHeader?: string;
}

/**
 * Returns the format of HAProxy: `%[ssl_c_der,base64]` in `X-SSL-Client-Cert`, `%[ssl_c_verify]` in
 * `X-SSL-Client-Verify`, `%[ssl_c_used]` in `X-SSL-Client-Used`. The verdict requires the last two, because
 * `ssl_c_verify` is also 0 without a certificate. A `chainHeader` contains `%[ssl_c_chain_der,base64]`.
 *
 * For `:%[ssl_c_der,base64]:` use `rfc9440()`.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, haproxy } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({ format: haproxy(), trust: fromAddresses(['127.0.0.1']) });
 * ```
 * @see https://docs.haproxy.org/2.6/configuration.html#7.3.4
 */
export function haproxy(options: HaproxyOptions = {}): ForwardedFormat {
  checkOptions<HaproxyOptions>(options, { ...FORMAT_OPTIONS, usedHeader: 'string' });
  const { usedHeader = 'x-ssl-client-used', ...rest } = options;
  return createFormat(
    {
      name: 'haproxy',
      header: 'x-ssl-client-cert',
      statusHeader: 'x-ssl-client-verify',
      evidenceHeader: usedHeader,
      encoding: 'base64-der',
      readVerdict: readVerifyNumber,
    },
    rest,
  );
}
