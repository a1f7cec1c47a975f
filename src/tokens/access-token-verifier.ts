import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { issuerKeys, type IssuerKeys, type IssuerKeysOptions } from '../jwks/issuer-keys.js';
import { checkOptions } from '../options.js';
import { rememberVerified } from './remember-verified.js';
import { ASYMMETRIC_ALGORITHMS, verifyJwt, type AsymmetricAlgorithm } from './verify-jwt.js';
import { createPlainJwtVerifier } from './verify-plain-jwt.js';

export interface AccessTokenOptions extends IssuerKeysOptions {
  /**
   * The keys of the issuer. A function receives the header of an unverified token: it must not follow `jku`, `jwk` or
   * `x5u`, and returns undefined if it finds no key.
   */
  readonly keys: IssuerKeys;
  /** `iss` of every token. */
  readonly issuer: string;
  /** Accepted audiences. `aud` must contain one of them. */
  readonly audience: string | readonly string[];
  /** Default: every asymmetric algorithm of this list. */
  readonly algorithms?: readonly AsymmetricAlgorithm[];
  /** Seconds by which clocks may differ. Default 0. */
  readonly clockTolerance?: number;
  /** Required claims, in addition to `iss`, `aud` and `exp`. */
  readonly requiredClaims?: readonly string[];
  /**
   * Accepts tokens whose `typ` is not `at+jwt`, for an issuer that does not implement RFC 9068. An ID token of the same
   * issuer with this audience is then accepted as an access token.
   */
  readonly unsafeAllowAnyType?: boolean;
  /**
   * The cache of verified tokens, whose signatures are not verified again for ten minutes. False disables it. Default
   * 1000 tokens. A cached token is accepted only before its `exp`, and while `keys` contains the key that verified it.
   */
  readonly cache?: false | AccessTokenCacheOptions;
}

export interface AccessTokenCacheOptions {
  /** Default 1000. The least recently used token is removed first. */
  readonly maxEntries?: number;
}

/** Verifies a JWT access token except for its binding, and resolves to its claims, which are deeply frozen. */
export type JwtAccessTokenVerifier = (jwt: string, options?: { readonly now?: Date }) => Promise<Readonly<JWTPayload>>;

/**
 * Creates a function that verifies JWT access tokens of one issuer according to RFC 9068 §4. Create it once: it caches
 * the keys. Keys from a URL are loaded again after ten minutes, and for an unknown `kid` at most every 30 seconds.
 *
 * Checks: `typ`, the signature (asymmetric, by a key of the issuer), `iss`, `aud`, `exp` and `nbf`. The signature of a
 * repeated token is verified once in ten minutes (see `cache`). Expiry, and that the issuer still has the key, are
 * checked for each call.
 *
 * Does not check: the binding (see `verifyConfirmation` and the adapters), scopes, revocation, and further claims
 * unless `requiredClaims` names them. Encrypted tokens are refused.
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
 * @throws TypeError for an invalid option
 * @throws MtlsError from the returned function: ERR_TOKEN_INVALID, ERR_TOKEN_UNAVAILABLE if the keys cannot be loaded
 * @see RFC 9068 §4
 */
export function createAccessTokenVerifier(options: AccessTokenOptions): JwtAccessTokenVerifier {
  const settings = readSettings(options);
  const limits = { maxEntries: readMaxEntries(options.cache), clockTolerance: settings.clockTolerance };
  const keys = issuerKeys(options.keys, options);
  const verifyPlain = createPlainJwtVerifier();
  const verifyNew = (jwt: string, currentDate: Date) =>
    verifyJwt(jwt, keys.find, { ...settings, currentDate }, verifyPlain);
  const verify = limits.maxEntries === 0 ? verifyNew : rememberVerified(verifyNew, keys, limits);
  return async (jwt, callOptions) => {
    if (callOptions !== undefined) checkOptions<{ now?: Date }>(callOptions, { now: 'date' });
    if (typeof jwt !== 'string') throw new TypeError('An access token must be a string');
    return (await verify(jwt, callOptions?.now ?? new Date())).claims;
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
    // jose skips the check of a claim against undefined
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
    // RFC 9068 §4: at+jwt or application/at+jwt, so that ID tokens are refused
    ...(unsafeAllowAnyType !== true && { typ: 'at+jwt' }),
  };
}
