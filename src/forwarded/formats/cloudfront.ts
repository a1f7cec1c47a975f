import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readPresence, readStatusWord } from '../verdict.js';

/**
 * Returns the format of Amazon CloudFront: percent-encoded PEM in `CloudFront-Viewer-Cert-Pem`. If
 * `CloudFront-Viewer-Cert-Present` is sent too, it must agree. In the modes `required` and `optional` CloudFront
 * refuses certificates that it cannot verify: set `verifiedByProxy`. In mode `passthrough` it verifies nothing and
 * sends `Client-Cert`: use `rfc9440()`.
 *
 * @example
 * ```ts
 * import { cloudFront, createCertificateReader, withSharedSecret } from 'oauth-mtls/forwarded';
 * declare const secret: string; // at least 22 random characters
 * export const getCertificate = createCertificateReader({
 *   format: cloudFront({ verifiedByProxy: true }), // mode `required` or `optional`
 *   trust: withSharedSecret({ header: 'x-proxy-secret', secret }),
 * });
 * ```
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/viewer-mtls-headers.html
 */
export function cloudFront(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'cloudFront',
      header: 'cloudfront-viewer-cert-pem',
      evidenceHeader: 'cloudfront-viewer-cert-present',
      encoding: 'percent-pem',
      readVerdict: (status, present) => {
        const verdict = readStatusWord(status);
        return verdict.presented === false ? verdict : { ...verdict, ...readPresence(present) };
      },
    },
    options,
  );
}
