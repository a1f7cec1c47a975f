import { assertMtlsError, isMtlsError, MtlsError, reasonOf } from '../../errors.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import type { RegisteredSpiffeId } from './registered-spiffe-id.js';
import type { SvidVerifier } from './svid-verifier.js';

/**
 * Authenticates a `spiffe_x509` client: the presented certificate is an X.509-SVID of a trusted domain, and its ID is
 * registered. The verdict of the TLS layer is ignored, because its authorities may certify any ID.
 *
 * @returns the SPIFFE ID of the workload
 * @throws MtlsError ERR_CLIENT_*
 * @see draft-ietf-oauth-spiffe-client-auth-02 §3.2
 */
export async function authenticateSvid(
  presented: PresentedCertificate,
  registered: RegisteredSpiffeId,
  now: Date,
  spiffeTrust: SvidVerifier | undefined,
): Promise<string> {
  if (spiffeTrust === undefined) throw new TypeError('A client with spiffe_x509 requires option "spiffeTrust"');
  const { thumbprint } = presented.certificate;
  let identity: unknown;
  try {
    identity = await spiffeTrust.verifySvid(presented, { now });
  } catch (cause) {
    assertMtlsError(cause);
    throw clientError(cause, thumbprint);
  }
  // any other result shows no verified ID
  const spiffeId = (identity as { readonly spiffeId?: unknown } | null | undefined)?.spiffeId;
  if (typeof spiffeId !== 'string') throw new MtlsError('ERR_CLIENT_SVID', { reason: 'no-id', thumbprint });
  if (!registered.matches(spiffeId)) {
    const expected = registered.clientId ?? registered.value;
    const found = [spiffeId];
    throw new MtlsError('ERR_CLIENT_SUBJECT_MISMATCH', { field: 'spiffe_id', expected, found, thumbprint });
  }
  return spiffeId;
}

/** Reports an unavailable bundle as unavailable, not as an invalid certificate. */
function clientError(cause: MtlsError, thumbprint: string): MtlsError {
  if (isMtlsError(cause, 'ERR_SPIFFE_BUNDLE_UNAVAILABLE'))
    return new MtlsError('ERR_CLIENT_KEYS_UNAVAILABLE', { reason: cause.code }, { cause });
  const code = cause.code.startsWith('ERR_PATH_') ? 'ERR_CLIENT_PATH' : 'ERR_CLIENT_SVID';
  return new MtlsError(code, { reason: reasonOf(code, cause.code), thumbprint }, { cause });
}
