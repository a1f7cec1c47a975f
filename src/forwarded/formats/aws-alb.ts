import { checkOptions } from '../../options.js';
import { createFormat, FORMAT_OPTIONS, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

export interface AwsAlbOptions extends FormatOptions {
  /** The listener's mutual authentication mode. Default `verify`. */
  readonly mode?: 'verify' | 'passthrough';
}

/**
 * AWS Application Load Balancer: in mode `verify`, the certificate in `X-Amzn-Mtls-Clientcert-Leaf`; in mode
 * `passthrough`, the whole chain as the client sent it in `X-Amzn-Mtls-Clientcert`. Both are PEM,
 * percent-encoded but for `+ = /`. A load balancer in mode `verify` ends connections whose certificate it
 * cannot verify: set `verifiedByProxy`. In mode `passthrough` it verifies nothing.
 *
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
