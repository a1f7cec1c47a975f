import { checkOptions } from '../../options.js';
import { decoders, type CertificateEncoding } from '../encoding/certificate-encoding.js';
import { createFormat, FORMAT_OPTIONS, type ForwardedFormat, type FormatOptions } from '../format.js';
import type { ProxyVerdict } from '../verdict.js';

export interface CustomOptions extends FormatOptions {
  /**
   * `pem` (line breaks or spaces), `percent-pem`, `base64-der`, or `rfc9440` (`:base64:`). Default `pem`. A chain has
   * the same encoding: consecutive PEM blocks, base64 separated by commas, or a List.
   */
  readonly decode?: CertificateEncoding;
  /** Exact values of `statusHeader` for a verified chain. Every other value means not verified. */
  readonly statusValues?: { readonly verified: readonly string[] };
}

/**
 * Returns a format for any other proxy. The certificate is in `X-SSL-Client-Cert` unless `header` names another header.
 * There is no verdict without `statusHeader` and `statusValues`.
 *
 * @example
 * ```ts
 * import { createCertificateReader, custom, fromAddresses } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: custom({
 *     header: 'x-client-certificate',
 *     decode: 'base64-der',
 *     statusHeader: 'x-client-verified',
 *     statusValues: { verified: ['OK'] },
 *   }),
 *   trust: fromAddresses(['10.0.0.7']),
 * });
 * ```
 */
export function custom(options: CustomOptions = {}): ForwardedFormat {
  checkOptions<CustomOptions>(options, { ...FORMAT_OPTIONS, decode: [...decoders.keys()], statusValues: 'object' });
  const { decode = 'pem', statusValues, ...rest } = options;
  const { statusHeader } = rest;
  if ((statusHeader === undefined) !== (statusValues === undefined)) {
    throw new TypeError('Options "statusHeader" and "statusValues" require each other');
  }
  if (statusValues !== undefined)
    checkOptions<typeof statusValues>(statusValues, { verified: 'strings' }, ['verified'], 'statusValues');
  const verified = new Set(statusValues?.verified);
  if (statusValues !== undefined && verified.size === 0)
    throw new TypeError('Option "verified" in "statusValues" must not be empty');
  return createFormat(
    {
      name: 'custom',
      header: 'x-ssl-client-cert',
      chainMayRepeat: decode === 'rfc9440',
      encoding: decode,
      readVerdict: (status) => readValue(status, verified),
    },
    rest,
  );
}

function readValue(status: string | undefined, verified: ReadonlySet<string>): ProxyVerdict {
  if (status === undefined) return {};
  return verified.has(status)
    ? { presented: true, verification: 'verified' }
    : { verification: 'unknown', reason: status };
}
