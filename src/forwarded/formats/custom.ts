import { decoders, type CertificateEncoding } from '../encoding/certificate-encoding.js';
import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import type { ProxyVerdict } from '../verdict.js';

export interface CustomOptions extends FormatOptions {
  /**
   * `pem` (line breaks or spaces), `percent-pem`, `base64-der`, or `rfc9440` (`:base64:`). Default `pem`. A chain is
   * in the same encoding: PEM blocks one after the other, base64 separated by commas, a List.
   */
  readonly decode?: CertificateEncoding;
  /** Exact values of `statusHeader` that mean that the chain was verified. Every other value is not verified. */
  readonly statusValues?: { readonly verified: readonly string[] };
}

/**
 * Any other proxy. The certificate is in `X-SSL-Client-Cert` unless `header` names another; there is no
 * verdict without `statusHeader` and `statusValues`.
 */
export function custom(options: CustomOptions = {}): ForwardedFormat {
  const { decode = 'pem', statusHeader, statusValues } = options;
  if (!decoders.has(decode)) throw new TypeError('decode is pem, percent-pem, base64-der or rfc9440');
  if ((statusHeader === undefined) !== (statusValues === undefined)) {
    throw new TypeError('statusHeader and statusValues go together');
  }
  const verified = new Set(statusValues?.verified);
  // a text would be a set of its characters
  if (
    statusValues !== undefined &&
    (!Array.isArray(statusValues.verified) || verified.size === 0 || ![...verified].every(isStatus))
  ) {
    throw new TypeError('statusValues.verified lists the values that mean verified');
  }
  return createFormat(
    {
      name: 'custom',
      header: 'x-ssl-client-cert',
      chainMayRepeat: decode === 'rfc9440',
      encoding: decode,
      readVerdict: (status) => readValue(status, verified),
    },
    options,
  );
}

function isStatus(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function readValue(status: string | undefined, verified: ReadonlySet<string>): ProxyVerdict {
  if (status === undefined) return {};
  return verified.has(status) ? { presented: true, verification: 'verified' } : { verification: 'unknown' };
}
