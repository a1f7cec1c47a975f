import type { PresentedCertificate } from '../presented/presented-certificate.js';
import type { SpiffeTrust } from './spiffe-trust.js';
import type { VerifiedX509Svid, VerifySvidOptions } from './verify-svid.js';

/**
 * Experimental. Verifies the X.509-SVID that a workload presented in the TLS handshake, and returns its SPIFFE ID.
 *
 * Checks: exactly one URI in the alternative names, which is a SPIFFE ID with a path; not an authority; a key usage
 * with `digitalSignature`, but without `keyCertSign` and `cRLSign`; a certification path to an authority of the trust
 * domain in the ID.
 *
 * Does not check: what the workload is allowed to do. Compare the whole ID, because a trust domain contains workloads
 * of many owners.
 *
 * The verdict of the TLS layer is ignored, because its authorities may certify any ID.
 *
 * @example
 * ```ts
 * import type { IncomingMessage } from 'node:http';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * import { verifyX509Svid, type SpiffeTrust } from 'oauth-mtls/spiffe';
 * declare const spiffeTrust: SpiffeTrust;
 * export async function isBilling(request: IncomingMessage): Promise<boolean> {
 *   const { spiffeId } = await verifyX509Svid(presentedCertificate(request), spiffeTrust);
 *   return spiffeId === 'spiffe://example.org/billing';
 * }
 * ```
 * @throws MtlsError ERR_CLIENT_CERTIFICATE_MISSING, ERR_SPIFFE_SVID, ERR_SPIFFE_TRUST_DOMAIN,
 * ERR_SPIFFE_BUNDLE_UNAVAILABLE, ERR_PATH_*
 * @throws TypeError if `presented` or `trust` was not created by this library
 * @see X509-SVID §5
 */
export function verifyX509Svid(
  presented: PresentedCertificate | undefined,
  trust: SpiffeTrust,
  options?: VerifySvidOptions,
): Promise<VerifiedX509Svid> {
  if (typeof (trust as SpiffeTrust | null)?.verifySvid !== 'function')
    return Promise.reject(new TypeError('Argument "trust" must be created by createSpiffeTrust'));
  return trust.verifySvid(presented, options);
}
