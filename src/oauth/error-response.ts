import { errorCodes, isMtlsError, type MtlsError, type MtlsErrorCode, type OAuthErrorCode } from '../errors.js';
import { checkOptions, type OptionTable } from '../options.js';
import { registrationDescription } from './client/registration-description.js';

/** What to answer: for an authorization server as RFC 6749 §5.2, for a resource server as RFC 6750 §3. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** `server_error`, without a description, for an error that is no MtlsError. */
  readonly body?: { readonly error: OAuthErrorCode | 'server_error'; readonly error_description?: string };
}

const STATUS: Readonly<Record<OAuthErrorCode, number>> = Object.freeze({
  invalid_client: 401, // RFC 6749 §5.2
  invalid_grant: 400, // RFC 6749 §5.2
  invalid_client_metadata: 400, // RFC 7591 §3.2.2
  invalid_request: 400, // RFC 6749 §5.2, RFC 6750 §3.1
  invalid_token: 401, // RFC 6750 §3.1
  invalid_dpop_proof: 401, // RFC 9449 §7.1
  insufficient_scope: 403, // RFC 6750 §3.1
  temporarily_unavailable: 503, // RFC 6749 §4.1.2.1
});

/** The errors about an access token, which only a resource server answers. */
const CHALLENGED: ReadonlySet<OAuthErrorCode> = new Set(['invalid_token', 'invalid_dpop_proof', 'insufficient_scope']);

/**
 * Authentication schemes of access tokens. A certificate-bound token is sent with `Bearer` (RFC 8705 §3); Microsoft
 * Entra issues some for the scheme `mtls_pop`.
 */
export type AccessTokenScheme = 'Bearer' | 'DPoP' | 'mtls_pop';

/** What a resource server says in its challenges. Everything is quoted as it is: ASCII without `"` and `\`. */
export interface ChallengeOptions {
  /** Schemes that the resource accepts. Default `Bearer` alone. */
  readonly schemes?: readonly AccessTokenScheme[];
  /** The scheme of the request that is refused; the error goes into its challenge. Default the first of `schemes`. */
  readonly scheme?: AccessTokenScheme | undefined;
  readonly realm?: string | undefined;
  /** Scopes that the request needs. */
  readonly scopes?: readonly string[] | undefined;
  /** URL of the protected resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadata?: string | undefined;
  /** JWS algorithms of DPoP proofs (RFC 9449 §7.1). */
  readonly dpopAlgorithms?: readonly string[] | undefined;
}

const SCHEMES: readonly AccessTokenScheme[] = ['Bearer', 'DPoP', 'mtls_pop'];
const CHALLENGE: OptionTable<ChallengeOptions> = {
  schemes: { arrayOf: SCHEMES },
  scheme: SCHEMES,
  realm: 'string',
  scopes: 'strings',
  resourceMetadata: 'string',
  dpopAlgorithms: 'strings',
};

/**
 * Turns an error of this library into the OAuth error response that the specifications ask for. The
 * description is constant text: nothing of the certificate, the header or the token is in it.
 *
 * Any other error, or value, is answered with 500 and `{ "error": "server_error" }`, which contains nothing of it.
 * Log it: {@link isMtlsError} separates the two.
 *
 * For `invalid_client_metadata` the description starts with the path of the member, such as `jwks.keys[1].x5c[0]`, and
 * ends with the form of a subject to register; it never contains a value that was sent.
 *
 * A resource server gives its `challenge`; then every answer about the request is challenged, also
 * `invalid_request`. The answer to a request without an access token has neither error nor description (RFC 6750 §3.1).
 * `invalid_client` has no `WWW-Authenticate`: RFC 6749 §5.2 asks for one only where the client used the
 * Authorization header.
 *
 * @example
 * ```ts
 * import { isMtlsError, toErrorResponse } from 'oauth-mtls';
 * declare function check(): void;
 * try {
 *   check();
 * } catch (error) {
 *   if (!isMtlsError(error)) console.error(error);
 *   const { status, headers, body } = toErrorResponse(error);
 *   console.log(status, headers, JSON.stringify(body));
 * }
 * ```
 * @throws TypeError for a challenge that cannot be quoted, whatever the error
 * @see RFC 6749 §5.2, RFC 6750 §3, RFC 7591 §3.2.2, RFC 9449 §7.1, RFC 9728 §5.1
 */
export function toErrorResponse(error: unknown, challenge?: ChallengeOptions): ErrorResponse {
  // a malformed challenge is found at the first call, not at the first error that needs it
  if (challenge !== undefined) {
    checkOptions<ChallengeOptions>(challenge, CHALLENGE);
    writeChallenges(challenge, undefined);
  }
  const code = answeredCode(error);
  if (code === undefined) {
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    return { status: 500, headers, body: { error: 'server_error' } };
  }
  const { oauth, meaning } = errorCodes[code];
  const description = oauth === 'invalid_client_metadata' ? registrationDescription(error as MtlsError) : meaning;
  const status = STATUS[oauth];
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' };
  // RFC 6750 §3.1: no error information where the request has no authentication information
  const body = code === 'ERR_TOKEN_MISSING' ? undefined : { error: oauth, error_description: description };
  if (CHALLENGED.has(oauth) || (challenge !== undefined && oauth === 'invalid_request')) {
    headers['WWW-Authenticate'] = writeChallenges(challenge ?? {}, body);
  }
  if (body === undefined) return { status, headers };
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body };
}

/** Whether an error has an OAuth answer of its own, rather than 500. */
export function isRefusal(error: unknown): error is MtlsError {
  return answeredCode(error) !== undefined;
}

/** A newer copy of the package may have codes that this one does not. */
function answeredCode(error: unknown): MtlsErrorCode | undefined {
  try {
    const code = isMtlsError(error) ? error.code : undefined;
    return code !== undefined && Object.hasOwn(errorCodes, code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9110 §11.6.1: one challenge for each scheme; the error is in the one that was used. */
function writeChallenges(options: ChallengeOptions, body: ErrorResponse['body']): string {
  const { realm, scopes = [], resourceMetadata, dpopAlgorithms = [] } = options;
  const schemes = options.schemes ?? [body?.error === 'invalid_dpop_proof' ? 'DPoP' : 'Bearer'];
  const used = options.scheme ?? schemes[0];
  return schemes
    .map((scheme) => {
      const parameters: [name: string, value: string | undefined][] = [
        ['realm', realm],
        ['error', scheme === used ? body?.error : undefined],
        ['error_description', scheme === used ? body?.error_description : undefined],
        ['scope', scopes.join(' ') || undefined],
        ['resource_metadata', resourceMetadata],
        ['algs', scheme === 'DPoP' ? dpopAlgorithms.join(' ') || undefined : undefined],
      ];
      const written = parameters.flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}="${quotable(value)}"`],
      );
      // RFC 6750 §3: a scheme is followed by at least one parameter
      return `${scheme} ${written.join(', ') || 'realm="oauth"'}`;
    })
    .join(', ');
}

/** RFC 6750 §3: the characters that need no escape in a quoted string. */
function quotable(value: string): string {
  if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value))
    throw new TypeError('A challenge must be ASCII without quotes and backslashes');
  return value;
}
