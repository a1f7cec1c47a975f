import { assertMtlsError, MtlsError, type MtlsErrorReason } from '../errors.js';
import { KEY_USAGE, readCertificateExtensions } from '../pki/certificate/certificate-extensions.js';
import { certificateFields, findExtension, type Certificate } from '../x509/certificate.js';
import { forEachGeneralName, GENERAL_NAME } from '../x509/general-name.js';
import { OID } from '../x509/oid.js';
import { parseSpiffeId, type SpiffeId } from '../x509/spiffe-id.js';

const LATIN1 = new TextDecoder('latin1');

/**
 * Returns the SPIFFE ID of the X.509-SVID of a workload.
 *
 * Checks: exactly one URI in the alternative names, which is a SPIFFE ID with a path; not an authority; a key usage
 * with digitalSignature, but without keyCertSign and cRLSign. Does not check: the issuer.
 *
 * @throws MtlsError ERR_SPIFFE_SVID
 * @see X509-SVID §2, §4, §5.2
 */
export function readSvid(certificate: Certificate): SpiffeId {
  const uris = readUris(certificate);
  // X509-SVID §2: exactly one URI of any scheme
  if (uris.length !== 1) throw invalid(certificate, uris.length === 0 ? 'no-uri' : 'several-uris');
  const spiffeId = readId(certificate, uris[0]!);
  // X509-SVID §3.1
  if (spiffeId.path === '') throw invalid(certificate, 'no-path');
  const { basicConstraints, keyUsage } = decode(certificate, () =>
    readCertificateExtensions(certificateFields(certificate)),
  );
  // X509-SVID §4.1; without the extension, a certificate is not an authority (RFC 5280 §4.2.1.9)
  if (basicConstraints?.ca === true) throw invalid(certificate, 'authority');
  // X509-SVID §4.3: present, with digitalSignature
  if (keyUsage === undefined || (keyUsage & KEY_USAGE.digitalSignature) === 0)
    throw invalid(certificate, 'no-digital-signature');
  if ((keyUsage & (KEY_USAGE.keyCertSign | KEY_USAGE.cRLSign)) !== 0) throw invalid(certificate, 'signing-key');
  return spiffeId;
}

/**
 * Checks the SPIFFE ID of an authority between a workload and its trust domain, if it has one. It must be that of the
 * trust domain, without a path, so an authority that was certified for another trust domain is refused.
 *
 * @throws MtlsError ERR_SPIFFE_SVID
 * @see X509-SVID §3.2
 */
export function checkIssuer(certificate: Certificate, trustDomain: string): void {
  const ids = readUris(certificate).filter((uri) => /^spiffe:/i.test(uri));
  // the example of an authority in the specification ends in a slash
  if (!ids.every((id) => id.toLowerCase().replace(/\/$/, '') === `spiffe://${trustDomain}`))
    throw invalid(certificate, 'issuer-id', ids);
}

/** The octets of each URI. A URI that is not printable counts too. */
function readUris(certificate: Certificate): string[] {
  const fields = certificateFields(certificate);
  const extension = findExtension(fields, OID.subjectAltName);
  const uris: string[] = [];
  if (extension === undefined) return uris;
  decode(certificate, () =>
    forEachGeneralName(fields.bytes, extension.start, extension.end, (tag, start, end) => {
      if (tag === GENERAL_NAME.uniformResourceIdentifier) uris.push(LATIN1.decode(fields.bytes.subarray(start, end)));
    }),
  );
  return uris;
}

function readId(certificate: Certificate, uri: string): SpiffeId {
  try {
    return parseSpiffeId(uri);
  } catch (cause) {
    assertMtlsError(cause);
    throw invalid(certificate, 'spiffe-id', [uri], cause);
  }
}

function decode<T>(certificate: Certificate, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    assertMtlsError(cause);
    throw invalid(certificate, 'malformed', undefined, cause);
  }
}

function invalid(
  { thumbprint }: Certificate,
  reason: MtlsErrorReason<'ERR_SPIFFE_SVID'>,
  found?: readonly string[],
  cause?: MtlsError,
): MtlsError {
  return new MtlsError('ERR_SPIFFE_SVID', { reason, thumbprint, found }, { cause });
}
