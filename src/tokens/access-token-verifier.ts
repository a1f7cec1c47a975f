import type { JWTPayload, JWTVerifyOptions } from 'jose';
import {
  verifyConfirmation,
  type ConfirmationPolicy,
  type VerifiedConfirmation,
} from '../oauth/confirmation/verify-confirmation.js';
import type { PresentedCertificate } from '../presented/presented-certificate.js';
import { readAudiences, readIssuer } from './expected-claims.js';
import { issuerKeys, type IssuerKeys, type IssuerKeysOptions } from '../jwks/issuer-keys.js';
import { ASYMMETRIC_ALGORITHMS, verifyJwt, type AsymmetricAlgorithm } from './verify-jwt.js';

export interface AccessTokenOptions extends IssuerKeysOptions {
  /**
   * A function gets the header of a token that nobody has verified yet: it must not follow `jku`, `jwk` or `x5u`, and
   * returns undefined where it knows no key.
   */
  readonly keys: IssuerKeys;
  /** `iss` of every token. Never taken from the token. */
  readonly issuer: string;
  /** One of these has to be in `aud`. */
  readonly audience: string | readonly string[];
  /** Default: every asymmetric algorithm of this list. */
  readonly algorithms?: readonly AsymmetricAlgorithm[];
  /** Seconds by which clocks may differ. Default 0. */
  readonly clockTolerance?: number;
  /** Claims that have to be there, besides `iss`, `aud` and `exp`. */
  readonly requiredClaims?: readonly string[];
  /**
   * Accepts tokens whose `typ` is not `at+jwt`, for an issuer that is older than RFC 9068. Then an ID token of the
   * same issuer is an access token too, if its audience is.
   */
  readonly unsafeAllowAnyType?: boolean;
}

/** Verifies a JWT access token, all but its binding, and resolves to its claims. */
export type JwtAccessTokenVerifier = (jwt: string, options?: { readonly now?: Date }) => Promise<JWTPayload>;

export interface VerifyAccessTokenOptions extends AccessTokenOptions, ConfirmationPolicy {
  /** The certificate of the connection; undefined where none was presented. */
  readonly presented: PresentedCertificate | undefined;
  /** Moment of the decision. Default: the present. */
  readonly now?: Date;
}

/** A token that may be used on this connection. */
export interface VerifiedJwtAccessToken {
  readonly claims: JWTPayload;
  readonly confirmation: VerifiedConfirmation;
}

/**
 * Makes a function that verifies JWT access tokens of one issuer by RFC 9068 §4: `typ`, signature (asymmetric, by a
 * key of the issuer), `iss`, `aud`, `exp`, `nbf`. Make it once: it keeps the keys, and loads those behind a URL
 * again after ten minutes, and for an unknown `kid` at most every 30 seconds.
 *
 * Not checked: the binding (`verifyAccessToken`, `verifyConfirmation` and the adapters do), scopes, revocation, and
 * the presence of further claims, unless `requiredClaims` names them. Encrypted tokens are refused.
 *
 * @example
 * ```ts
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * const verify = createAccessTokenVerifier({
 *   keys: 'https://as.example/jwks',
 *   issuer: 'https://as.example',
 *   audience: 'https://api.example',
 * });
 * ```
 * @throws TypeError, when made, for a bad option
 * @throws MtlsError, when called: ERR_TOKEN_INVALID; ERR_TOKEN_UNAVAILABLE where the keys cannot be loaded
 * @see RFC 9068 §4
 */
export function createAccessTokenVerifier(options: AccessTokenOptions): JwtAccessTokenVerifier {
  const settings = readSettings(options);
  const keys = issuerKeys(options.keys, options);
  return async (jwt, { now } = {}) => {
    if (typeof jwt !== 'string') throw new TypeError('An access token is a string');
    const currentDate = now ?? new Date();
    if (Number.isNaN(currentDate.getTime())) throw new TypeError('now must be a valid Date');
    return verifyJwt(jwt, keys, { ...settings, currentDate });
  };
}

/**
 * Verifies a JWT access token and its binding to the certificate of the connection: what
 * {@link createAccessTokenVerifier} checks, then what `verifyConfirmation` checks.
 *
 * A JWK Set given by its URL is loaded at each call. A server makes one {@link createAccessTokenVerifier} instead,
 * or uses an adapter.
 *
 * @example
 * ```ts
 * import { createRemoteJWKSet } from 'jose';
 * import type { PresentedCertificate } from 'oauth-mtls';
 * import { verifyAccessToken } from 'oauth-mtls/tokens';
 * declare const jwt: string;
 * declare const presented: PresentedCertificate | undefined;
 * const keys = createRemoteJWKSet(new URL('https://as.example/jwks'));
 * const { claims } = await verifyAccessToken(jwt, {
 *   keys,
 *   issuer: 'https://as.example',
 *   audience: 'https://api.example',
 *   presented,
 * });
 * ```
 * @throws MtlsError ERR_TOKEN_INVALID, ERR_TOKEN_UNAVAILABLE, ERR_CNF_*
 * @throws TypeError for a bad option
 * @see RFC 9068 §4, RFC 8705 §3
 */
export async function verifyAccessToken(
  jwt: string,
  options: VerifyAccessTokenOptions,
): Promise<VerifiedJwtAccessToken> {
  const { presented, now, ...rest } = options;
  const claims = await createAccessTokenVerifier(rest)(jwt, now && { now });
  return { claims, confirmation: verifyConfirmation(claims, presented, rest) };
}

function readSettings(options: AccessTokenOptions): JWTVerifyOptions {
  const {
    issuer,
    audience,
    algorithms = ASYMMETRIC_ALGORITHMS,
    clockTolerance = 0,
    requiredClaims = [],
    unsafeAllowAnyType,
  } = options;
  if (algorithms.length === 0 || !algorithms.every((each) => ASYMMETRIC_ALGORITHMS.includes(each))) {
    throw new TypeError('algorithms are asymmetric signature algorithms');
  }
  if (!Number.isFinite(clockTolerance) || clockTolerance < 0)
    throw new TypeError('clockTolerance is a number of seconds');
  return {
    issuer: readIssuer(issuer),
    audience: [...readAudiences(audience)],
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: ['exp', ...requiredClaims],
    // RFC 9068 §4: at+jwt or application/at+jwt, so that no ID token passes
    ...(unsafeAllowAnyType !== true && { typ: 'at+jwt' }),
  };
}
