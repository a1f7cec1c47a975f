import { sha256Base64url } from '#platform/sha256';
import type { AdditionalCurve } from '../../platform/signature-scheme.js';
import type { Certificate } from '../../x509/certificate.js';
import { PathCertificate } from './path-certificate.js';

/** Half of the certificates that one verifier keeps, with what is decoded of them. */
const GENERATION = 512;
/** Larger ones are rare, and not kept. */
const MAX_BYTES = 8192;

/**
 * The certificates of accepted paths, by the SHA-256 of their bytes: decoded, with imported keys, and with the
 * issuer whose signature on them was found good. Nothing that depends on time, on the rest of a path or on
 * who sent it is kept, and a client can only add what a trust anchor vouches for.
 */
export class CertificateCache {
  /** By thumbprint. A generation that is full makes the one before it go. */
  #recent = new Map<string, PathCertificate>();
  #older = new Map<string, PathCertificate>();
  readonly #additionalCurves: readonly AdditionalCurve[];

  constructor(additionalCurves: readonly AdditionalCurve[]) {
    this.#additionalCurves = additionalCurves;
  }

  /** The one with these bytes of DER, which then need not be parsed again. */
  find(input: unknown): PathCertificate | undefined {
    if (!(input instanceof Uint8Array) || input.length > MAX_BYTES || this.#recent.size + this.#older.size === 0)
      return undefined;
    return this.#get(sha256Base64url(input));
  }

  /** What is known of a certificate, or the beginning of it. */
  adopt(certificate: Certificate): PathCertificate {
    return this.#get(certificate.thumbprint) ?? new PathCertificate(certificate, false, this.#additionalCurves);
  }

  /** Keeps the certificates of an accepted path but the anchor; those that have not been used for long give way. */
  remember(path: readonly PathCertificate[]): void {
    for (let at = 0; at < path.length - 1; at++) {
      const certificate = path[at]!;
      const issuer = path[at + 1]!;
      if (isLarge(certificate)) continue;
      // an issuer that is not kept would be held by each certificate below it
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
