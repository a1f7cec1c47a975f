import { createCertificateAuthority, type TestKeyPair } from 'oauth-mtls/testing';

/** An RSA key of 1,024 bits, which the test kit cannot be asked for. */
export async function shortKeyPair(): Promise<TestKeyPair> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const parameters = { ...algorithm, modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) };
  const keys = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  return { ...(await createCertificateAuthority()).keyPair, algorithm, keys };
}
