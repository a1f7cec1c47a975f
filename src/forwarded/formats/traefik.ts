import { base64Der } from '../encoding/certificate-encoding.js';
import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { percentDecode } from '../encoding/percent-encoding.js';
import { readStatusWord } from '../verdict.js';

/**
 * Returns the format of Traefik's `passTLSClientCert` with `pem: true`: despite its name, base64 of DER in
 * `X-Forwarded-Tls-Client-Cert`, separated by commas, leaf first. Releases before 2.9.4 percent-encode it. Both forms
 * are read. Traefik does not report a verdict: if `clientAuthType` is `VerifyClientCertIfGiven` or
 * `RequireAndVerifyClientCert`, set `verifiedByProxy`.
 *
 * Repeated headers that fetch's `Headers` joined are refused. They differ from a chain by the space after the comma.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, traefik } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: traefik({ verifiedByProxy: true }), // clientAuthType RequireAndVerifyClientCert
 *   trust: fromAddresses(['127.0.0.1']),
 * });
 * ```
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/passtlsclientcert/
 */
export function traefik(options?: FormatOptions): ForwardedFormat {
  return createFormat(
    {
      name: 'traefik',
      header: 'x-forwarded-tls-client-cert',
      encoding: 'base64-der',
      holdsChain: true,
      list: true,
      readCertificate: (value) => base64Der.several(percentDecode(value)),
      readVerdict: readStatusWord,
    },
    options,
  );
}
