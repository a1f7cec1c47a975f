/** How an error is answered over OAuth; `oauth/error-response.ts` turns it into status and headers. */
export type OAuthErrorCode =
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'insufficient_scope'
  | 'temporarily_unavailable';

interface ErrorEntry {
  /** One sentence for people; also the constant text of `error.message`. */
  readonly meaning: string;
  /** The rule that was broken. */
  readonly section: string;
  /** The OAuth error code of the answer. */
  readonly oauth: OAuthErrorCode;
}

const table = {
  // encoding/
  ERR_ENCODING_EMPTY: entry('The input is empty.', 'RFC 7468 §3', 'invalid_request'),
  ERR_ENCODING_TOO_LARGE: entry('The input is larger than the limit.', 'RFC 8705 §7.5', 'invalid_request'),
  ERR_ENCODING_BASE64: entry('The input is not standard base64 in canonical form.', 'RFC 4648 §4', 'invalid_request'),
  ERR_ENCODING_PEM: entry('The input is not exactly one PEM block.', 'RFC 7468 §3', 'invalid_request'),
  ERR_ENCODING_PEM_LABEL: entry('The PEM block does not have the expected label.', 'RFC 7468 §5.1', 'invalid_request'),
  ERR_ENCODING_DER: entry('The input is not strict DER.', 'X.690 §10', 'invalid_request'),
  // x509/
  ERR_CERTIFICATE_MALFORMED: entry('The input is not an X.509 certificate.', 'RFC 5280 §4.1', 'invalid_request'),
  ERR_CERTIFICATE_DUPLICATE_EXTENSION: entry('The certificate carries an extension twice.', 'RFC 5280 §4.2', 'invalid_request'),
  ERR_CERTIFICATE_UNAVAILABLE: entry('The connection no longer tells, or never told, which certificate was presented.', 'RFC 8705 §3', 'invalid_request'),
  ERR_NAME_SYNTAX: entry('The text is not an RFC 4514 distinguished name.', 'RFC 4514 §3', 'invalid_request'),
  ERR_NAME_ATTRIBUTE: entry('The distinguished name uses an attribute name that is not known.', 'RFC 4514 §3', 'invalid_request'),
  ERR_NAME_VALUE: entry('The distinguished name holds a value that no certificate can carry.', 'RFC 4514 §2.4', 'invalid_request'),
  // pki/
  ERR_PATH_NO_ANCHOR: entry('No certification path leads from the certificate to a trust anchor.', 'RFC 5280 §6.1', 'invalid_client'),
  ERR_PATH_MALFORMED: entry('A certificate of the path is malformed.', 'RFC 5280 §4.1', 'invalid_client'),
  ERR_PATH_SIGNATURE: entry('A signature in the path is not that of the issuer.', 'RFC 5280 §6.1.3(a)(1)', 'invalid_client'),
  ERR_PATH_NOT_YET_VALID: entry('A certificate of the path is before its validity period.', 'RFC 5280 §6.1.3(a)(2)', 'invalid_client'),
  ERR_PATH_EXPIRED: entry('A certificate of the path is past its validity period.', 'RFC 5280 §6.1.3(a)(2)', 'invalid_client'),
  ERR_PATH_NAME_CONSTRAINTS: entry('A name in the path is outside the name constraints of an authority.', 'RFC 5280 §6.1.3(b)', 'invalid_client'),
  ERR_PATH_POLICY: entry('The path is not valid for any acceptable certificate policy.', 'RFC 5280 §6.1.3(f)', 'invalid_client'),
  ERR_PATH_REVOKED: entry('A certificate of the path is revoked.', 'RFC 5280 §6.1.3(a)(3)', 'invalid_client'),
  ERR_PATH_REVOCATION_UNKNOWN: entry('The revocation status of a certificate of the path could not be determined.', 'RFC 5280 §6.3.3', 'invalid_client'),
  ERR_PATH_REVOCATION_MALFORMED: entry('A CRL or an OCSP response is malformed.', 'RFC 5280 §5.1', 'invalid_client'),
  ERR_PATH_PROFILE: entry('A certificate of the path breaks a rule that RFC 5280 has for issuers.', 'RFC 5280 §4', 'invalid_client'),
  ERR_PATH_BASIC_CONSTRAINTS: entry('An issuer in the path is not a certification authority.', 'RFC 5280 §6.1.4(k)', 'invalid_client'),
  ERR_PATH_LENGTH: entry('The path is longer than an authority or the caller allows.', 'RFC 5280 §6.1.4(l)', 'invalid_client'),
  ERR_PATH_KEY_USAGE: entry('The key usage of a certificate does not allow its place in the path.', 'RFC 5280 §6.1.4(n)', 'invalid_client'),
  ERR_PATH_EXTENDED_KEY_USAGE: entry('The extended key usage of a certificate does not allow this purpose.', 'RFC 5280 §4.2.1.12', 'invalid_client'),
  ERR_PATH_CRITICAL_EXTENSION: entry('A certificate of the path has a critical extension that is not processed.', 'RFC 5280 §6.1.4(o)', 'invalid_client'),
  ERR_PATH_ALGORITHM: entry('A key or signature in the path uses an algorithm that is not accepted.', 'RFC 5280 §6.1.3(a)(1)', 'invalid_client'),
  ERR_PATH_WEAK_KEY: entry('A key in the path is too weak, or too costly to use.', 'RFC 5280 §6.1.3(a)(1)', 'invalid_client'),
  ERR_PATH_LIMIT_INTERMEDIATES: entry('More intermediate certificates came than the limit allows.', 'RFC 4158 §2.4', 'invalid_client'),
  ERR_PATH_LIMIT_DEPTH: entry('Every path is longer than the limit on its depth.', 'RFC 4158 §2.4', 'invalid_client'),
  ERR_PATH_LIMIT_CANDIDATES: entry('The search for a path passed its limit on candidates.', 'RFC 4158 §2.4', 'invalid_client'),
  ERR_PATH_LIMIT_PATHS: entry('The search for a path passed its limit on complete paths.', 'RFC 4158 §2.4', 'invalid_client'),
  ERR_PATH_LIMIT_SIGNATURES: entry('The search for a path passed its limit on signatures.', 'RFC 4158 §2.4', 'invalid_client'),
  ERR_PATH_LIMIT_NAMES: entry('The search for a path passed its limit on comparisons of names.', 'RFC 4158 §2.4', 'invalid_client'),
  // forwarded/: all of them invalid_request, because nothing has been decided about the client's credentials:
  // invalid_client or invalid_token would ask it for others, and a 5xx would let anybody raise alarms
  ERR_FORWARDED_UNTRUSTED: entry('A request that does not come from the proxy carries a certificate header.', 'RFC 9440 §4', 'invalid_request'),
  ERR_FORWARDED_DUPLICATE: entry('A header that the proxy sets once came more than once.', 'RFC 9440 §2.2', 'invalid_request'),
  ERR_FORWARDED_TOO_LARGE: entry('The certificate headers are larger than the limit.', 'RFC 8705 §7.5', 'invalid_request'),
  ERR_FORWARDED_MALFORMED: entry('The forwarded certificate is not in the configured format.', 'RFC 9440 §2', 'invalid_request'),
  ERR_FORWARDED_CONTRADICTION: entry('What the proxy says about the certificate does not fit the certificate that it sent.', 'RFC 9440 §4', 'invalid_request'),
  // oauth/: registration
  ERR_METADATA_TYPE: entry('The client metadata, or a member of it, has the wrong JSON type.', 'RFC 7591 §2', 'invalid_client_metadata'),
  ERR_METADATA_SUBJECT: entry('tls_client_auth needs exactly one tls_client_auth_* subject parameter.', 'RFC 8705 §2.1.2', 'invalid_client_metadata'),
  ERR_METADATA_VALUE: entry('The registered subject value can never match a certificate.', 'RFC 8705 §2.1.2', 'invalid_client_metadata'),
  ERR_METADATA_KEYS: entry('self_signed_tls_client_auth needs exactly one of jwks and jwks_uri.', 'RFC 8705 §2.2.2', 'invalid_client_metadata'),
  ERR_METADATA_JWKS: entry('The JWK Set holds no certificate, or one that cannot be used.', 'RFC 8705 §2.2.2', 'invalid_client_metadata'),
  ERR_METADATA_JWKS_URI: entry('The jwks_uri is not an absolute https URL.', 'RFC 7591 §2', 'invalid_client_metadata'),
  ERR_METADATA_X5C: entry('The first certificate of x5c does not hold the public key of its JWK.', 'RFC 7517 §4.7', 'invalid_client_metadata'),
  ERR_METADATA_PROFILE: entry('The client metadata breaks a rule of the chosen profile.', 'RFC 7591 §2', 'invalid_client_metadata'),
  // oauth/: client authentication
  ERR_CLIENT_UNKNOWN: entry('No client has this client_id, or the request has none.', 'RFC 8705 §2', 'invalid_client'),
  ERR_CLIENT_METHOD: entry('The client is not registered for mutual-TLS authentication.', 'RFC 8705 §2', 'invalid_client'),
  ERR_CLIENT_METADATA: entry('The registered metadata of the client is not valid.', 'RFC 8705 §2', 'invalid_client'),
  ERR_CLIENT_CERTIFICATE_MISSING: entry('No client certificate was presented.', 'RFC 8705 §2', 'invalid_client'),
  ERR_CLIENT_UNVERIFIED: entry('Nobody has validated the chain of the presented certificate.', 'RFC 8705 §2.1', 'invalid_client'),
  ERR_CLIENT_PATH: entry('The chain of the presented certificate is not valid.', 'RFC 8705 §2.1', 'invalid_client'),
  ERR_CLIENT_TRUST_ANCHORS: entry('No trust anchors are set for this client.', 'RFC 8705 §7.4', 'invalid_client'),
  ERR_CLIENT_SUBJECT_MISMATCH: entry('The presented certificate does not carry the registered subject.', 'RFC 8705 §2.1', 'invalid_client'),
  ERR_CLIENT_CERTIFICATE_UNKNOWN: entry('The presented certificate is not one of the registered certificates.', 'RFC 8705 §2.2', 'invalid_client'),
  ERR_CLIENT_EXPIRED: entry('The presented certificate is past its validity period.', 'RFC 5280 §4.1.2.5', 'invalid_client'),
  ERR_CLIENT_NOT_YET_VALID: entry('The presented certificate is before its validity period.', 'RFC 5280 §4.1.2.5', 'invalid_client'),
  ERR_CLIENT_KEYS_UNAVAILABLE: entry('The registered certificates could not be loaded.', 'RFC 8705 §2.2.2', 'invalid_client'),
  ERR_CLIENT_ID_REPEATED: entry('The request has more than one client_id.', 'RFC 6749 §3.2', 'invalid_request'),
  // oauth/: tokens and grants that the token endpoint binds
  ERR_GRANT_CERTIFICATE_MISSING: entry('The tokens of the client are bound to a certificate, and none was presented.', 'RFC 8705 §3.4', 'invalid_grant'),
  ERR_GRANT_MISMATCH: entry('The grant is bound to another certificate.', 'RFC 8705 §4', 'invalid_grant'),
  ERR_GRANT_CONFIRMATION: entry('The confirmation of the grant is missing or malformed.', 'RFC 8705 §4', 'invalid_grant'),
  // jose/: certificates behind a jwks_uri
  ERR_JWKS_URI: entry('The jwks_uri, or what it redirects to, is not a public https URL.', 'RFC 8705 §2.2', 'invalid_client_metadata'),
  ERR_JWKS_UNREACHABLE: entry('The JWK Set could not be loaded.', 'RFC 8705 §2.2.2', 'invalid_client'),
  ERR_JWKS_TIMEOUT: entry('The JWK Set did not arrive in time.', 'RFC 8705 §2.2.2', 'invalid_client'),
  ERR_JWKS_TOO_LARGE: entry('The JWK Set is larger than the limit.', 'RFC 8705 §2.2.2', 'invalid_client'),
  ERR_JWKS_MALFORMED: entry('What was loaded is not a JWK Set.', 'RFC 7517 §5', 'invalid_client'),
  // oauth/: metadata that a server published
  ERR_SERVER_METADATA: entry('The authorization server metadata is malformed.', 'RFC 8414 §2', 'invalid_request'),
  ERR_SERVER_ENDPOINT: entry('The authorization server has no such endpoint.', 'RFC 8705 §5', 'invalid_request'),
  // oauth/: bound tokens
  ERR_CNF_REQUIRED: entry('The token is not bound to a certificate, and the policy asks for that.', 'RFC 8705 §3', 'invalid_token'),
  ERR_CNF_MALFORMED: entry('The confirmation of the token is malformed.', 'RFC 8705 §3.1', 'invalid_token'),
  ERR_CNF_CERTIFICATE_MISSING: entry('The token is bound to a certificate, and none was presented.', 'RFC 8705 §3', 'invalid_token'),
  ERR_CNF_MISMATCH: entry('The token is bound to another certificate.', 'RFC 8705 §3', 'invalid_token'),
  ERR_CNF_UNSUPPORTED: entry('The token is bound by a confirmation method that is not accepted here.', 'RFC 7800 §3.1', 'invalid_token'),
  ERR_CNF_DPOP: entry('The token is not bound to the key of the DPoP proof.', 'RFC 9449 §7.1', 'invalid_token'),
  // access tokens in requests
  ERR_TOKEN_MISSING: entry('The request carries no access token.', 'RFC 6750 §3.1', 'invalid_token'),
  ERR_TOKEN_REQUEST: entry('The request carries a malformed access token, or more than one.', 'RFC 6750 §2', 'invalid_request'),
  ERR_TOKEN_INVALID: entry('The access token is missing, malformed, expired or not for this resource.', 'RFC 6750 §3.1', 'invalid_token'),
  ERR_TOKEN_INACTIVE: entry('The token is not active.', 'RFC 7662 §2.2', 'invalid_token'),
  ERR_TOKEN_PROOF: entry('The DPoP proof is missing or not valid.', 'RFC 9449 §7.1', 'invalid_dpop_proof'),
  ERR_TOKEN_SCOPE: entry('The access token does not cover the required scope.', 'RFC 6750 §3.1', 'insufficient_scope'),
  ERR_TOKEN_UNAVAILABLE: entry('The access token cannot be verified at the moment.', 'RFC 6749 §4.1.2.1', 'temporarily_unavailable'),
} as const satisfies Record<string, ErrorEntry>;

/** Every value that `error.code` can take. */
export type MtlsErrorCode = keyof typeof table;

/**
 * The documented table of codes: what each means, the section it comes from, and the OAuth error it
 * becomes. `docs/errors.md` is made from it.
 */
export const errorCodes: Readonly<Record<MtlsErrorCode, ErrorEntry>> = Object.freeze(table);

/** What an error knows beyond its code. For logs: may hold names and values, never a key or a token. */
export interface MtlsErrorDetail {
  /** What the input was, or which member of it is meant. */
  readonly field?: string;
  /** A short constant reason, finer than the code. */
  readonly reason?: string;
  /** The registered or required value. */
  readonly expected?: string;
  /** What was found instead. */
  readonly found?: readonly string[];
  /** Position in the input: bytes for DER, UTF-16 code units for text. */
  readonly offset?: number;
  /** The limit that was passed; its unit is in the documentation of the option that sets it. */
  readonly limit?: number;
  /** Thumbprint (base64url SHA-256 of the DER) of the certificate that is meant. */
  readonly thumbprint?: string;
}

const brand = Symbol.for('oauth-mtls.error');

/**
 * The one error class of the library. `code` says what happened, `detail` holds the particulars, `cause`
 * the error below it. `message` is constant text: no certificate, name, header or token is ever in it.
 *
 * Misuse of the API (wrong type of argument, bad option) is a `TypeError` instead.
 *
 * @example
 * ```ts
 * import { isMtlsError, parseCertificate } from 'oauth-mtls';
 * try {
 *   parseCertificate('AAAA');
 * } catch (error) {
 *   if (!isMtlsError(error, 'ERR_ENCODING_DER')) throw error;
 *   console.log(error.code, error.detail.reason);
 * }
 * ```
 */
export class MtlsError extends Error {
  override readonly name = 'MtlsError';
  readonly code: MtlsErrorCode;
  readonly detail: MtlsErrorDetail;

  constructor(code: MtlsErrorCode, detail: MtlsErrorDetail = {}, options?: ErrorOptions) {
    super(errorCodes[code].meaning, options);
    this.code = code;
    this.detail = Object.freeze({ ...detail });
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is an {@link MtlsError}, of the given code if one is named. Works across several copies
 * of this package, where `instanceof` does not.
 */
export function isMtlsError(error: unknown, code?: MtlsErrorCode): error is MtlsError {
  if (!(error instanceof Error) || (error as { [brand]?: unknown })[brand] !== true) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

function entry(meaning: string, section: string, oauth: OAuthErrorCode): ErrorEntry {
  return Object.freeze({ meaning, section, oauth });
}
