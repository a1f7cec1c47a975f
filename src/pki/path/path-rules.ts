import { rangesEqual } from '../../encoding/bytes.js';
import { validityAt } from '../../x509/validity.js';
import { KEY_USAGE, PURPOSE } from '../certificate/certificate-extensions.js';
import type { PathCertificate } from '../certificate/path-certificate.js';

/** The required purpose and time of a path. */
export interface PathPurpose {
  /** Milliseconds since 1970, without a fraction of a second. */
  readonly time: number;
  /** A bit of `PURPOSE`, or 0 for any purpose. */
  readonly purpose: number;
  /** Whether revocation is checked. */
  readonly revocation: boolean;
}

/**
 * Checks the target certificate, independent of the path.
 *
 * @throws MtlsError ERR_PATH_*
 * @see RFC 5280 §6.1.3, §6.1.5
 */
export function checkTarget(certificate: PathCertificate, context: PathPurpose): void {
  checkAlgorithms(certificate);
  checkPeriod(certificate, context.time);
  checkLasting(certificate, context);
  const { keyUsage } = certificate.extensions;
  // RFC 5280 §4.2.1.12: clientAuth is consistent with digitalSignature, which TLS client authentication uses
  if (
    context.purpose === PURPOSE.clientAuth &&
    keyUsage !== undefined &&
    (keyUsage & KEY_USAGE.digitalSignature) === 0
  ) {
    throw certificate.error('ERR_PATH_KEY_USAGE', 'digitalSignature');
  }
  // the key of the target signs nothing in the path, but it authenticates the client
  certificate.publicKey();
}

/**
 * Checks an authority, independent of the path. Trust anchors are checked too, because an operator trusts a certificate
 * only with the restrictions in it.
 *
 * @throws MtlsError ERR_PATH_*
 * @see RFC 5280 §6.1.3, §6.1.4
 */
export function checkAuthority(certificate: PathCertificate, context: PathPurpose): void {
  // the signature of an anchor is not verified, so its algorithm is irrelevant
  if (!certificate.anchor) checkAlgorithms(certificate);
  checkPeriod(certificate, context.time);
  checkLastingAuthority(certificate, context);
}

/**
 * Checks an authority, independent of the path and of the time.
 *
 * @throws MtlsError ERR_PATH_*
 * @see RFC 5280 §6.1.4
 */
export function checkLastingAuthority(certificate: PathCertificate, use: Omit<PathPurpose, 'time'>): void {
  checkLasting(certificate, use);
  const { basicConstraints, keyUsage } = certificate.extensions;
  // RFC 5280 §6.1.4(k): versions 1 and 2 have no basicConstraints, so they are not accepted as authorities
  if (basicConstraints?.ca !== true) throw certificate.error('ERR_PATH_BASIC_CONSTRAINTS');
  // RFC 5280 §6.1.4(n)
  if (keyUsage !== undefined && (keyUsage & KEY_USAGE.keyCertSign) === 0) {
    throw certificate.error('ERR_PATH_KEY_USAGE', 'keyCertSign');
  }
}

/** RFC 5280 §4.1.1.2: signatureAlgorithm contains the same identifier as the signature field. */
function checkAlgorithms(certificate: PathCertificate): void {
  const { bytes, algorithmStart, algorithmEnd, innerAlgorithmStart, innerAlgorithmEnd } = certificate.fields;
  if (!rangesEqual(bytes, algorithmStart, algorithmEnd, bytes, innerAlgorithmStart, innerAlgorithmEnd)) {
    throw certificate.error('ERR_PATH_MALFORMED', 'signature-algorithms-differ');
  }
}

/** RFC 5280 §6.1.3(a)(2) */
function checkPeriod(certificate: PathCertificate, time: number): void {
  const { notBefore, notAfter } = certificate.fields;
  const validity = validityAt(time, notBefore, notAfter);
  if (validity === 'not-yet-valid') throw certificate.error('ERR_PATH_NOT_YET_VALID');
  if (validity === 'expired') throw certificate.error('ERR_PATH_EXPIRED');
}

/** Checks any certificate of a path, independent of the time. */
function checkLasting(certificate: PathCertificate, { purpose, revocation }: Omit<PathPurpose, 'time'>): void {
  const { issuerStart, issuerEnd } = certificate.fields;
  const { unknownCritical, purposes, cRLDistributionPoints } = certificate.extensions;
  // RFC 5280 §4.1.2.4: the issuer must not be empty, because empty names would chain to each other
  if (issuerEnd - issuerStart <= 2) throw certificate.error('ERR_PATH_MALFORMED', 'empty-issuer');
  // RFC 5280 §6.1.4(o), §6.1.5(f)
  // distribution points are processed only if revocation is checked
  if (unknownCritical || (cRLDistributionPoints?.critical === true && !revocation))
    throw certificate.error('ERR_PATH_CRITICAL_EXTENSION');
  // RFC 5280 §4.2.1.12, and for authorities the practice of every validator
  if (purpose !== 0 && purposes !== undefined && (purposes & (purpose | PURPOSE.any)) === 0) {
    throw certificate.error('ERR_PATH_EXTENDED_KEY_USAGE');
  }
}
