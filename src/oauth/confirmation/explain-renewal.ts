import { isMtlsError } from '../../errors.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import { verifyConfirmation } from './verify-confirmation.js';

export interface RenewalReport {
  /** Whether the token is bound to a certificate that the client had before the one it presents. */
  readonly renewed: boolean;
  /** Thumbprint of the former certificate. */
  readonly bound?: string | undefined;
  /** Thumbprint of the certificate that was presented. */
  readonly presented?: string | undefined;
}

/**
 * Tells whether a token does not match its certificate because the client has a new one. The token stays refused:
 * it is for the client to get another, with its refresh token or anew.
 *
 * @param previous thumbprints of certificates that the client had: those of its `jwks`, or those that the server has
 * seen it authenticate with
 * @example
 * ```ts
 * import { explainRenewal, type PresentedCertificate } from 'oauth-mtls';
 * declare const claims: object;
 * declare const presented: PresentedCertificate;
 * declare const seen: string[]; // thumbprints, from the log of authentications
 * if (explainRenewal(claims, presented, seen).renewed) console.info('the client has renewed its certificate');
 * ```
 * @throws TypeError as `verifyConfirmation`
 * @see RFC 8705 §6.3
 */
export function explainRenewal(
  token: object,
  presented: PresentedCertificate | undefined,
  previous: Iterable<string>,
): RenewalReport {
  try {
    verifyConfirmation(token, presented);
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    const { expected: bound, thumbprint } = error.detail;
    const renewed = error.code === 'ERR_CNF_MISMATCH' && [...previous].some((known) => known === bound);
    if (renewed) return { renewed, bound, presented: thumbprint };
  }
  return { renewed: false };
}
