import { MtlsError } from '../../errors.js';
import { checkOptions, type OptionTable } from '../../options.js';
import { assertPresented, type PresentedCertificate } from '../../presented/presented-certificate.js';
import { sha512Thumbprint } from '../../x509/thumbprint.js';
import { constantTimeEqual } from '../../encoding/constant-time-equal.js';
import { publishConfirmation } from '../decision-messages.js';
import { isJsonObject } from '../../encoding/json-object.js';
import { readMember } from '../../encoding/read-member.js';
import { readToken } from './token-members.js';

export interface ConfirmationPolicy {
  /** Whether a token that is not bound to a certificate is refused. Default true. */
  readonly required?: boolean;
  /**
   * Also accepts `x5t#S512` of draft-skokan-oauth-additional-hashes (experimental). A token with both must match in
   * both. Default false: the member is treated as unknown.
   */
  readonly experimentalS512?: boolean;
}

const POLICY: OptionTable<ConfirmationPolicy> = { required: 'boolean', experimentalS512: 'boolean' };

/** The verdict on a token. `thumbprint` is that of the certificate it is bound to. */
export type VerifiedConfirmation = { readonly bound: true; readonly thumbprint: string } | { readonly bound: false };

/** base64url without padding of 32 octets: 43 characters (RFC 8705 §3.1). */
const SHA256_THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;
/** … and of 64. */
const SHA512_THUMBPRINT = /^[A-Za-z0-9_-]{86}$/;

/**
 * Decides whether a token may be used with the certificate on this connection. Takes JWT claims or an introspection
 * response.
 *
 * Checks: an introspection response is active, the confirmation is well-formed, a bound token is used with its
 * certificate, and the token is bound if the policy requires it. A bound token without its certificate is refused under
 * every policy.
 *
 * Does not check: the token itself (signature, issuer, audience and expiry, which the caller has verified), other
 * confirmation methods such as `jkt` (DPoP), and the certificate chain, which a resource server does not validate (RFC
 * 8705 §6.2).
 *
 * Each decision is published on the diagnostics channel `oauth-mtls:confirmation`.
 *
 * @example
 * ```ts
 * import { verifyConfirmation, type PresentedCertificate } from 'oauth-mtls';
 * declare const claims: object; // of a verified JWT, or an introspection response
 * declare const presented: PresentedCertificate | undefined;
 * const { bound } = verifyConfirmation(claims, presented);
 * ```
 * @throws MtlsError ERR_TOKEN_INACTIVE, ERR_CNF_MALFORMED, ERR_CNF_REQUIRED, ERR_CNF_CERTIFICATE_MISSING,
 * ERR_CNF_MISMATCH
 * @throws TypeError if the token is not an object (an array, a Map, a promise), is a confirmation without `cnf` around
 * it, or has the claims in `payload`, as the result of jose; if `presented` was not created by this library
 * @see RFC 8705 §3, §3.1, §3.2
 */
export function verifyConfirmation(
  token: object,
  presented: PresentedCertificate | undefined,
  policy: ConfirmationPolicy = {},
): VerifiedConfirmation {
  checkOptions<ConfirmationPolicy>(policy, POLICY);
  const { required = true, experimentalS512 = false } = policy;
  try {
    const verified = decideConfirmation(token, presented, { required, experimentalS512 });
    publishConfirmation(presented);
    return verified;
  } catch (error) {
    publishConfirmation(presented, error);
    throw error;
  }
}

/** {@link verifyConfirmation} without its diagnostics message, for decisions that include it. */
export function decideConfirmation(
  token: object,
  presented: PresentedCertificate | undefined,
  { required, experimentalS512 }: Required<ConfirmationPolicy>,
): VerifiedConfirmation {
  const { sha256, sha512 } = boundThumbprints(token, experimentalS512);
  // a resolver written in JavaScript may return null for absence
  const evidence = presented ?? undefined;
  if (evidence !== undefined) assertPresented(evidence);
  const expected = sha256 ?? sha512;
  if (expected === undefined) {
    if (required) throw new MtlsError('ERR_CNF_REQUIRED');
    return { bound: false };
  }
  // RFC 8705 §3: the certificate of the connection must match that of the token
  if (evidence === undefined) throw new MtlsError('ERR_CNF_CERTIFICATE_MISSING', { expected });
  const { certificate } = evidence;
  const { thumbprint } = certificate;
  const matches =
    (sha256 === undefined || constantTimeEqual(sha256, thumbprint)) &&
    (sha512 === undefined || constantTimeEqual(sha512, sha512Thumbprint(certificate)));
  if (!matches) throw new MtlsError('ERR_CNF_MISMATCH', { expected, thumbprint });
  return { bound: true, thumbprint };
}

interface BoundThumbprints {
  readonly sha256: string | undefined;
  readonly sha512: string | undefined;
}

/** The thumbprints in the token's confirmation. None if the token is not bound to a certificate. */
function boundThumbprints(token: object, readS512: boolean): BoundThumbprints {
  const { active, cnf } = readToken(token);
  // RFC 7662 §2.2: only introspection responses have the member
  if (active !== undefined && active !== true) throw new MtlsError('ERR_TOKEN_INACTIVE');
  if (cnf === undefined) return { sha256: undefined, sha512: undefined };
  // RFC 7800 §3.1: other methods are not processed; an empty confirmation confirms nothing
  if (!isJsonObject(cnf) || Object.keys(cnf).length === 0) throw new MtlsError('ERR_CNF_MALFORMED', { field: 'cnf' });
  return {
    sha256: readThumbprint(cnf, 'x5t#S256', SHA256_THUMBPRINT),
    sha512: readS512 ? readThumbprint(cnf, 'x5t#S512', SHA512_THUMBPRINT) : undefined,
  };
}

function readThumbprint(cnf: Readonly<Record<string, unknown>>, member: string, form: RegExp): string | undefined {
  const value = readMember(cnf, member);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !form.test(value)) throw new MtlsError('ERR_CNF_MALFORMED', { field: member });
  return value;
}
