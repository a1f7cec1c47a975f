import { MtlsError } from '../../errors.js';

/** Codes of jose, and of packages built on it, for a fault of the token. */
const REFUSALS = [
  'ERR_JWT_EXPIRED',
  'ERR_JWT_INVALID',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY',
] as const;
/** … and for keys that are not available. */
const FAILURES = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'] as const;

/**
 * Converts an error of `verifyToken` by its code, because several copies of jose, with different classes, may be
 * installed. Any other value is returned unchanged.
 */
export function tokenError(thrown: unknown): unknown {
  const code = codeOf(thrown);
  const refusal = REFUSALS.find((reason) => reason === code);
  if (refusal !== undefined) return new MtlsError('ERR_TOKEN_INVALID', { reason: refusal }, { cause: thrown });
  const failure = FAILURES.find((reason) => reason === code);
  if (failure !== undefined) return new MtlsError('ERR_TOKEN_UNAVAILABLE', { reason: failure }, { cause: thrown });
  return thrown;
}

function codeOf(thrown: unknown): string | undefined {
  try {
    const { code } = thrown as { readonly code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
