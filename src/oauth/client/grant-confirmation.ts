import { isMtlsError, MtlsError, type MtlsErrorCode } from '../../errors.js';
import { checkOptions } from '../../options.js';
import { assertPresented, type PresentedCertificate } from '../../presented/presented-certificate.js';
import { parseClientMetadata, type MtlsClientMetadata } from './parse-client-metadata.js';
import { createConfirmation, type Confirmation } from '../confirmation/create-confirmation.js';
import {
  verifyConfirmation,
  type ConfirmationPolicy,
  type VerifiedConfirmation,
} from '../confirmation/verify-confirmation.js';

/** The same decision as on an access token, with the answers of a token endpoint (RFC 6749 §5.2). */
const GRANT_ERRORS: ReadonlyMap<MtlsErrorCode, MtlsErrorCode> = new Map([
  ['ERR_CNF_CERTIFICATE_MISSING', 'ERR_GRANT_CERTIFICATE_MISSING'],
  ['ERR_CNF_MISMATCH', 'ERR_GRANT_MISMATCH'],
]);

export interface TokenConfirmationPolicy {
  /**
   * Which tokens are bound. `by-metadata` (default): those of clients registered with
   * `tls_client_certificate_bound_access_tokens`. `always`: every token, whatever the client registered, as the FAPI
   * 2.0 Security Profile requires of a server that sender-constrains by mutual TLS.
   */
  readonly policy?: 'by-metadata' | 'always';
  /** Issues an unbound token to a client that asked for bound ones and came without a certificate. Default false. */
  readonly unsafeAllowUnbound?: boolean;
}

/**
 * The confirmation to put into an access token: for a client that is registered with
 * `tls_client_certificate_bound_access_tokens` that of the certificate it presented, for any other client none. With
 * `policy: 'always'`, that of the certificate that any client presented.
 *
 * Not checked: who the client is. Authenticate it first; a public client (RFC 8705 §4) may present any certificate.
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
 * @throws MtlsError ERR_GRANT_CERTIFICATE_MISSING where the token is to be bound and no certificate was presented; as
 * an OAuth response 400 invalid_grant. ERR_METADATA_* for metadata that is not valid
 * @throws TypeError where the certificate was not presented to a source of this library
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
  const always = policy.policy === 'always';
  if (always && policy.unsafeAllowUnbound === true)
    throw new TypeError('Option "unsafeAllowUnbound" cannot be combined with the policy "always"');
  if (parseClientMetadata(client).tls_client_certificate_bound_access_tokens !== true && !always) return undefined;
  const confirmation = confirmationOf(presented);
  // RFC 8705 §3.4: an error, or an unbound token, at the server's discretion
  if (confirmation === undefined && policy.unsafeAllowUnbound !== true)
    throw new MtlsError('ERR_GRANT_CERTIFICATE_MISSING');
  return confirmation;
}

/**
 * The confirmation to store with a refresh token, or with an authorization code where the certificate is known when
 * it is issued (by a pushed authorization request): for a public client with bound access tokens that of the
 * certificate it presented. For a client that authenticates there is none: it authenticates again when it presents
 * the token, maybe with a new certificate.
 *
 * @example
 * ```ts
 * import { createGrantConfirmation, type MtlsClientMetadata, type PresentedCertificate } from 'oauth-mtls';
 * declare const client: MtlsClientMetadata;
 * declare const presented: PresentedCertificate | undefined;
 * const cnf = createGrantConfirmation(client, presented);
 * const refreshToken = { sub: 'alice', ...(cnf && { cnf }) };
 * ```
 * @throws MtlsError ERR_METADATA_* for metadata that is not valid
 * @throws TypeError where the certificate was not presented to a source of this library
 * @see RFC 8705 §4, §7.1
 */
export function createGrantConfirmation(
  client: MtlsClientMetadata,
  presented: PresentedCertificate | undefined,
): Confirmation | undefined {
  const metadata = parseClientMetadata(client);
  const bound =
    metadata.token_endpoint_auth_method === 'none' && metadata.tls_client_certificate_bound_access_tokens === true;
  return bound ? confirmationOf(presented) : undefined;
}

/**
 * Decides whether a refresh token or an authorization code may be used with the certificate on this connection.
 *
 * Not checked: the token itself, and that it was issued to this client (RFC 6749 §6, §4.1.3).
 *
 * @param grant what was stored with it, with the `cnf` of {@link createGrantConfirmation}
 * @param policy `required: false` for grants that were issued without one: those of clients that authenticate
 * @example
 * ```ts
 * import { verifyGrantConfirmation, type PresentedCertificate } from 'oauth-mtls';
 * declare const refreshToken: { cnf?: { 'x5t#S256': string } };
 * declare const presented: PresentedCertificate | undefined;
 * verifyGrantConfirmation(refreshToken, presented);
 * ```
 * @throws MtlsError ERR_GRANT_CERTIFICATE_MISSING, ERR_GRANT_MISMATCH, ERR_GRANT_CONFIRMATION (none where it is
 * required, or malformed); as an OAuth response 400 invalid_grant
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
    if (!isMtlsError(cause)) throw cause;
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
