import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readPresence, readStatusWord } from '../verdict.js';

/**
 * Returns the format of Amazon CloudFront: percent-encoded PEM in `CloudFront-Viewer-Cert-Pem`. If
 * `CloudFront-Viewer-Cert-Present` is sent too, it must agree. In the modes `required` and `optional` CloudFront
 * refuses certificates that it cannot verify: set `verifiedByProxy`. In mode `passthrough` it verifies nothing and
 * sends `Client-Cert`: use `rfc9440()`.
 *
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
