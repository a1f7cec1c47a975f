import type { webcrypto } from 'node:crypto';
import { writePem } from '../encoding/pem.js';

export const TEST_KEY_TYPES = [
  'P-256',
  'P-384',
  'P-521',
  'RSA-2048',
  'RSA-3072',
  'RSA-4096',
  'RSA-PSS-2048',
  'Ed25519',
] as const;

/** Kinds of key for test certificates. */
export type TestKeyType = (typeof TEST_KEY_TYPES)[number];

/** Parameters of WebCrypto for each kind; the hash is the one the certificates are signed with. */
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
};

/** A public key as a JWK (RFC 7517): the members of its key type, nothing else. */
export interface TestJwk {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

export interface TestKeyPair {
  readonly keys: webcrypto.CryptoKeyPair;
  /** What WebCrypto signs with. */
  readonly algorithm: webcrypto.Algorithm;
  /** PKCS #8 in PEM. */
  readonly privateKeyPem: string;
  readonly publicJwk: TestJwk;
}

export async function createKeyPair(type: TestKeyType): Promise<TestKeyPair> {
  const algorithm = ALGORITHMS[type];
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', keys.publicKey);
  return {
    keys,
    algorithm,
    privateKeyPem: writePem('PRIVATE KEY', pkcs8),
    publicJwk: JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as TestJwk,
  };
}

function ec(namedCurve: string, hash: string): webcrypto.EcKeyGenParams & webcrypto.EcdsaParams {
  return { name: 'ECDSA', namedCurve, hash };
}

function rsa(name: string, modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name, hash: 'SHA-256', modulusLength, publicExponent: Uint8Array.of(1, 0, 1) };
}
