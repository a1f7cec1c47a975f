import { assertMtlsError, MtlsError, type MtlsErrorCode } from '../../errors.js';
import { checkOptions } from '../../options.js';
import { assertPresented, type PresentedCertificate } from '../../presented/presented-certificate.js';
import { parseClientMetadata, type MtlsClientMetadata } from './parse-client-metadata.js';
import { createConfirmation, type Confirmation } from '../confirmation/create-confirmation.js';
import {
  verifyConfirmation,
  type ConfirmationPolicy,
  type VerifiedConfirmation,
} from '../confirmation/verify-confirmation.js';

/** The errors of an access token, as those of a token endpoint (RFC 6749 §5.2). */
const GRANT_ERRORS: ReadonlyMap<MtlsErrorCode, MtlsErrorCode> = new Map([
  ['ERR_CNF_CERTIFICATE_MISSING', 'ERR_GRANT_CERTIFICATE_MISSING'],
  ['ERR_CNF_MISMATCH', 'ERR_GRANT_MISMATCH'],
]);

export interface TokenConfirmationPolicy {
  /**
   * Which tokens are bound. `by-metadata` (default): those of clients registered with
   * `tls_client_certificate_bound_access_tokens`. `always`: every token, regardless of registration, as the FAPI 2.0
   * Security Profile requires of a server that sender-constrains tokens by mutual TLS.
   */
  readonly policy?: 'by-metadata' | 'always';
  /**
   * Allows an unbound token for a client that registered for bound ones but presented no certificate. Default false.
   */
  readonly unsafeAllowUnbound?: boolean;
}

/**
 * Returns the confirmation to put into an access token. For a client registered with
 * `tls_client_certificate_bound_access_tokens` it is that of the presented certificate; for any other client there is
 * none. With `policy: 'always'`, it is that of the presented certificate for every client.
 *
 * Does not check: the identity of the client. Authenticate it first. A public client (RFC 8705 §4) may present any
 * certificate.
 *
 * @returns undefined for a token that is not bound
 * @example
 * ```ts
 * import { createTokenConfirmation, type MtlsClientMetadata, type PresentedCertificate } from 'oauth-mtls';
 * declare const client: MtlsClientMetadata;
 * declare const presented: PresentedCertificate | undefined;
 * const cnf = createTokenConfirmation(client, presented);
 * const claims = { sub: 'alice', ...(cnf && { cnf }) };
 * ```
 * @throws MtlsError ERR_GRANT_CERTIFICATE_MISSING if the token must be bound and no certificate was presented; the
 * OAuth response is 400 invalid_grant. ERR_METADATA_* for invalid metadata
 * @throws TypeError if `presented` was not created by this library
 * @see RFC 8705 §3, §3.4, §4
 */
export function createTokenConfirmation(
  client: MtlsClientMetadata,
  presented: PresentedCertificate | undefined,
  policy: TokenConfirmationPolicy = {},
): Confirmation | undefined {
  checkOptions<TokenConfirmationPolicy>(policy, {
    policy: ['by-metadata', 'always'],
    unsafeAllowUnbound: 'boolean',
  });
  const confirmation = confirmationOf(presented);
  const always = policy.policy === 'always';
  if (always && policy.unsafeAllowUnbound === true)
    throw new TypeError('Option "unsafeAllowUnbound" cannot be combined with the policy "always"');
  if (parseClientMetadata(client).tls_client_certificate_bound_access_tokens !== true && !always) return undefined;
  // RFC 8705 §3.4: the server may return an error or issue an unbound token
  if (confirmation === undefined && policy.unsafeAllowUnbound !== true)
    throw new MtlsError('ERR_GRANT_CERTIFICATE_MISSING');
  return confirmation;
}

/**
 * Returns the confirmation to store with a refresh token, or with an authorization code whose certificate is known when
 * it is issued (from a pushed authorization request). For a public client with bound access tokens it is that of the
 * presented certificate. For a client that authenticates there is none: it authenticates again when it uses the token,
 * possibly with a new certificate.
 *
 * @example
 * ```ts
 * import { createGrantConfirmation, type MtlsClientMetadata, type PresentedCertificate } from 'oauth-mtls';
 * declare const client: MtlsClientMetadata;
 * declare const presented: PresentedCertificate | undefined;
 * const cnf = createGrantConfirmation(client, presented);
 * const refreshToken = { sub: 'alice', ...(cnf && { cnf }) };
 * ```
 * @throws MtlsError ERR_METADATA_* for invalid metadata
 * @throws TypeError if `presented` was not created by this library
 * @see RFC 8705 §4, §7.1
 */
export function createGrantConfirmation(
  client: MtlsClientMetadata,
  presented: PresentedCertificate | undefined,
): Confirmation | undefined {
  const confirmation = confirmationOf(presented);
  const metadata = parseClientMetadata(client);
  const bound =
    metadata.token_endpoint_auth_method === 'none' && metadata.tls_client_certificate_bound_access_tokens === true;
  return bound ? confirmation : undefined;
}

/**
 * Decides whether a refresh token or an authorization code may be used with the certificate on this connection.
 *
 * Does not check: the token itself, and that it was issued to this client (RFC 6749 §6, §4.1.3).
 *
 * @param grant the stored grant, with the `cnf` of {@link createGrantConfirmation}
 * @param policy `required: false` for grants without a confirmation, as those of clients that authenticate
 * @example
 * ```ts
 * import { verifyGrantConfirmation, type PresentedCertificate } from 'oauth-mtls';
 * declare const refreshToken: { cnf?: { 'x5t#S256': string } };
 * declare const presented: PresentedCertificate | undefined;
 * verifyGrantConfirmation(refreshToken, presented);
 * ```
 * @throws MtlsError ERR_GRANT_CERTIFICATE_MISSING, ERR_GRANT_MISMATCH, ERR_GRANT_CONFIRMATION (missing although
 * required, or malformed); the OAuth response is 400 invalid_grant
 * @throws TypeError as `verifyConfirmation`
 * @see RFC 8705 §4, §7.1
 */
export function verifyGrantConfirmation(
  grant: object,
  presented: PresentedCertificate | undefined,
  policy?: ConfirmationPolicy,
): VerifiedConfirmation {
  try {
    return verifyConfirmation(grant, presented, policy);
  } catch (cause) {
    assertMtlsError(cause);
    throw new MtlsError(GRANT_ERRORS.get(cause.code) ?? 'ERR_GRANT_CONFIRMATION', cause.detail, { cause });
  }
}

function confirmationOf(presented: PresentedCertificate | undefined): Confirmation | undefined {
  // a resolver written in JavaScript may return null for absence
  const evidence = presented ?? undefined;
  if (evidence === undefined) return undefined;
  assertPresented(evidence);
  return createConfirmation(evidence.certificate);
}
