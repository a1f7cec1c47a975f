import { sha256Base64url } from '#platform/sha256';
import type { AdditionalCurve } from '../../platform/signature-scheme.js';
import type { Certificate } from '../../x509/certificate.js';
import { PathCertificate } from './path-certificate.js';

/** Half of the maximum number of certificates in the cache. */
const GENERATION = 512;
/** Maximum size of a cached certificate. Larger ones are rare. */
const MAX_BYTES = 8192;

/**
 * Caches the certificates of accepted paths by the SHA-256 of their bytes: decoded, with imported keys, and with the
 * issuer whose signature on them was verified. Nothing that depends on the time, the rest of the path or the sender is
 * cached, and a client can only add certificates that lead to a trust anchor.
 */
export class CertificateCache {
  /** By thumbprint. A full generation replaces the previous one. */
  #recent = new Map<string, PathCertificate>();
  #older = new Map<string, PathCertificate>();
  readonly #additionalCurves: readonly AdditionalCurve[];

  constructor(additionalCurves: readonly AdditionalCurve[]) {
    this.#additionalCurves = additionalCurves;
  }

  /** Returns the certificate with these bytes of DER, which need not be parsed again. */
  find(input: unknown): PathCertificate | undefined {
    if (!(input instanceof Uint8Array) || input.length > MAX_BYTES || this.#recent.size + this.#older.size === 0)
      return undefined;
    return this.#get(sha256Base64url(input));
  }

  /** Returns the cached form of a certificate, or a new one. */
  adopt(certificate: Certificate): PathCertificate {
    return this.#get(certificate.thumbprint) ?? new PathCertificate(certificate, false, this.#additionalCurves);
  }

  /** Caches the certificates of an accepted path except the anchor. The least recently used ones are removed. */
  remember(path: readonly PathCertificate[]): void {
    for (let at = 0; at < path.length - 1; at++) {
      const certificate = path[at]!;
      const issuer = path[at + 1]!;
      if (isLarge(certificate)) continue;
      // an issuer that is not cached would be kept alive by the certificates below it
      if (issuer.anchor || !isLarge(issuer)) certificate.verifiedBy = issuer;
      this.#keep(certificate.certificate.thumbprint, certificate);
    }
  }

  #get(thumbprint: string): PathCertificate | undefined {
    const recent = this.#recent.get(thumbprint);
    if (recent !== undefined) return recent;
    const older = this.#older.get(thumbprint);
    if (older !== undefined) this.#keep(thumbprint, older);
    return older;
  }

  #keep(thumbprint: string, certificate: PathCertificate): void {
    this.#recent.set(thumbprint, certificate);
    if (this.#recent.size < GENERATION) return;
    this.#older = this.#recent;
    this.#recent = new Map();
  }
}

function isLarge({ fields }: PathCertificate): boolean {
  return fields.bytes.length > MAX_BYTES;
}
