import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { hasMember } from '../encoding/read-member.js';
import { isMtlsError, MtlsError, reasonOf } from '../errors.js';
import { hasCredentials } from '../errors/without-credentials.js';
import { guardedFetch, within } from '../loading/guarded-fetch.js';
import { readJson } from '../loading/read-json.js';

/** The keys of an issuer: the URL of its JWK Set, the set itself, or a function that finds a key. */
export type IssuerKeys = string | URL | JSONWebKeySet | JWTVerifyGetKey;

/** Options for loading a JWK Set from its URL. */
export interface IssuerKeysOptions {
  /** Default: the global `fetch`. */
  readonly fetch?: FetchImplementation;
  /** For tests: accepts `http:`. */
  readonly unsafeAllowHttp?: boolean;
}

/** Largest JWK Set of an issuer, in bytes. */
const MAX_BYTES = 262_144;
/**
 * Milliseconds between two loads for unknown `kid`s, which any client can put into a token, and after a failure.
 */
const COOLDOWN = 30_000;
/** Age in milliseconds at which the set is loaded again. */
const CACHE_MAX_AGE = 600_000;
/** Age in milliseconds up to which the set is used while it cannot be loaded again, as in `remoteJwks`. */
const MAX_STALENESS = 3_600_000;

export interface IssuerKeyFinder {
  /**
   * Finds the key for a header. A failure to load the keys, as opposed to a fault of the token, is an
   * ERR_TOKEN_UNAVAILABLE.
   */
  readonly find: JWTVerifyGetKey;
  /**
   * Identifies the set: as long as it returns the same value, `find` finds the same key for a header. Undefined for a
   * function of the caller, and for a set that is being loaded or has to be.
   */
  readonly version: () => number | undefined;
}

/**
 * Creates the lookup of an issuer's keys.
 *
 * @throws TypeError for keys of another type, an invalid set, or a URL that is not `https`
 */
export function issuerKeys(keys: IssuerKeys, options: IssuerKeysOptions): IssuerKeyFinder {
  const { find, version } =
    typeof keys === 'function' ? { find: keys, version: () => undefined } : keySet(keys, options);
  const findOrThrow: JWTVerifyGetKey = async (header, token) => {
    let key: unknown;
    try {
      key = await find(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      // an exception in a function of the caller is passed on
      if (find === keys && !(cause instanceof errors.JOSEError) && !isMtlsError(cause)) throw cause;
      // Stryker disable next-line StringLiteral: every text that is not a reason leads to the default
      const code = isMtlsError(cause) ? cause.code : '';
      throw new MtlsError(
        'ERR_TOKEN_UNAVAILABLE',
        { reason: reasonOf('ERR_TOKEN_UNAVAILABLE', code) ?? 'keys' },
        { cause },
      );
    }
    if (key === undefined || key === null) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  return { find: findOrThrow, version };
}

function keySet(keys: string | URL | JSONWebKeySet, options: IssuerKeysOptions): IssuerKeyFinder {
  if (typeof keys === 'string' || keys instanceof URL) return remoteKeys(String(keys), options);
  try {
    // a copy, so there is one version
    return { find: localKeys(keys), version: () => 0 };
  } catch (cause) {
    throw new TypeError('Option "keys" must be a JWK Set, its https URL, or a function', { cause });
  }
}

/** jose reads inherited members too. */
function localKeys(set: JSONWebKeySet): JWTVerifyGetKey {
  if (!hasMember(Object(set) as object, 'keys')) throw new errors.JWKSInvalid();
  return createLocalJWKSet(set);
}

function remoteKeys(text: string, { fetch = globalThis.fetch, unsafeAllowHttp }: IssuerKeysOptions): IssuerKeyFinder {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const schemes = unsafeAllowHttp === true ? ['https:', 'http:'] : ['https:'];
  if (url === undefined || !schemes.includes(url.protocol) || hasCredentials(url))
    throw new TypeError('Option "keys" must be a JWK Set, its https URL without credentials, or a function');
  // the issuer is configured by the operator and may be inside the network
  const limits = { maxBytes: MAX_BYTES, unsafeAllowHttp: unsafeAllowHttp === true, unsafeAllowPrivateAddresses: true };
  const load = guardedFetch({ ...limits, fetch });
  let failure: { readonly at: number; readonly cause: unknown } | undefined;
  // Stryker disable next-line UnaryOperator: less time than a duration has passed since neither of the infinities
  let loadedAt = -Infinity;
  let loads = 0;
  const set = createRemoteJWKSet(url, {
    cacheMaxAge: MAX_STALENESS,
    cooldownDuration: COOLDOWN,
    [customFetch]: async (...request) => {
      // jose has a cool-down only after a successful load
      if (failure !== undefined && within(failure.at, COOLDOWN)) throw failure.cause;
      try {
        const document = (await readJson(await load(...request))) as JSONWebKeySet;
        // a document that is not a JWK Set is a failure too
        localKeys(document);
        loadedAt = Date.now();
        loads += 1;
        failure = undefined;
        return Response.json(document);
      } catch (cause) {
        failure = { at: Date.now(), cause };
        throw cause;
      }
    },
  });
  const isCurrent = () => within(loadedAt, CACHE_MAX_AGE);
  return {
    async find(header, token) {
      // a failure keeps the current set
      if (set.fresh && !isCurrent()) await set.reload().catch(() => undefined);
      return set(header, token);
    },
    // while a load is not finished, the set is still the previous one
    version: () => (set.fresh && !set.reloading && isCurrent() ? loads : undefined),
  };
}
