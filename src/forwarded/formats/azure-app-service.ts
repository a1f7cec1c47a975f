import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';

/**
 * Returns the format of Azure App Service: base64 of the DER in `X-ARR-ClientCert`. The platform does not validate the
 * certificate, which may be self-made. Do not set `verifiedByProxy`.
 *
 * @example
 * ```ts
 * import { azureAppService, createCertificateReader } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: azureAppService(),
 *   trust: () => true, // only if the application is reachable through the front end alone
 * });
 * ```
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
