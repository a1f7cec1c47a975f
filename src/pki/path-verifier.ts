import { isMtlsError, MtlsError } from '../errors.js';
import { parseCertificate, type Certificate, type CertificateInput } from '../x509/certificate.js';
import { Budget, limitError, readLimits, type PathLimits } from './budget.js';
import { PURPOSE } from './certificate-extensions.js';
import { KnownIssuers } from './known-issuers.js';
import { PathCertificate } from './path-certificate.js';
import { checkTarget } from './path-rules.js';
import { PathSearch } from './path-search.js';

const PURPOSES: ReadonlyMap<unknown, number> = new Map([
  ['clientAuth', PURPOSE.clientAuth],
  ['serverAuth', PURPOSE.serverAuth],
  ['any', 0],
]);

export interface PathVerifierOptions {
  /** Certificates of the authorities that are trusted. Their own constraints and validity are honoured. */
  readonly trustAnchors: readonly CertificateInput[];
  /** What the path has to be good for. Default `clientAuth`. */
  readonly extendedKeyUsage?: 'clientAuth' | 'serverAuth' | 'any';
  /** Most certificates between leaf and trust anchor that are not self-issued. Default: the limit on depth. */
  readonly maxIntermediates?: number;
  /** Bounds on the work for one certificate. */
  readonly limits?: PathLimits;
}

export interface VerifyPathOptions {
  /** Default the present time. */
  readonly now?: Date;
}

/** Evidence that a certificate leads to a trust anchor, and what was checked. */
export interface CertificationPath {
  /** From the certificate that was asked about to the trust anchor. */
  readonly certificates: readonly Certificate[];
  readonly anchor: Certificate;
  /** The time for which the path is valid. */
  readonly time: Date;
}

/** Validates certification paths against trust anchors. Safe to share between requests. */
export interface PathVerifier {
  /**
   * Looks for a valid path from a certificate to a trust anchor. The intermediates are hints, in any order;
   * those that do not parse are left out.
   *
   * @throws MtlsError ERR_PATH_*: the most specific reason over all candidate paths
   * @throws TypeError for arguments of the wrong type
   */
  verify(
    certificate: CertificateInput,
    intermediates?: readonly CertificateInput[],
    options?: VerifyPathOptions,
  ): Promise<CertificationPath>;
}

const OPTIONS = new Set(['trustAnchors', 'extendedKeyUsage', 'maxIntermediates', 'limits']);

class Verifier implements PathVerifier {
  readonly #anchors: readonly PathCertificate[];
  readonly #purpose: number;
  readonly #maxIntermediates: number;
  readonly #limits: Required<PathLimits>;
  readonly #known = new KnownIssuers();

  constructor(options: PathVerifierOptions) {
    const { trustAnchors, extendedKeyUsage = 'clientAuth', maxIntermediates = Infinity, limits } = options;
    // an option that is misspelt or not known could have been meant to refuse something
    for (const name of Object.keys(options)) if (!OPTIONS.has(name)) throw new TypeError(`Unknown option ${name}`);
    if (!Array.isArray(trustAnchors) || trustAnchors.length === 0) {
      throw new TypeError('trustAnchors must be a list of at least one certificate');
    }
    const purpose = PURPOSES.get(extendedKeyUsage);
    if (purpose === undefined) throw new TypeError("extendedKeyUsage must be 'clientAuth', 'serverAuth' or 'any'");
    if (maxIntermediates !== Infinity && (!Number.isSafeInteger(maxIntermediates) || maxIntermediates < 0)) {
      throw new TypeError('maxIntermediates must be a whole number');
    }
    this.#anchors = trustAnchors.map((anchor: CertificateInput) => new PathCertificate(parseCertificate(anchor), true));
    this.#purpose = purpose;
    this.#maxIntermediates = maxIntermediates;
    this.#limits = readLimits(limits);
  }

  async verify(
    certificate: CertificateInput,
    intermediates: readonly CertificateInput[] = [],
    options: VerifyPathOptions = {},
  ): Promise<CertificationPath> {
    const time = readTime(options.now);
    if (!Array.isArray(intermediates)) throw new TypeError('intermediates must be a list of certificates');
    const limit = this.#limits.intermediates;
    if (intermediates.length > limit) throw limitError('intermediates', limit);
    const pool = this.#readIntermediates(intermediates);
    const target = new PathCertificate(parseTarget(certificate));
    const context = { time, purpose: this.#purpose };
    checkTarget(target, context);
    const search = new PathSearch({
      ...context,
      anchors: this.#anchors,
      intermediates: pool,
      maxIntermediates: this.#maxIntermediates,
      budget: new Budget(this.#limits),
    });
    const path = await search.find(target, () => undefined);
    this.#known.remember(path);
    const certificates = Object.freeze(path.map((member) => member.certificate));
    return Object.freeze({ certificates, anchor: certificates.at(-1)!, time: new Date(time) });
  }

  /** Each certificate once, those that do not parse left out. */
  #readIntermediates(inputs: readonly CertificateInput[]): readonly PathCertificate[] {
    const distinct = new Map<string, PathCertificate>();
    for (const input of inputs) {
      let certificate: Certificate;
      try {
        certificate = parseCertificate(input);
      } catch (error) {
        if (isMtlsError(error)) continue;
        throw error;
      }
      const { thumbprint } = certificate;
      if (!distinct.has(thumbprint)) {
        distinct.set(thumbprint, this.#known.get(thumbprint) ?? new PathCertificate(certificate));
      }
    }
    return [...distinct.values()];
  }
}

/**
 * Creates a verifier of certification paths. The options are read and copied once; it holds no clock and
 * fetches nothing.
 *
 * Checked for each path: signatures, names of issuers, validity of every certificate (the anchor too),
 * basicConstraints, keyUsage, path lengths, extended key usage, critical extensions, strength of keys.
 * **Not** checked: that whoever presents the certificate holds its key (TLS does that), and which subject it
 * names (`subjectMatches` does that).
 *
 * @example
 * ```ts
 * import { createPathVerifier } from 'oauth-mtls/pki';
 * declare const rootPem: string, clientPem: string, intermediatePems: string[];
 * const paths = createPathVerifier({ trustAnchors: [rootPem] });
 * const { anchor } = await paths.verify(clientPem, intermediatePems);
 * ```
 * @throws TypeError for an empty list of anchors, an option of the wrong type, or one that is not known
 * @throws MtlsError for a trust anchor that does not parse: ERR_ENCODING_*, ERR_CERTIFICATE_*
 * @see RFC 5280 §6.1
 */
export function createPathVerifier(options: PathVerifierOptions): PathVerifier {
  return new Verifier(options);
}

function parseTarget(input: CertificateInput): Certificate {
  try {
    return parseCertificate(input);
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    throw new MtlsError('ERR_PATH_MALFORMED', {}, { cause: error });
  }
}

/** RFC 5280 §4.1.2.5 counts in seconds: a fraction belongs to the second that it is in. */
function readTime(now: Date = new Date()): number {
  const time = now instanceof Date ? now.getTime() : Number.NaN;
  if (Number.isNaN(time)) throw new TypeError('now must be a valid Date');
  return Math.floor(time / 1000) * 1000;
}
