import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Azure App Service: base64 of the DER in `X-ARR-ClientCert`. The platform never validates it: everybody can
 * make a certificate that arrives here, so `verifiedByProxy` would not be true.
 *
 * @see https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth
 */
export function azureAppService(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'azureAppService',
      header: 'x-arr-clientcert',
      encoding: 'base64-der',
      readVerdict: readStatusWord,
    },
    options,
  );
}
