import { MtlsError } from '../../errors.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import { decideConfirmation } from '../confirmation/verify-confirmation.js';
import { publishConfirmation } from '../decision-messages.js';
import type { AccessTokenScheme } from '../error-response.js';

/**
 * The required binding of a token: `certificate` (RFC 8705), `dpop` (RFC 9449), `both`, `any` for one of those that the
 * resource accepts, or `optional` for none. A binding that is in the token is checked under every policy.
 */
export type RequiredBinding = 'any' | 'certificate' | 'dpop' | 'both' | 'optional';

export interface SenderConstraintPolicy {
  readonly binding: RequiredBinding;
  readonly experimentalS512: boolean;
}

/** The evidence about the sender of a request. */
export interface SenderEvidence {
  readonly presented: PresentedCertificate | undefined;
  readonly scheme: AccessTokenScheme;
  /** Verifies the DPoP proof and resolves to the JWK thumbprint of its key. Called for tokens with `jkt` only. */
  readonly proveKey: () => Promise<string>;
}

/** The bindings of a token that were checked. Empty for a token without a binding. */
export interface SenderConstraint {
  /** `x5t#S256` of the certificate that the token is bound to. */
  readonly thumbprint?: string;
  /** JWK thumbprint (RFC 7638) of the DPoP key that the token is bound to. */
  readonly jkt?: string;
}

/** RFC 9449 §6.1: base64url of a SHA-256 JWK thumbprint. */
const JKT = /^[A-Za-z0-9_-]{43}$/;

/**
 * Decides whether the sender of a request may use a token, by certificate and by DPoP key. Every binding in the token
 * must hold, and the policy determines which binding is required.
 *
 * A token whose confirmation has neither method is refused, because it is bound to something that is not checked.
 *
 * @throws MtlsError ERR_TOKEN_INACTIVE, ERR_CNF_*, and the errors of `proveKey`
 */
export async function verifySenderConstraint(
  claims: object,
  evidence: SenderEvidence,
  policy: SenderConstraintPolicy,
): Promise<SenderConstraint> {
  try {
    const constraint = decide(claims, evidence, policy);
    // RFC 9449 §7.1: the key of the proof is the one the token is bound to
    if (constraint.jkt !== undefined && (await evidence.proveKey()) !== constraint.jkt)
      throw new MtlsError('ERR_CNF_DPOP', { reason: 'other-key', expected: constraint.jkt });
    publishConfirmation(evidence.presented);
    return constraint;
  } catch (error) {
    publishConfirmation(evidence.presented, error);
    throw error;
  }
}

/** The bindings of a token, of which that to a DPoP key has yet to be proved. */
function decide(
  claims: object,
  { presented, scheme }: SenderEvidence,
  { binding, experimentalS512 }: SenderConstraintPolicy,
): SenderConstraint {
  const certificate = decideConfirmation(claims, presented, { required: false, experimentalS512 });
  const { cnf } = claims as { cnf?: { jkt?: unknown } };
  const jkt = cnf?.jkt;
  if (jkt !== undefined && (typeof jkt !== 'string' || !JKT.test(jkt)))
    throw new MtlsError('ERR_CNF_MALFORMED', { field: 'jkt' });
  // the scheme requires proof of possession by certificate under every policy
  if (scheme === 'mtls_pop' && !hasMember(cnf, 'x5t#S256')) throw new MtlsError('ERR_CNF_REQUIRED');
  // RFC 9449 §7.2: a DPoP-bound token is not a bearer token
  if (jkt !== undefined && scheme !== 'DPoP') throw new MtlsError('ERR_CNF_UNSUPPORTED', { field: 'jkt' });
  const keyNeeded = scheme === 'DPoP' || binding === 'dpop' || binding === 'both';
  if (jkt === undefined && keyNeeded) throw new MtlsError('ERR_CNF_DPOP', { reason: 'unbound' });
  if (!certificate.bound) {
    const certificateNeeded =
      binding === 'certificate' || binding === 'both' || (binding === 'any' && jkt === undefined);
    if (certificateNeeded) throw new MtlsError('ERR_CNF_REQUIRED');
    if (cnf !== undefined && jkt === undefined) throw new MtlsError('ERR_CNF_UNSUPPORTED', { found: Object.keys(cnf) });
  }
  return { thumbprint: certificate.bound ? certificate.thumbprint : undefined, jkt };
}

/** Whether the confirmation has an own member, as it was verified. */
function hasMember(cnf: object | undefined, name: string): boolean {
  return cnf !== undefined && Object.hasOwn(cnf, name);
}
