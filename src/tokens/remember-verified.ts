import { errors, type JWTVerifyGetKey } from 'jose';
import { sha256Base64url } from '#platform/sha256';
import { createExpiringCache } from './expiring-cache.js';
import { createKeyIdentity } from './key-identity.js';
import type { VerifiedJwt } from './verify-jwt.js';

export interface TokenMemoryLimits {
  readonly maxEntries: number;
  /** Seconds for which a token is accepted after its `exp`. */
  readonly clockTolerance: number;
}

/** Seconds for which the signature of a token is not verified again. */
const MAX_AGE = 600;
/** Characters of a token: what Node's HTTP servers accept in all headers together. Longer ones are not remembered. */
const MAX_LENGTH = 16_384;

/**
 * Remembers which tokens `verify` has accepted, and with which key, by the SHA-256 of the whole token. A token that is
 * remembered is accepted only while `find` still finds that key for it, so that a withdrawn key counts at once and a
 * stale key set is loaded again as for any other token. Outside the time between its verification and its `exp`, a
 * token is verified as if it were new.
 *
 * Refused tokens are not remembered. Requests that arrive with the same token in the same second share one
 * verification: seconds are the precision of `verify`, so each gets the answer for its own time.
 */
export function rememberVerified(
  verify: (jwt: string, now: Date) => Promise<VerifiedJwt>,
  find: JWTVerifyGetKey,
  { maxEntries, clockTolerance }: TokenMemoryLimits,
): (jwt: string, now: Date) => Promise<VerifiedJwt> {
  const memory = createExpiringCache<VerifiedJwt>(maxEntries, MAX_AGE);
  const pending = new Map<string, Promise<VerifiedJwt>>();
  const identify = createKeyIdentity();

  const verifyNew = async (jwt: string, now: Date, hash: string, second: number): Promise<VerifiedJwt> => {
    const verified = await verify(jwt, now);
    // `exp` is a number: a token without one is refused
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
      if (await findsKey(known, jwt)) return known;
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

  /** Rejects as a verification would where the keys cannot be loaded. */
  async function findsKey({ header, key: identity }: VerifiedJwt, jwt: string): Promise<boolean> {
    const [protectedHeader, payload, signature] = jwt.split('.') as [string, string, string];
    try {
      const key = await find({ ...header }, { protected: protectedHeader, payload, signature });
      return (await identify(key)) === identity;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return false;
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) if ((await identify(key)) === identity) return true;
      return false;
    }
  }
}
