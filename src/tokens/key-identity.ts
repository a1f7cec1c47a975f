import { exportJWK, type CryptoKey, type JWK } from 'jose';

/**
 * Creates a function that resolves to equal values for keys of the same material and the same use. A key that cannot be
 * exported is equal only to itself.
 *
 * The value for a CryptoKey or KeyObject is cached, because these are immutable. A JWK of the caller may change.
 */
export function createKeyIdentity(): (key: unknown) => Promise<unknown> {
  const known = new WeakMap<object, unknown>();
  return async (key) => {
    if (typeof key !== 'object' || key === null) return key;
    if ('kty' in key) return describeJwk(key as JWK);
    if (!known.has(key)) known.set(key, await describeKey(key as CryptoKey));
    return known.get(key);
  };
}

async function describeKey(key: CryptoKey): Promise<unknown> {
  try {
    return JSON.stringify([describeJwk(await exportJWK(key)), key.algorithm, key.usages]);
  } catch {
    return key;
  }
}

/** The members of an RFC 7638 thumbprint, and those that limit what the key verifies. */
function describeJwk({ kty, crv, x, y, n, e, pub, alg, use, key_ops, ext }: JWK): string {
  return JSON.stringify([kty, crv, x, y, n, e, pub, alg, use, key_ops, ext]);
}
