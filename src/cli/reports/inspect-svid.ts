import { isMtlsError, type MtlsErrorReason } from '../../errors.js';
import { readSvid } from '../../spiffe/read-svid.js';
import type { Certificate } from '../../x509/certificate.js';

/** Why a certificate is not the X.509-SVID of a workload. */
export type SvidFault = Exclude<MtlsErrorReason<'ERR_SPIFFE_SVID'>, 'issuer-id'>;

/** The X509-SVID standard at each: §2, §2, SPIFFE-ID §2, §3.1, §4.1, §4.3, §4.3, RFC 5280. */
export const svidFaults: Readonly<Record<SvidFault, string>> = {
  'no-uri': 'An X.509-SVID has its SPIFFE ID as a URI in the alternative names, but this certificate has no URI.',
  'several-uris': 'An X.509-SVID has exactly one URI in its alternative names, but this certificate has several.',
  'spiffe-id': 'The URI is not a SPIFFE ID: lower case, no port, query or percent encoding, no empty or dot segment.',
  'no-path': 'The SPIFFE ID has no path, so it identifies the trust domain, not a workload.',
  authority: 'The certificate is that of an authority, not of a workload.',
  'no-digital-signature': 'The key usage does not include digitalSignature.',
  'signing-key': 'The key usage of a workload must not include keyCertSign or cRLSign.',
  malformed: 'The alternative names or another extension of the certificate are malformed.',
};

/** The SPIFFE ID of a workload, or the reason why there is none. */
export type SvidInspection =
  | { readonly spiffeId: string; readonly fault?: undefined }
  | { readonly spiffeId?: undefined; readonly fault: SvidFault };

/** Reads a certificate as the X.509-SVID of a workload. Does not check: the issuer. */
export function inspectSvid(certificate: Certificate): SvidInspection {
  try {
    return { spiffeId: readSvid(certificate).toString() };
  } catch (error) {
    if (!isMtlsError(error, 'ERR_SPIFFE_SVID')) throw error;
    return { fault: error.detail.reason as SvidFault };
  }
}
