import {
  errors,
  jwtVerify,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
  type JWTVerifyOptions,
} from 'jose';
import { MtlsError, reasonOf } from '../errors.js';
import { deepFreeze } from './deep-freeze.js';
import type { PlainJwtVerifier } from './verify-plain-jwt.js';

/** Signature algorithms with a public key. There is no way to allow `none` or a shared secret. */
export const ASYMMETRIC_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const),
  ...(['EdDSA', 'Ed25519', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const),
];

export type AsymmetricAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];

export interface VerifiedJwt {
  /** Frozen deeply, as are the claims. */
  readonly header: Readonly<JWTHeaderParameters>;
  readonly claims: Readonly<JWTPayload>;
  /** The key that verifies the signature, as `keys` found it. */
  readonly key: unknown;
}

/**
 * Verifies a JWT by the keys of its issuer; every fault of the token is an ERR_TOKEN_INVALID. jose decides, unless
 * `verifyPlain` does.
 */
export async function verifyJwt(
  jwt: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
  verifyPlain?: PlainJwtVerifier,
): Promise<VerifiedJwt> {
  // RFC 7515 §2, §7.1: jose ignores white space
  if (!/^[\w-]+\.[\w-]*\.[\w-]+$/.test(jwt)) throw new MtlsError('ERR_TOKEN_INVALID', { reason: 'syntax' });
  let lookup: { readonly error: unknown } | undefined;
  let key: unknown;
  const find: JWTVerifyGetKey = async (header, token) => {
    try {
      // a copy: a function of the caller may write into it
      return (key ??= await keys({ ...header }, token));
    } catch (error) {
      lookup = { error };
      throw error;
    }
  };
  try {
    return verified((await verifyPlain?.(jwt, find, options)) ?? (await jwtVerify(jwt, find, options)), key);
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithEach(jwt, error, options);
    // what went wrong with the keys, other than that none fits, is no fault of the token
    if (lookup?.error === error && !(error instanceof errors.JWKSNoMatchingKey)) throw error;
    throw tokenError(error);
  }
}

/** RFC 7515 §4.1.4: without a `kid`, every key of the set that fits may be the one. */
async function verifyWithEach(
  jwt: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<VerifiedJwt> {
  for await (const key of candidates) {
    try {
      return verified(await jwtVerify(jwt, key, options), key);
    } catch (error) {
      // the signature is that of the issuer, and the claims are not acceptable
      if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
        throw tokenError(error);
      // RFC 7517 §5: a key that cannot be used, such as one that is too short, is ignored
    }
  }
  throw new MtlsError('ERR_TOKEN_INVALID', { reason: 'signature' });
}

function verified({ protectedHeader, payload }: JWTVerifyResult, key: unknown): VerifiedJwt {
  return { header: deepFreeze(protectedHeader), claims: deepFreeze(payload), key };
}

/** The options are checked before: what is no JOSEError is a key that does not go with the `alg` of the token. */
function tokenError(cause: unknown): MtlsError {
  const code = cause instanceof errors.JOSEError ? cause.code : '';
  const reason = reasonOf('ERR_TOKEN_INVALID', code) ?? 'key';
  const field =
    cause instanceof Error && 'claim' in cause && typeof cause.claim === 'string' ? { field: cause.claim } : {};
  return new MtlsError('ERR_TOKEN_INVALID', { reason, ...field }, { cause });
}
