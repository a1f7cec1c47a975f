import { constants, createHash, createPublicKey, KeyObject, verify } from 'node:crypto';
import { MtlsError } from '../errors.js';
import type { HashName, SignatureScheme } from './signature-scheme.js';

const HASHES: Readonly<Record<HashName, string>> = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

/** A digest. SHA-1 only distinguishes certificates in OCSP (RFC 6960 §4.3); no signature is accepted with it. */
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
   * Whether `signature` is this key's over `data`. ECDSA signatures are r and s, each as long as the order of
   * the curve (IEEE P1363).
   *
   * @throws MtlsError ERR_PATH_ALGORITHM if the runtime cannot use the key
   */
  verify(scheme: SignatureScheme, data: Uint8Array, signature: Uint8Array): boolean {
    this.#key ??= importKey(this.#spki);
    // RFC 8017 §8.1.2: as long as the modulus; OpenSSL verifies RSASSA-PSS without leading zeros, too
    const { modulusLength } = this.#key.asymmetricKeyDetails ?? {};
    if (modulusLength !== undefined && signature.length !== Math.ceil(modulusLength / 8)) return false;
    try {
      return verify('hash' in scheme ? HASHES[scheme.hash] : null, data, keyInput(this.#key, scheme), signature);
    } catch {
      // a signature of impossible size or form, depending on the release of OpenSSL
      return false;
    }
  }
}

/**
 * A public key of WebCrypto, which has to be extractable, for verification on the calling thread. Undefined where that is
 * not possible.
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
