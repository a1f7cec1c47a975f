import { bytesEqual, toHex } from '../../encoding/bytes.js';
import { DerReader } from '../../encoding/der.js';
import { validityAt } from '../../x509/validity.js';
import type { Budget } from '../budget.js';
import { REMOVE_FROM_CRL, type CertificateRevocationList } from './crl.js';
import {
  ALL_REASONS,
  readDistributionPoints,
  resolveLocation,
  samePointName,
  shareName,
  type DistributionPoint,
} from './distribution-point.js';
import type { PathCertificate } from '../certificate/path-certificate.js';

/** The status of a certificate according to a source. Undefined if the source does not cover it. */
export type RevocationStatus = 'good' | 'revoked' | 'unknown' | undefined;

/** Returns whether a CRL is signed by an authority that may sign it, for a path. */
export type VerifyCrl = (
  crl: CertificateRevocationList,
  path: readonly PathCertificate[],
  index: number,
) => Promise<boolean>;

/**
 * Returns the status of the certificate at `index` of a path according to CRLs. `good` requires current CRLs that
 * together cover every reason. An unusable CRL of the issuer leaves the status unknown.
 *
 * @throws MtlsError ERR_PATH_MALFORMED
 * @see RFC 5280 §6.3.3
 */
export async function statusByCrls(
  crls: readonly CertificateRevocationList[],
  path: readonly PathCertificate[],
  index: number,
  time: number,
  budget: Budget,
  verify: VerifyCrl,
): Promise<RevocationStatus> {
  const certificate = path[index]!;
  const { issuer } = certificate;
  const { bytes, serialStart, serialEnd } = certificate.fields;
  const serial = toHex(bytes, serialStart, serialEnd);
  const points = distributionPoints(certificate);
  budget.spend('nameComparisons', crls.length * points.reduce((sum, point) => sum + countNames(point), 0));
  const concerned = crls.filter((crl) => points.some((point) => isOfIssuer(crl, point, certificate)));
  if (concerned.length === 0) return undefined;

  let reasons = 0;
  for (const crl of concerned) {
    // RFC 5280 §6.3.3(b), (d)
    const covered = points.reduce((mask, point) => mask | reasonsCovered(crl, point, certificate), 0);
    const validity = validityAt(time, crl.thisUpdate, crl.nextUpdate);
    if (crl.baseNumber !== undefined || !crl.usable || covered === 0 || validity === 'not-yet-valid') continue;
    const deltas = currentDeltas(concerned, crl, time);
    // RFC 5280 §6.3.3(a)(1)(i): a delta CRL updates an expired complete CRL
    if (validity === 'expired' && deltas.length === 0) continue;
    // RFC 5280 §6.3.3(f), (g)
    if (!(await verify(crl, path, index))) continue;
    // RFC 5280 §6.3.3(h): a delta CRL signed by another key must not hide an older one that is valid
    let update: CertificateRevocationList | undefined;
    for (const delta of deltas) {
      if (update === undefined && (await verify(delta, path, index)) && sameKey(delta, crl)) update = delta;
    }
    if (validity === 'expired' && update === undefined) continue;
    // RFC 5280 §6.3.3(i), (j), (k)
    const change = update?.find(serial, issuer);
    if (change === undefined ? crl.find(serial, issuer) !== undefined : change.reason !== REMOVE_FROM_CRL)
      return 'revoked';
    reasons |= covered;
  }
  return reasons === ALL_REASONS ? 'good' : 'unknown';
}

/**
 * The certificate's distribution points, and the one that RFC 5280 §6.3.3 adds to them: any CRL of the issuer.
 */
function distributionPoints(certificate: PathCertificate): readonly DistributionPoint[] {
  const { cRLDistributionPoints: range } = certificate.extensions;
  const implied = { location: { names: [certificate.issuer] }, reasons: ALL_REASONS, crlIssuer: undefined };
  if (range === undefined) return [implied];
  const { bytes } = certificate.fields;
  return [...certificate.decode(() => readDistributionPoints(new DerReader(bytes, range.start, range.end))), implied];
}

function countNames({ location, crlIssuer = [] }: DistributionPoint): number {
  return 1 + crlIssuer.length + (location !== undefined && 'names' in location ? location.names.length : 0);
}

/** Whether a CRL is of the issuer of the distribution point, usable or not. */
function isOfIssuer(
  crl: CertificateRevocationList,
  { crlIssuer }: DistributionPoint,
  certificate: PathCertificate,
): boolean {
  if (crlIssuer === undefined) return crl.issuer.equals(certificate.issuer);
  return crlIssuer.some((name) => samePointName(name, crl.issuer));
}

/** The reasons that a CRL covers for a certificate and a distribution point: RFC 5280 §6.3.3(b), (d). */
function reasonsCovered(
  crl: CertificateRevocationList,
  point: DistributionPoint,
  certificate: PathCertificate,
): number {
  // (1)
  if (!isOfIssuer(crl, point, certificate) || (point.crlIssuer !== undefined && crl.scope?.indirectCRL !== true))
    return 0;
  const { scope } = crl;
  if (scope === undefined) return point.reasons;
  // (2)(i)
  if (scope.location !== undefined) {
    const { fields } = certificate;
    const issuer =
      point.crlIssuer === undefined ? fields.bytes.subarray(fields.issuerStart, fields.issuerEnd) : crl.issuerDer;
    const names = point.location === undefined ? (point.crlIssuer ?? []) : resolveLocation(point.location, issuer);
    if (!shareName(resolveLocation(scope.location, crl.issuerDer), names)) return 0;
  }
  // (2)(ii), (iii), (iv)
  const authority = certificate.extensions.basicConstraints?.ca === true;
  if (authority ? scope.onlyContainsUserCerts : scope.onlyContainsCACerts) return 0;
  if (scope.onlyContainsAttributeCerts) return 0;
  return point.reasons & (scope.onlySomeReasons ?? ALL_REASONS);
}

/** The delta CRLs that update a complete CRL, newest first. Their signatures are not verified. */
function currentDeltas(
  crls: readonly CertificateRevocationList[],
  complete: CertificateRevocationList,
  time: number,
): readonly CertificateRevocationList[] {
  return crls
    .filter(
      (crl) => crl.updates(complete) && crl.usable && validityAt(time, crl.thisUpdate, crl.nextUpdate) === 'valid',
    )
    .sort((a, b) => Number(b.number! - a.number!));
}

function sameKey(
  { verifiedKey: a }: CertificateRevocationList,
  { verifiedKey: b }: CertificateRevocationList,
): boolean {
  return a !== undefined && b !== undefined && bytesEqual(a, b);
}
