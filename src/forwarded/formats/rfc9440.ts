import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Returns the format of RFC 9440: `Client-Cert` as an RFC 8941 Byte Sequence, `Client-Cert-Chain` as a List of them
 * without the leaf. The RFC defines no header for the verdict: name the proxy's own in `statusHeader` (`SUCCESS` is
 * verified), or set `verifiedByProxy`.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, rfc9440 } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({ format: rfc9440(), trust: fromAddresses(['127.0.0.1']) });
 * ```
 * @see RFC 9440 §2
 */
export function rfc9440(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'rfc9440',
      header: 'client-cert',
      chainHeader: 'client-cert-chain',
      chainMayRepeat: true,
      encoding: 'rfc9440',
      readVerdict: readStatusWord,
    },
    options,
  );
}
