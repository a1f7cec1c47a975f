import { MtlsError } from '../errors.js';
import type { HashName, SignatureScheme } from './signature-scheme.js';

/** The part of WebCrypto that is used, so that neither the DOM's types nor Node's are needed. */
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

/** A digest. SHA-1 only distinguishes certificates in OCSP (RFC 6960 §4.3); no signature is accepted with it. */
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

  /** WebCrypto imports keys asynchronously: that is left to the first use. */
  prepare(): void {
    // nothing to do before
  }

  /**
   * Whether `signature` is this key's over `data`. ECDSA signatures are r and s, each as long as the order of
   * the curve (IEEE P1363).
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
    // RFC 8017 §8.1.2: as long as the modulus; not every runtime checks that for RSASSA-PSS
    const { modulusLength } = (key as { algorithm: { modulusLength?: number } }).algorithm;
    if (modulusLength !== undefined && signature.length !== Math.ceil(modulusLength / 8)) return false;
    try {
      return await subtle().verify(scheme, key, signature, data);
    } catch {
      // a signature of impossible size, depending on the runtime
      return false;
    }
  }
}

/** Undefined: WebCrypto does not verify on the calling thread. */
export function importCryptoKey(): undefined {}

function keyAlgorithm(scheme: SignatureScheme): object {
  return scheme.name === 'ECDSA' ? { name: scheme.name, namedCurve: scheme.curve } : scheme;
}

function subtle(): Subtle {
  return (globalThis as unknown as { crypto: { subtle: Subtle } }).crypto.subtle;
}
