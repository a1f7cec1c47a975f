import { base64Der } from '../encoding/certificate-encoding.js';
import { createFormat, type ForwardedFormat, type FormatOptions } from '../format.js';
import { percentDecode } from '../encoding/percent-encoding.js';
import { readStatusWord } from '../verdict.js';

/**
 * Traefik's `passTLSClientCert` with `pem: true`: despite its name, base64 of DER in
 * `X-Forwarded-Tls-Client-Cert`, separated by commas, the leaf first. Releases before 2.9.4 percent-encode it;
 * as base64 has no `%`, one reading serves both. Traefik says nothing of a verdict: where `clientAuthType` is
 * `VerifyClientCertIfGiven` or `RequireAndVerifyClientCert`, set `verifiedByProxy`.
 *
 * A duplicate that fetch's `Headers` has joined is distinguished from a chain by the space that they put after the
 * comma: it is refused.
 *
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
