import { errors } from 'jose';
import type { IssuerKeyFinder } from '../jwks/issuer-keys.js';
import { sha256Base64url } from '#platform/sha256';
import { createExpiringCache } from './expiring-cache.js';
import { createKeyIdentity } from './key-identity.js';
import type { VerifiedJwt } from './verify-jwt.js';

export interface TokenMemoryLimits {
  readonly maxEntries: number;
  /** Seconds for which a token is accepted after its `exp`. */
  readonly clockTolerance: number;
}

interface RememberedJwt extends VerifiedJwt {
  /** Version of the key set in which the key was found last. */
  foundIn?: number | undefined;
}

/** Seconds for which the signature of a token is not verified again. */
const MAX_AGE = 600;
/** Maximum length of a cached token, in characters: the limit of Node's HTTP servers for all headers together. */
const MAX_LENGTH = 16_384;

/**
 * Caches the tokens that `verify` accepted, with their keys, by the SHA-256 of the whole token. A cached token is
 * accepted only while `keys` still has that key for it, so a withdrawn key takes effect immediately, and a stale key
 * set is loaded again as for any other token. Before its verification time and after its `exp`, a token is verified
 * again.
 *
 * Refused tokens are not cached. Requests with the same token in the same second share one verification. `verify` has a
 * precision of one second, so each request gets the result for its own time.
 */
export function rememberVerified(
  verify: (jwt: string, now: Date) => Promise<VerifiedJwt>,
  keys: IssuerKeyFinder,
  { maxEntries, clockTolerance }: TokenMemoryLimits,
): (jwt: string, now: Date) => Promise<VerifiedJwt> {
  const memory = createExpiringCache<RememberedJwt>(maxEntries, MAX_AGE);
  const pending = new Map<string, Promise<VerifiedJwt>>();
  const identify = createKeyIdentity();

  const verifyNew = async (jwt: string, now: Date, hash: string, second: number): Promise<VerifiedJwt> => {
    const verified = await verify(jwt, now);
    // `exp` is a number, because a token without one is refused
    const until = verified.claims.exp! + clockTolerance;
    const key = await identify(verified.key);
    if (jwt.length <= MAX_LENGTH) memory.set(hash, { ...verified, key }, second, until);
    return verified;
  };

  return async (jwt, now) => {
    const second = Math.floor(now.getTime() / 1000);
    const hash = sha256Base64url(jwt);
    const known = memory.get(hash, second);
    if (known !== undefined) {
      const version = keys.version();
      if (version !== undefined && version === known.foundIn) return known;
      if (await findsKey(known, jwt)) {
        // a set that was replaced meanwhile may lack the key
        known.foundIn = keys.version() === version ? version : undefined;
        return known;
      }
      memory.delete(hash);
    }
    const request = `${second} ${hash}`;
    let verification = pending.get(request);
    if (verification === undefined) {
      verification = verifyNew(jwt, now, hash, second).finally(() => pending.delete(request));
      pending.set(request, verification);
    }
    return verification;
  };

  /** Rejects like a verification if the keys cannot be loaded. */
  async function findsKey({ header, key: identity }: VerifiedJwt, jwt: string): Promise<boolean> {
    const [protectedHeader, payload, signature] = jwt.split('.') as [string, string, string];
    try {
      const key = await keys.find({ ...header }, { protected: protectedHeader, payload, signature });
      return (await identify(key)) === identity;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return false;
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) if ((await identify(key)) === identity) return true;
      return false;
    }
  }
}
