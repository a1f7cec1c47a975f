import { isMtlsError, MtlsError } from '../errors.js';
import type { SvidIdentity } from '../oauth/client/svid-verifier.js';
import { checkOptions } from '../options.js';
import type { CertificationPath } from '../pki/path-verifier.js';
import { assertPresented, type PresentedCertificate } from '../presented/presented-certificate.js';
import type { Certificate } from '../x509/certificate.js';
import { BundleSource } from './bundle-source.js';
import { checkIssuer, readSvid } from './read-svid.js';
import type { TrustBundle } from './trust-bundle.js';

export interface VerifySvidOptions {
  /** Time of the decision. Default: the current time. */
  readonly now?: Date | undefined;
}

/** A verified X.509-SVID. Immutable. */
export interface VerifiedX509Svid extends SvidIdentity {
  readonly certificate: Certificate;
  readonly trustDomain: string;
  /** From the SVID to the authority of the trust domain. */
  readonly path: CertificationPath;
}

/**
 * Verifies an X.509-SVID with the bundle of the trust domain that its ID names.
 *
 * @throws MtlsError ERR_CLIENT_CERTIFICATE_MISSING, ERR_SPIFFE_*, ERR_PATH_*
 */
export async function verifySvid(
  presented: PresentedCertificate | undefined,
  sourceOf: (trustDomain: string) => BundleSource | TrustBundle | undefined,
  options: VerifySvidOptions = {},
): Promise<VerifiedX509Svid> {
  checkOptions<VerifySvidOptions>(options, { now: 'date' });
  // a resolver written in JavaScript may return null for absence
  const evidence = presented ?? undefined;
  if (evidence === undefined) throw new MtlsError('ERR_CLIENT_CERTIFICATE_MISSING');
  assertPresented(evidence);
  const { certificate } = evidence;
  const spiffeId = readSvid(certificate);
  const { trustDomain } = spiffeId;
  const source = sourceOf(trustDomain);
  if (source === undefined) throw new MtlsError('ERR_SPIFFE_TRUST_DOMAIN', { reason: 'unknown', found: [trustDomain] });
  const path = await findPath(evidence, source, trustDomain, options.now ?? new Date());
  for (const issuer of path.certificates.slice(1, -1)) checkIssuer(issuer, trustDomain);
  return Object.freeze({ spiffeId: spiffeId.toString(), trustDomain, certificate, path });
}

/** Finds a path to an authority of the trust domain, with the current bundle or with a newer one. */
async function findPath(
  evidence: PresentedCertificate,
  source: BundleSource | TrustBundle,
  trustDomain: string,
  now: Date,
): Promise<CertificationPath> {
  const bundle = source instanceof BundleSource ? await source.current() : source;
  try {
    return await verifyPath(evidence, bundle, trustDomain, now);
  } catch (error) {
    const renewed = isMtlsError(error) && source instanceof BundleSource ? await source.renewed(bundle) : undefined;
    if (renewed === undefined) throw error;
    return verifyPath(evidence, renewed, trustDomain, now);
  }
}

async function verifyPath(
  { certificate, intermediates }: PresentedCertificate,
  { pathVerifier }: TrustBundle,
  trustDomain: string,
  now: Date,
): Promise<CertificationPath> {
  // Trust Domain and Bundle §4.1.3: every SVID of the trust domain is invalid
  if (pathVerifier === undefined)
    throw new MtlsError('ERR_SPIFFE_TRUST_DOMAIN', { reason: 'no-authority', found: [trustDomain] });
  return pathVerifier.verify(certificate, intermediates, { now });
}
