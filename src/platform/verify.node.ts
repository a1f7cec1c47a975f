import { constants, createHash, createPublicKey, KeyObject, verify } from 'node:crypto';
import { MtlsError } from '../errors.js';
import type { HashName, SignatureScheme } from './signature-scheme.js';

const HASHES: Readonly<Record<HashName, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

/** Computes a digest. SHA-1 is only used to identify certificates in OCSP (RFC 6960 §4.3), not for signatures. */
export function digest(hash: HashName | 'SHA-1', data: Uint8Array): Uint8Array | Promise<Uint8Array> {
  return createHash(hash === 'SHA-1' ? 'sha1' : HASHES[hash])
    .update(data)
    .digest();
}

/** A public key that is imported once, on first use. */
export class VerificationKey {
  readonly #spki: Uint8Array;
  #key: KeyObject | undefined;

  /** SubjectPublicKeyInfo in DER; RSA keys as rsaEncryption. */
  constructor(spki: Uint8Array) {
    this.#spki = spki;
  }

  /**
   * Imports the key now, not on first use.
   *
   * @throws MtlsError ERR_PATH_ALGORITHM if the runtime cannot use the key
   */
  prepare(): void {
    this.#key ??= importKey(this.#spki);
  }

  /**
   * Verifies a signature over `data` with this key. ECDSA signatures are r and s, each as long as the order of the
   * curve (IEEE P1363).
   *
   * @throws MtlsError ERR_PATH_ALGORITHM if the runtime cannot use the key
   */
  verify(scheme: SignatureScheme, data: Uint8Array, signature: Uint8Array): boolean {
    this.#key ??= importKey(this.#spki);
    // RFC 8017 §8.1.2: as long as the modulus; OpenSSL also accepts RSASSA-PSS without leading zeros
    const { modulusLength } = this.#key.asymmetricKeyDetails ?? {};
    if (modulusLength !== undefined && signature.length !== Math.ceil(modulusLength / 8)) return false;
    try {
      return verify('hash' in scheme ? HASHES[scheme.hash] : null, data, keyInput(this.#key, scheme), signature);
    } catch {
      // some releases of OpenSSL throw for a signature of invalid size or form
      return false;
    }
  }
}

/**
 * Imports a public key of WebCrypto, which must be extractable, for verification on the calling thread. Undefined if
 * that is not possible.
 */
export function importCryptoKey(key: object): VerificationKey | undefined {
  try {
    return new VerificationKey(KeyObject.from(key as never).export({ format: 'der', type: 'spki' }));
  } catch {
    return undefined;
  }
}

function importKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: spki as Buffer, format: 'der', type: 'spki' });
  } catch (cause) {
    throw new MtlsError('ERR_PATH_ALGORITHM', { reason: 'runtime' }, { cause });
  }
}

function keyInput(key: KeyObject, scheme: SignatureScheme): KeyObject | Exclude<Parameters<typeof verify>[2], string> {
  switch (scheme.name) {
    case 'RSA-PSS':
      return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
    case 'ECDSA':
      return { key, dsaEncoding: 'ieee-p1363' };
    default:
      return key;
  }
}
