import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readVerifiedFlag } from '../verdict.js';

/**
 * Returns the format of Google Cloud's Application Load Balancers with the custom request headers `X-Client-Cert-Leaf:
 * {client_cert_leaf}` and `X-Client-Cert-Chain: {client_cert_chain}`, in the form of RFC 9440. The names are those of
 * Google's examples. For a verdict, configure `X-Client-Cert-Chain-Verified: {client_cert_chain_verified}` and then
 * name it in `statusHeader`. A header that is not configured could be sent by the client.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, gcp } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: gcp({ statusHeader: 'x-client-cert-chain-verified' }),
 *   trust: fromAddresses(['35.191.0.0/16', '130.211.0.0/22']), // the front ends of Google
 * });
 * ```
 * @see https://cloud.google.com/load-balancing/docs/https/custom-headers-global#mtls-variables
 */
export function gcp(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'gcp',
      header: 'x-client-cert-leaf',
      chainHeader: 'x-client-cert-chain',
      chainMayRepeat: true,
      encoding: 'rfc9440',
      readVerdict: readVerifiedFlag,
    },
    options,
  );
}
