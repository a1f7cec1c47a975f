import { assertMtlsError, MtlsError, reasonOf } from '../errors.js';
import { checkOptions } from '../options.js';
import { certificateFields, parseCertificate, type Certificate, type CertificateInput } from '../x509/certificate.js';
import { Budget, limitError } from './budget.js';
import { CertificateCache } from './certificate/certificate-cache.js';
import { satisfiesConstraints } from './certificate/name-constraints.js';
import type { PathCertificate } from './certificate/path-certificate.js';
import { checkTarget } from './path/path-rules.js';
import { PathSearch, type SearchContext } from './path/path-search.js';
import { processPolicies } from './path/policy-graph.js';
import type { CertificateRevocationList } from './revocation/crl.js';
import { RevocationChecker, type RevocationEvidence } from './revocation/revocation-checker.js';
import { checkStrictProfile } from './certificate/strict-profile.js';
import { expiryOf, type Expiry } from './expiry.js';
import {
  parseCrls,
  readVerifierOptions,
  type ParsedVerifierOptions,
  type PathVerifierOptions,
  type VerifierSettings,
} from './verifier-options.js';

export interface VerifyPathOptions {
  /** Default: the current time. */
  readonly now?: Date;
}

/** Evidence that a certificate leads to a trust anchor, with the results of the checks. Immutable. */
export interface CertificationPath {
  /** From the verified certificate to the trust anchor. */
  readonly certificates: readonly Certificate[];
  readonly anchor: Certificate;
  /**
   * Certificate policies for which the path is valid, as dotted object identifiers. `2.5.29.32.0` is any policy. Empty
   * if the certificates contain no policies and none is required.
   */
  readonly policies: readonly string[];
  /** The time for which the path was validated, in whole seconds. */
  readonly time: Date;
  readonly extendedKeyUsage: 'clientAuth' | 'serverAuth' | 'any';
  /** The revocation evidence for each certificate except the anchor. */
  readonly revocation: readonly RevocationEvidence[];
}

/** Validates certification paths against trust anchors. Safe to share between requests. */
export interface CertificationPathVerifier {
  /**
   * Searches for a valid path from a certificate to a trust anchor. The intermediates are hints, in any order. Those
   * that do not parse are ignored.
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

/**
 * Creates a verifier of certification paths. The options are copied. The verifier makes no network requests, and the
 * time is a parameter of `verify`.
 *
 * Checks for each path: signatures, names of issuers, validity of every certificate (including the anchor),
 * basicConstraints, keyUsage, path lengths, name constraints, certificate policies, extended key usage, critical
 * extensions, strength of keys, and revocation if CRLs or OCSP responses are given. A trust anchor to which no path can
 * ever be valid is refused when the verifier is created.
 *
 * Does not check: possession of the key (checked by TLS), and the subject (checked by `subjectMatches`).
 *
 * @example
 * ```ts
 * import { createPathVerifier } from 'oauth-mtls/pki';
 * declare const rootPem: string, crlPem: string, clientPem: string, intermediatePems: string[];
 * const pathVerifier = createPathVerifier({ trustAnchors: [rootPem], crls: [crlPem], revocation: 'if-available' });
 * const { anchor } = await pathVerifier.verify(clientPem, intermediatePems);
 * ```
 * @throws TypeError for an empty list of anchors, an option of the wrong type, or one that is not known
 * @throws MtlsError ERR_PATH_ANCHOR for an anchor that can never be part of a valid path, with its `index` among all
 * certificates of `trustAnchors`, its `subject`, and the code of the refusal as `reason`
 * @throws MtlsError for what does not parse. Certificates: ERR_ENCODING_*, ERR_CERTIFICATE_*; CRLs and OCSP
 * responses: ERR_PATH_REVOCATION_MALFORMED
 * @see RFC 5280 §6.1
 */
export function createPathVerifier(options: PathVerifierOptions): CertificationPathVerifier {
  return new Verifier(readVerifierOptions(options));
}

/** A verifier that exposes when its parts expire. */
export interface ExpiringPathVerifier extends CertificationPathVerifier {
  readonly expires: Expiry;
  /** Whether a CRL is signed by an authority that may sign it, under one of the anchors. */
  isSigned(crl: CertificateRevocationList, now: Date): Promise<boolean>;
}

/**
 * Creates the verifier for new options. It keeps the cached certificates of the previous verifier if the anchors are
 * the same.
 *
 * @throws TypeError, MtlsError as {@link createPathVerifier}
 */
export async function renewPathVerifier(
  options: ParsedVerifierOptions,
  previous?: ExpiringPathVerifier,
): Promise<ExpiringPathVerifier> {
  const settings = readVerifierOptions(await parseCrls(options));
  return previous instanceof Verifier ? previous.renew(settings) : new Verifier(settings);
}

class Verifier implements ExpiringPathVerifier {
  readonly #settings: VerifierSettings;
  readonly #known: CertificateCache;
  readonly expires: Expiry;

  constructor(settings: VerifierSettings, known = new CertificateCache(settings.additionalCurves)) {
    this.#settings = settings;
    this.#known = known;
    this.expires = expiryOf(settings);
  }

  renew(settings: VerifierSettings): Verifier {
    const { anchors, intermediates, additionalCurves } = this.#settings;
    const same =
      // what is known of a certificate includes its key
      additionalCurves.join() === settings.additionalCurves.join() &&
      anchors.length === settings.anchors.length &&
      settings.anchors.every((anchor, at) => anchor.certificate.thumbprint === anchors[at]!.certificate.thumbprint);
    if (!same) return new Verifier(settings);
    // cached certificates refer to their issuers by identity
    const known = new Map(intermediates.map((each) => [each.certificate.thumbprint, each]));
    const kept = settings.intermediates.map((each) => known.get(each.certificate.thumbprint) ?? each);
    return new Verifier({ ...settings, anchors, intermediates: kept }, this.#known);
  }

  async verify(
    certificate: CertificateInput,
    intermediates: readonly CertificateInput[] = [],
    options: VerifyPathOptions = {},
  ): Promise<CertificationPath> {
    checkOptions<VerifyPathOptions>(options, { now: 'date' });
    const { anchors, maxIntermediates, limits, purpose, extendedKeyUsage, revocationMode } = this.#settings;
    const time = readTime(options.now);
    if (!Array.isArray(intermediates)) throw new TypeError('Argument "intermediates" must be an array of certificates');
    if (intermediates.length > limits.intermediates) throw limitError('intermediates', limits.intermediates);
    const pool = this.#readIntermediates(intermediates);
    const budget = new Budget(limits);
    const target = this.#readTarget(certificate);
    const revocation = revocationMode !== undefined;
    const context = { time, purpose, revocation, anchors, intermediates: pool, maxIntermediates, budget };
    checkTarget(target, context);
    const run = new Verification(this.#settings, context);
    const { path, policies, evidence } = await run.find(target);
    this.#known.remember(path);
    const certificates = Object.freeze(path.map((member) => member.certificate));
    return Object.freeze({
      certificates,
      anchor: certificates.at(-1)!,
      policies: Object.freeze(policies),
      time: new Date(time),
      extendedKeyUsage,
      revocation: Object.freeze(evidence),
    });
  }

  async isSigned(crl: CertificateRevocationList, now: Date): Promise<boolean> {
    const { anchors, intermediates, maxIntermediates, limits } = this.#settings;
    for (const anchor of anchors) {
      const budget = new Budget(limits);
      const context = { time: readTime(now), purpose: 0, anchors, intermediates, maxIntermediates, budget };
      const run = new Verification(this.#settings, { ...context, revocation: true });
      if (await run.isSigned(crl, anchor)) return true;
    }
    return false;
  }

  #readTarget(input: CertificateInput): PathCertificate {
    try {
      return this.#known.adopt(parseCertificate(input));
    } catch (cause) {
      assertMtlsError(cause);
      throw new MtlsError('ERR_PATH_MALFORMED', { reason: reasonOf('ERR_PATH_MALFORMED', cause.code) }, { cause });
    }
  }

  /** Each certificate once, without those that do not parse, followed by those of the operator. */
  #readIntermediates(inputs: readonly CertificateInput[]): readonly PathCertificate[] {
    const { intermediateBytes: limit } = this.#settings.limits;
    const distinct = new Map<string, PathCertificate>();
    let bytes = 0;
    for (const input of inputs) {
      try {
        const known = this.#known.find(input);
        const certificate = known?.certificate ?? parseCertificate(input);
        if (distinct.has(certificate.thumbprint)) continue;
        bytes += certificateFields(certificate).bytes.length;
        if (bytes <= limit) distinct.set(certificate.thumbprint, known ?? this.#known.adopt(certificate));
      } catch (error) {
        assertMtlsError(error);
      }
      if (bytes > limit) throw limitError('intermediateBytes', limit);
    }
    return [...distinct.values(), ...this.#settings.intermediates];
  }
}

/** One call of `verify`. */
class Verification {
  readonly #settings: VerifierSettings;
  readonly #context: SearchContext;
  #checker: RevocationChecker | undefined;

  constructor(settings: VerifierSettings, context: SearchContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async find(target: PathCertificate): Promise<{
    path: readonly PathCertificate[];
    policies: readonly string[];
    evidence: readonly RevocationEvidence[];
  }> {
    let policies: readonly string[] = [];
    let evidence: readonly RevocationEvidence[] = [];
    const path = await new PathSearch(this.#context).find(target, async (candidate) => {
      this.#checkNames(candidate);
      policies = processPolicies(candidate, this.#settings.policies, this.#context.budget);
      if (this.#settings.strictProfile) checkStrictProfile(candidate);
      evidence =
        this.#settings.revocationMode === undefined
          ? candidate.slice(1).map(() => 'not-checked')
          : await this.#revocation().check(candidate);
    });
    return { path, policies, evidence };
  }

  isSigned(crl: CertificateRevocationList, anchor: PathCertificate): Promise<boolean> {
    return this.#revocation().isSignedUnder(crl, [anchor]);
  }

  #revocation(): RevocationChecker {
    const { revocationMode: mode = 'if-available', crls, ocspResponses } = this.#settings;
    // the extended key usage of CRL issuers is not restricted
    const search = new PathSearch({ ...this.#context, purpose: 0 });
    return (this.#checker ??= new RevocationChecker({
      ...this.#context,
      mode,
      crls,
      ocspResponses,
      pool: this.#context.intermediates,
      findPath: (target, accept) => search.find(target, accept),
      checkPath: (path) => {
        this.#checkNames(path);
        processPolicies(path, {}, this.#context.budget);
      },
    }));
  }

  /** RFC 5280 §6.1.3(b), (c): each authority's constraints, against every certificate below it. */
  #checkNames(path: readonly PathCertificate[]): void {
    for (const [level, { extensions }] of path.entries()) {
      if (level === 0 || extensions.nameConstraints === undefined) continue;
      for (const [below, certificate] of path.slice(0, level).entries()) {
        // self-issued certificates are exempt, except for the target
        if (below > 0 && certificate.selfIssued) continue;
        if (!satisfiesConstraints(certificate.names, extensions.nameConstraints, this.#context.budget)) {
          throw certificate.error('ERR_PATH_NAME_CONSTRAINTS');
        }
      }
    }
  }
}

/** RFC 5280 §4.1.2.5 has a precision of seconds, so fractions are truncated. */
function readTime(now: Date = new Date()): number {
  return Math.floor(now.getTime() / 1000) * 1000;
}
