import { checkOptions } from '../../options.js';
import { createFormat, FORMAT_OPTIONS, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

export interface AwsAlbOptions extends FormatOptions {
  /** The listener's mutual authentication mode. Default `verify`. */
  readonly mode?: 'verify' | 'passthrough';
}

/**
 * Returns the format of an AWS Application Load Balancer. Mode `verify` sends the certificate in
 * `X-Amzn-Mtls-Clientcert-Leaf`. Mode `passthrough` sends the whole chain, as received from the client, in
 * `X-Amzn-Mtls-Clientcert`. Both are PEM, percent-encoded except for `+ = /`. In mode `verify` the load balancer closes
 * connections whose certificate it cannot verify: set `verifiedByProxy`. In mode `passthrough` it verifies nothing.
 *
 * @example
 * ```ts
 * import { awsAlb, createCertificateReader, fromAddresses } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: awsAlb({ mode: 'verify', verifiedByProxy: true }),
 *   trust: fromAddresses(['10.0.1.0/24', '10.0.2.0/24']), // the subnets of the load balancer
 * });
 * ```
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html
 */
export function awsAlb(options: AwsAlbOptions = {}): ForwardedFormat {
  checkOptions<AwsAlbOptions>(options, { ...FORMAT_OPTIONS, mode: ['verify', 'passthrough'] });
  const { mode = 'verify', ...rest } = options;
  const verify = mode === 'verify';
  return createFormat(
    {
      name: 'awsAlb',
      header: verify ? 'x-amzn-mtls-clientcert-leaf' : 'x-amzn-mtls-clientcert',
      encoding: 'percent-pem',
      holdsChain: !verify,
      readVerdict: readStatusWord,
    },
    rest,
  );
}
