import { MtlsError } from '../errors.js';
import type { HashName, SignatureScheme } from './signature-scheme.js';

/** The part of WebCrypto that is used, so that neither the types of the DOM nor those of Node are required. */
interface Subtle {
  importKey(
    format: 'spki',
    key: Uint8Array,
    algorithm: object,
    extractable: false,
    usages: ['verify'],
  ): Promise<object>;
  digest(hash: string, data: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: object, key: object, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
}

/** Computes a digest. SHA-1 is only used to identify certificates in OCSP (RFC 6960 §4.3), not for signatures. */
export async function digest(hash: HashName | 'SHA-1', data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle().digest(hash, data));
}

/** A public key that is imported once for each scheme, on first use. */
export class VerificationKey {
  readonly #spki: Uint8Array;
  readonly #keys = new Map<string, Promise<object>>();

  /** SubjectPublicKeyInfo in DER; RSA keys as rsaEncryption. */
  constructor(spki: Uint8Array) {
    this.#spki = spki;
  }

  /** Does nothing: WebCrypto imports keys asynchronously, on first use. */
  prepare(): void {
    // imported on first use
  }

  /**
   * Verifies a signature over `data` with this key. ECDSA signatures are r and s, each as long as the order of the
   * curve (IEEE P1363).
   *
   * @throws MtlsError ERR_PATH_ALGORITHM if the runtime cannot use the key
   */
  async verify(scheme: SignatureScheme, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const id = 'hash' in scheme ? `${scheme.name} ${scheme.hash}` : scheme.name;
    let imported = this.#keys.get(id);
    if (imported === undefined) {
      imported = subtle().importKey('spki', this.#spki, keyAlgorithm(scheme), false, ['verify']);
      this.#keys.set(id, imported);
    }
    let key: object;
    try {
      key = await imported;
    } catch (cause) {
      throw new MtlsError('ERR_PATH_ALGORITHM', { reason: 'runtime' }, { cause });
    }
    // RFC 8017 §8.1.2: as long as the modulus, which not every runtime checks for RSASSA-PSS
    const { modulusLength } = (key as { algorithm: { modulusLength?: number } }).algorithm;
    if (modulusLength !== undefined && signature.length !== Math.ceil(modulusLength / 8)) return false;
    try {
      return await subtle().verify(scheme, key, signature, data);
    } catch {
      // some runtimes throw for a signature of invalid size
      return false;
    }
  }
}

/** Returns undefined, because WebCrypto does not verify on the calling thread. */
export function importCryptoKey(): undefined {}

function keyAlgorithm(scheme: SignatureScheme): object {
  return scheme.name === 'ECDSA' ? { name: scheme.name, namedCurve: scheme.curve } : scheme;
}

function subtle(): Subtle {
  return (globalThis as unknown as { crypto: { subtle: Subtle } }).crypto.subtle;
}
