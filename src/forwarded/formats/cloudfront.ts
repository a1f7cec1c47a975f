import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readPresence, readStatusWord } from '../verdict.js';

/**
 * Amazon CloudFront: the certificate, percent-encoded PEM, in `CloudFront-Viewer-Cert-Pem`; where
 * `CloudFront-Viewer-Cert-Present` comes too, it has to agree. In the modes `required` and `optional`
 * CloudFront refuses certificates that it cannot verify: set `verifiedByProxy`. In mode `passthrough` it
 * verifies nothing, and sends `Client-Cert`: use `rfc9440()`.
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
