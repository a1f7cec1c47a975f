import type { PathCertificate } from './path-certificate.js';

/** Intermediates that one verifier keeps: a client can only add those that an anchor vouches for. */
const CAPACITY = 256;

/**
 * The intermediates of accepted paths, with their imported keys and the issuer whose signature on them was
 * found good. Holds nothing that depends on time, and never a leaf.
 */
export class KnownIssuers {
  readonly #byThumbprint = new Map<string, PathCertificate>();

  get(thumbprint: string): PathCertificate | undefined {
    return this.#byThumbprint.get(thumbprint);
  }

  /** Keeps the intermediates of an accepted path; the oldest give way. */
  remember(path: readonly PathCertificate[]): void {
    for (let at = 1; at < path.length - 1; at++) {
      const certificate = path[at]!;
      certificate.verifiedBy = path[at + 1]!;
      const { thumbprint } = certificate.certificate;
      if (this.#byThumbprint.has(thumbprint)) continue;
      if (this.#byThumbprint.size >= CAPACITY) this.#byThumbprint.delete(this.#byThumbprint.keys().next().value!);
      this.#byThumbprint.set(thumbprint, certificate);
    }
  }
}
