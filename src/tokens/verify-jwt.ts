import {
  errors,
  jwtVerify,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyResult,
  type JWTVerifyOptions,
} from 'jose';
import { assertMtlsError, MtlsError, reasonOf } from '../errors.js';
import { decodeBase64url } from '#platform/base64';
import { deepFreeze } from './deep-freeze.js';
import type { PlainJwtVerifier } from './verify-plain-jwt.js';

/** Asymmetric signature algorithms. `none` and shared secrets cannot be allowed. */
export const ASYMMETRIC_ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const),
  ...(['EdDSA', 'Ed25519', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const),
];

export type AsymmetricAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];

export interface VerifiedJwt {
  /** Deeply frozen, like the claims. */
  readonly header: Readonly<JWTHeaderParameters>;
  readonly claims: Readonly<JWTPayload>;
  /** The key that verified the signature, as returned by `keys`. */
  readonly key: unknown;
}

/**
 * Verifies a JWT with the keys of its issuer. Every fault of the token is an ERR_TOKEN_INVALID. jose verifies the JWT
 * unless `verifyPlain` does.
 */
export async function verifyJwt(
  jwt: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
  verifyPlain?: PlainJwtVerifier,
): Promise<VerifiedJwt> {
  if (!isCompactJws(jwt)) throw new MtlsError('ERR_TOKEN_INVALID', { reason: 'syntax' });
  let lookup: { readonly error: unknown } | undefined;
  let key: unknown;
  const find: JWTVerifyGetKey = async (header, token) => {
    try {
      // copies, because a function of the caller may modify them
      return (key ??= await keys({ ...header }, { ...token }));
    } catch (error) {
      lookup = { error };
      throw error;
    }
  };
  try {
    return verified((await verifyPlain?.(jwt, find, options)) ?? (await jwtVerify(jwt, find, options)), key);
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithEach(jwt, error, options);
    // a failed key lookup, other than an unknown key, is not a fault of the token
    if (lookup?.error === error && !(error instanceof errors.JWKSNoMatchingKey)) throw error;
    throw tokenError(error);
  }
}

/** RFC 7515 §2, §7.1. jose ignores white space, and bits behind the last octet, so that a token had several spellings. */
function isCompactJws(jwt: string): boolean {
  if (!/^[\w-]+\.[\w-]*\.[\w-]+$/.test(jwt)) return false;
  try {
    for (const part of jwt.split('.')) decodeBase64url(part);
    return true;
  } catch (error) {
    assertMtlsError(error, 'ERR_ENCODING_BASE64');
    return false;
  }
}

/** RFC 7515 §4.1.4: without a `kid`, every suitable key of the set is tried. */
async function verifyWithEach(
  jwt: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<VerifiedJwt> {
  for await (const key of candidates) {
    try {
      return verified(await jwtVerify(jwt, key, options), key);
    } catch (error) {
      // the signature is valid, but the claims are not acceptable
      if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
        throw tokenError(error);
      // RFC 7517 §5: an unusable key, such as one that is too short, is ignored
    }
  }
  throw new MtlsError('ERR_TOKEN_INVALID', { reason: 'signature' });
}

function verified({ protectedHeader, payload }: JWTVerifyResult, key: unknown): VerifiedJwt {
  return { header: deepFreeze(protectedHeader), claims: deepFreeze(payload), key };
}

/** The options have been checked, so an error other than a JOSEError means that the key does not match `alg`. */
function tokenError(cause: unknown): MtlsError {
  // Stryker disable next-line StringLiteral: every text that is not a reason leads to the default
  const code = cause instanceof errors.JOSEError ? cause.code : '';
  const reason = reasonOf('ERR_TOKEN_INVALID', code) ?? 'key';
  const field =
    cause instanceof Error && 'claim' in cause && typeof cause.claim === 'string' ? { field: cause.claim } : {};
  return new MtlsError('ERR_TOKEN_INVALID', { reason, ...field }, { cause });
}
