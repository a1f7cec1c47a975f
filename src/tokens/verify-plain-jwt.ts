import { base64url, decodeProtectedHeader, UnsecuredJWT } from 'jose';
import type { CryptoKey, JWTHeaderParameters, JWTVerifyGetKey, JWTVerifyOptions, JWTVerifyResult } from 'jose';
import { importCryptoKey, type VerificationKey } from '#platform/verify';
import type { SignatureScheme } from '../platform/signature-scheme.js';

/**
 * Signatures that are verified faster on the calling thread than on another thread. P-384 and P-521 take ten times as
 * long and would block other requests.
 */
const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ...([256, 384, 512] as const).flatMap((bits): [string, SignatureScheme][] => [
    [`RS${bits}`, { name: 'RSASSA-PKCS1-v1_5', hash: `SHA-${bits}` }],
    [`PS${bits}`, { name: 'RSA-PSS', hash: `SHA-${bits}`, saltLength: bits / 8 }],
  ]),
  ['ES256', { name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' }],
  ['EdDSA', { name: 'Ed25519' }],
  ['Ed25519', { name: 'Ed25519' }],
]);
/** Other members, such as `crit`, may change what is signed. */
const PLAIN_MEMBERS = ['alg', 'typ', 'kid'];
/** RFC 7518 §3.3, §3.5 */
const MIN_RSA_BITS = 2048;

/** Resolves to undefined if jose's `jwtVerify` must decide. */
export type PlainJwtVerifier = (
  jwt: string,
  find: JWTVerifyGetKey,
  options: JWTVerifyOptions,
) => Promise<JWTVerifyResult | undefined>;

/**
 * Creates a function that verifies JWTs with a common header on the calling thread. It only establishes that a
 * signature is valid. jose reads the header and the claims, and decides about every other signature.
 *
 * The caller has checked that the JWT has three parts of base64url. Each key is imported once. On a runtime with
 * WebCrypto only, jose does everything.
 *
 * @throws JOSEError from the returned function if `jwtVerify` would refuse the claims, and the errors of `find`
 */
export function createPlainJwtVerifier(): PlainJwtVerifier {
  const imported = new WeakMap<CryptoKey, VerificationKey | undefined>();
  return async (jwt, find, options) => {
    const jws = readPlainJws(jwt);
    if (jws === undefined || options.algorithms?.includes(jws.header.alg) !== true) return undefined;
    const { scheme, header, encoded, data, signature } = jws;
    const key: unknown = await find(header, encoded);
    if (!isKeyOf(scheme, key)) return undefined;
    if (!imported.has(key)) imported.set(key, importCryptoKey(key));
    if (imported.get(key)?.verify(scheme, data, signature) !== true) return undefined;
    // jose has no public function for its checks after the signature
    const unsecured = base64url.encode(JSON.stringify({ alg: 'none', typ: header.typ }));
    const { payload } = UnsecuredJWT.decode(`${unsecured}.${encoded.payload}.`, options);
    return { protectedHeader: header, payload };
  };
}

function readPlainJws(jwt: string) {
  const [protectedHeader, payload, signature] = jwt.split('.') as [string, string, string];
  try {
    const header = decodeProtectedHeader(jwt) as JWTHeaderParameters;
    const scheme = SCHEMES.get(header.alg);
    if (scheme === undefined || !Object.keys(header).every((name) => PLAIN_MEMBERS.includes(name))) return undefined;
    // an array that is nested too deeply cannot be written again
    if (header.typ !== undefined && typeof header.typ !== 'string') return undefined;
    return {
      scheme,
      header,
      encoded: { protected: protectedHeader, payload, signature },
      data: new TextEncoder().encode(`${protectedHeader}.${payload}`),
      signature: base64url.decode(signature),
    };
  } catch {
    // jose reports the reason
  }
  return undefined;
}

/** Whether jose would verify with this key, and the key can be imported. */
function isKeyOf(scheme: SignatureScheme, key: unknown): key is CryptoKey {
  if (typeof key !== 'object' || key === null || !('algorithm' in key)) return false;
  const { type, extractable, usages, algorithm } = key as CryptoKey;
  const { name, namedCurve, hash, modulusLength = MIN_RSA_BITS } = algorithm as KeyAlgorithm;
  if (type !== 'public' || !extractable || !usages.includes('verify') || name !== scheme.name) return false;
  const limitedTo = 'curve' in scheme ? scheme.curve : 'hash' in scheme ? scheme.hash : undefined;
  return (namedCurve ?? hash?.name) === limitedTo && modulusLength >= MIN_RSA_BITS;
}

/** WebCrypto's description of keys for ECDSA, RSA and Ed25519. */
interface KeyAlgorithm {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash?: { readonly name: string };
  readonly modulusLength?: number;
}
