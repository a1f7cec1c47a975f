import type { webcrypto } from 'node:crypto';
import { writePem } from '../encoding/pem.js';
import type { KeyMembers } from '../x509/public-key.js';

export const TEST_KEY_TYPES = [
  'P-256',
  'P-384',
  'P-521',
  'RSA-2048',
  'RSA-3072',
  'RSA-4096',
  'RSA-PSS-2048',
  'Ed25519',
  'ML-DSA-44',
  'ML-DSA-65',
  'ML-DSA-87',
] as const;

/**
 * Kinds of key for test certificates. ML-DSA needs a runtime that has it in WebCrypto, such as Node.js 24.7 or newer,
 * and version 2.1 of `@peculiar/x509`.
 */
export type TestKeyType = (typeof TEST_KEY_TYPES)[number];

/** WebCrypto parameters of each key type. The hash is that of certificate signatures. */
const ALGORITHMS: Readonly<
  Record<TestKeyType, webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | webcrypto.Algorithm>
> = {
  'P-256': ec('P-256', 'SHA-256'),
  'P-384': ec('P-384', 'SHA-384'),
  'P-521': ec('P-521', 'SHA-512'),
  'RSA-2048': rsa('RSASSA-PKCS1-v1_5', 2048),
  'RSA-3072': rsa('RSASSA-PKCS1-v1_5', 3072),
  'RSA-4096': rsa('RSASSA-PKCS1-v1_5', 4096),
  'RSA-PSS-2048': { ...rsa('RSA-PSS', 2048), saltLength: 32 } as webcrypto.RsaHashedKeyGenParams,
  Ed25519: { name: 'Ed25519' },
  'ML-DSA-44': { name: 'ML-DSA-44' },
  'ML-DSA-65': { name: 'ML-DSA-65' },
  'ML-DSA-87': { name: 'ML-DSA-87' },
};

export interface TestKeyPair {
  readonly keys: webcrypto.CryptoKeyPair;
  /** The WebCrypto algorithm for signatures. */
  readonly algorithm: webcrypto.Algorithm;
  /** PKCS #8 in PEM. */
  readonly privateKeyPem: string;
  readonly publicJwk: KeyMembers;
}

/**
 * Creates a key pair.
 *
 * @throws Error if the runtime does not support keys of this type
 */
export async function createKeyPair(type: TestKeyType): Promise<TestKeyPair> {
  const algorithm = ALGORITHMS[type];
  const keys = await generateKeys(type);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const jwk: webcrypto.JsonWebKey & { pub?: string } = await crypto.subtle.exportKey('jwk', keys.publicKey);
  const { kty, crv, x, y, n, e, alg, pub } = jwk;
  // RFC 9964 §3: required in every AKP key; for others, it depends on the WebCrypto implementation
  const members = { kty, crv, x, y, n, e, alg: kty === 'AKP' ? alg : undefined, pub };
  return {
    keys,
    algorithm,
    privateKeyPem: writePem('PRIVATE KEY', pkcs8),
    publicJwk: JSON.parse(JSON.stringify(members)) as KeyMembers,
  };
}

async function generateKeys(type: TestKeyType): Promise<webcrypto.CryptoKeyPair> {
  try {
    return (await crypto.subtle.generateKey(ALGORITHMS[type], true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  } catch (cause) {
    if (!(cause instanceof DOMException && cause.name === 'NotSupportedError')) throw cause;
    const hint = type.startsWith('ML-DSA') ? ': use Node.js 24.7 or newer' : '';
    throw new Error(`WebCrypto in this runtime does not support ${type} keys${hint}`, { cause });
  }
}

function ec(namedCurve: string, hash: string): webcrypto.EcKeyGenParams & webcrypto.EcdsaParams {
  return { name: 'ECDSA', namedCurve, hash };
}

function rsa(name: string, modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name, hash: 'SHA-256', modulusLength, publicExponent: Uint8Array.of(1, 0, 1) };
}
