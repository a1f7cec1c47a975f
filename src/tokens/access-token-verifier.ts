import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { issuerKeys, type IssuerKeys, type IssuerKeysOptions } from '../jwks/issuer-keys.js';
import { checkOptions } from '../options.js';
import { rememberVerified } from './remember-verified.js';
import { ASYMMETRIC_ALGORITHMS, verifyJwt, type AsymmetricAlgorithm } from './verify-jwt.js';
import { createPlainJwtVerifier } from './verify-plain-jwt.js';

export interface AccessTokenOptions extends IssuerKeysOptions {
  /**
   * A function gets the header of a token that has not been verified yet: it must not follow `jku`, `jwk` or `x5u`, and
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
  /**
   * The number of verified tokens whose signature is not verified again for ten minutes; false for none. Default 1000.
   * A remembered token is accepted only before its `exp`, and while `keys` still contains the key that verified it.
   */
  readonly cache?: false | AccessTokenCacheOptions;
}

export interface AccessTokenCacheOptions {
  /** Default 1000. The token that was not used for longest is forgotten first. */
  readonly maxEntries?: number;
}

/** Verifies a JWT access token, all but its binding, and resolves to its claims, which are frozen deeply. */
export type JwtAccessTokenVerifier = (jwt: string, options?: { readonly now?: Date }) => Promise<Readonly<JWTPayload>>;

/**
 * Makes a function that verifies JWT access tokens of one issuer by RFC 9068 §4: `typ`, signature (asymmetric, by a
 * key of the issuer), `iss`, `aud`, `exp`, `nbf`. Make it once: it keeps the keys, and loads those behind a URL
 * again after ten minutes, and for an unknown `kid` at most every 30 seconds.
 *
 * A token that comes again has its signature verified once in ten minutes (`cache`). Everything else is decided for
 * each call: whether the token has expired, and whether the issuer still has the key that verified it.
 *
 * Not checked: the binding (`verifyConfirmation` and the adapters do), scopes, revocation, and
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
  const limits = { maxEntries: readMaxEntries(options.cache), clockTolerance: settings.clockTolerance };
  const keys = issuerKeys(options.keys, options);
  const verifyPlain = createPlainJwtVerifier();
  const verifyNew = (jwt: string, currentDate: Date) => verifyJwt(jwt, keys, { ...settings, currentDate }, verifyPlain);
  const verify = limits.maxEntries === 0 ? verifyNew : rememberVerified(verifyNew, keys, limits);
  return async (jwt, callOptions = {}) => {
    checkOptions<{ now?: Date }>(callOptions, { now: 'date' });
    if (typeof jwt !== 'string') throw new TypeError('An access token must be a string');
    return (await verify(jwt, callOptions.now ?? new Date())).claims;
  };
}

function readMaxEntries(cache: AccessTokenOptions['cache'] = {}): number {
  if (cache === false) return 0;
  checkOptions<AccessTokenCacheOptions>(cache, { maxEntries: 'count' }, [], 'cache');
  return cache.maxEntries ?? 1000;
}

function readSettings(options: AccessTokenOptions): JWTVerifyOptions & { readonly clockTolerance: number } {
  checkOptions<AccessTokenOptions>(
    options,
    {
      keys: 'any',
      issuer: 'string',
      audience: 'oneOrMore',
      algorithms: { arrayOf: ASYMMETRIC_ALGORITHMS },
      clockTolerance: 'seconds',
      requiredClaims: 'strings',
      unsafeAllowAnyType: 'boolean',
      cache: 'any',
      fetch: 'function',
      unsafeAllowHttp: 'boolean',
    },
    // a check of a claim against undefined would be none
    ['keys', 'issuer', 'audience'],
  );
  const {
    issuer,
    audience,
    algorithms = ASYMMETRIC_ALGORITHMS,
    clockTolerance = 0,
    requiredClaims = [],
    unsafeAllowAnyType,
  } = options;
  if (algorithms.length === 0) throw new TypeError('Option "algorithms" must not be empty');
  return {
    issuer,
    audience: [audience].flat(),
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: ['exp', ...requiredClaims],
    // RFC 9068 §4: at+jwt or application/at+jwt, so that no ID token passes
    ...(unsafeAllowAnyType !== true && { typ: 'at+jwt' }),
  };
}
