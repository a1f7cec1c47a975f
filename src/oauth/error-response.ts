import { errorCodes, isMtlsError, type OAuthErrorCode } from '../errors.js';

/** What to answer: for an authorization server as RFC 6749 §5.2, for a resource server as RFC 6750 §3. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: { readonly error: OAuthErrorCode; readonly error_description: string };
}

const STATUS: Readonly<Record<OAuthErrorCode, number>> = Object.freeze({
  invalid_client: 401, // RFC 6749 §5.2
  invalid_client_metadata: 400, // RFC 7591 §3.2.2
  invalid_request: 400, // RFC 6749 §5.2, RFC 6750 §3.1
  invalid_token: 401, // RFC 6750 §3.1
  insufficient_scope: 403, // RFC 6750 §3.1
});

/** The two errors that a resource server answers with a challenge. */
const CHALLENGED: ReadonlySet<OAuthErrorCode> = new Set(['invalid_token', 'insufficient_scope']);

/**
 * Turns an error of this library into the OAuth error response that the specifications ask for. The
 * description is constant text: nothing of the certificate, the header or the token is in it.
 *
 * `invalid_client` has no `WWW-Authenticate`: RFC 6749 §5.2 asks for one only where the client used the
 * Authorization header.
 *
 * @example
 * ```ts
 * import { toErrorResponse } from 'oauth-mtls';
 * declare function check(): void;
 * try {
 *   check();
 * } catch (error) {
 *   const { status, headers, body } = toErrorResponse(error);
 *   console.log(status, headers, JSON.stringify(body));
 * }
 * ```
 * @throws any error that is not an MtlsError, as it is: it is no answer for a client
 * @see RFC 6749 §5.2, RFC 6750 §3, RFC 7591 §3.2.2
 */
export function toErrorResponse(error: unknown): ErrorResponse {
  // a newer copy of the package may know codes that this one does not
  if (!isMtlsError(error) || !Object.hasOwn(errorCodes, error.code)) throw error;
  const { oauth, meaning } = errorCodes[error.code];
  const headers: Record<string, string> = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  if (CHALLENGED.has(oauth)) {
    headers['WWW-Authenticate'] = `Bearer error="${oauth}", error_description="${meaning}"`;
  }
  return { status: STATUS[oauth], headers, body: { error: oauth, error_description: meaning } };
}
