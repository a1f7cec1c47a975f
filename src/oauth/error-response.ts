import { errorCodes, isMtlsError, type MtlsError, type MtlsErrorCode, type OAuthErrorCode } from '../errors.js';
import { checkOptions, type OptionTable } from '../options.js';
import { registrationDescription } from './client/registration-description.js';

/** The response to send: RFC 6749 §5.2 for an authorization server, RFC 6750 §3 for a resource server. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** `server_error` without a description for anything but an MtlsError. */
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

/** Errors about an access token, which only a resource server returns. */
const CHALLENGED: ReadonlySet<OAuthErrorCode> = new Set(['invalid_token', 'invalid_dpop_proof', 'insufficient_scope']);

/**
 * Authentication schemes of access tokens. A certificate-bound token is sent with `Bearer` (RFC 8705 §3); Microsoft
 * Entra issues some for the scheme `mtls_pop`.
 */
export type AccessTokenScheme = 'Bearer' | 'DPoP' | 'mtls_pop';

/**
 * The content of a resource server's challenges. Values are quoted unchanged, so they are ASCII without `"` and `\`.
 */
export interface ChallengeOptions {
  /** Schemes that the resource accepts. Default `['Bearer']`. */
  readonly schemes?: readonly AccessTokenScheme[];
  /** The scheme of the refused request. Its challenge contains the error. Default: the first of `schemes`. */
  readonly scheme?: AccessTokenScheme | undefined;
  readonly realm?: string | undefined;
  /** Scopes that the request requires. */
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
 * Converts an error of this library into an OAuth error response. The description is constant text. It contains nothing
 * from the certificate, the headers or the token.
 *
 * Any other error or value becomes 500 with `{ "error": "server_error" }` and no further content. Log it:
 * {@link isMtlsError} separates the two.
 *
 * For `invalid_client_metadata` the description starts with the path of the member, such as `jwks.keys[1].x5c[0]`, and
 * ends with the form of a subject to register. It never contains a value that was sent.
 *
 * A resource server passes its `challenge`. Every error about the request then has `WWW-Authenticate`, including
 * `invalid_request`. The response to a request without an access token has neither error nor description (RFC 6750
 * §3.1). `invalid_client` has no `WWW-Authenticate`: RFC 6749 §5.2 requires it only if the client used the
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
 * @throws TypeError for a challenge that cannot be quoted, or without a scheme, for any error
 * @see RFC 6749 §5.2, RFC 6750 §3, RFC 7591 §3.2.2, RFC 9449 §7.1, RFC 9728 §5.1
 */
export function toErrorResponse(error: unknown, challenge?: ChallengeOptions): ErrorResponse {
  // a malformed challenge is reported at the first call, not at the first error that uses it
  if (challenge !== undefined) {
    checkOptions<ChallengeOptions>(challenge, CHALLENGE);
    // RFC 9110 §11.6.1: at least one challenge
    if (challenge.schemes?.length === 0) throw new TypeError('Option "schemes" must not be empty');
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

/** Whether an error has its own OAuth response instead of 500. */
export function isRefusal(error: unknown): error is MtlsError {
  return answeredCode(error) !== undefined;
}

/** The code of an error. Another copy of the package may use codes that this one does not define. */
function answeredCode(error: unknown): MtlsErrorCode | undefined {
  try {
    const code = isMtlsError(error) ? error.code : undefined;
    return code !== undefined && Object.hasOwn(errorCodes, code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9110 §11.6.1: one challenge for each scheme. That of the used scheme contains the error. */
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

/** RFC 6750 §3: the characters that require no escape in a quoted string. */
function quotable(value: string): string {
  if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value))
    throw new TypeError('A challenge must be ASCII without quotes and backslashes');
  return value;
}
