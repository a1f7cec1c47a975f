import { assertMtlsError, type MtlsError } from '../../errors.js';
import { limitError, type Budget } from '../budget.js';
import type { PathCertificate } from '../certificate/path-certificate.js';
import { PathFailure } from './path-failure.js';
import { checkAuthority, type PathPurpose } from './path-rules.js';
import { verifySigned } from '../certificate/signature.js';

/**
 * Three degrees of agreement of key identifiers, each for anchors and others, and certificates that are no authority.
 */
const PROSPECTS = 7;

/** The certificates for building a path, and its requirements. */
export interface SearchContext extends PathPurpose {
  readonly anchors: readonly PathCertificate[];
  /** Hints, not trusted. */
  readonly intermediates: readonly PathCertificate[];
  /** Maximum number of authorities between target and anchor that are not self-issued. */
  readonly maxIntermediates: number;
  readonly budget: Budget;
}

/** Whether a certificate was signed by the key of this issuer. */
interface SignatureResult {
  readonly issuer: PathCertificate;
  readonly fault: MtlsError | undefined;
}

/** Decides about a complete path, target first and anchor last. If it throws an MtlsError, the next path is tried. */
export type AcceptPath = (path: readonly PathCertificate[]) => void | Promise<void>;

/**
 * Searches for paths from certificates to trust anchors, depth first, with backtracking. A name and key occur at most
 * once in a path. Signatures, and the checks of an authority, are evaluated once.
 *
 * @see RFC 4158, RFC 5280 §6.1
 */
export class PathSearch {
  readonly #context: SearchContext;
  readonly #candidates: readonly PathCertificate[];
  readonly #signatures = new Map<PathCertificate, SignatureResult[]>();
  /** Null for a valid authority. */
  readonly #authorities = new Map<PathCertificate, MtlsError | null>();
  readonly #issuers = new Map<PathCertificate, PathCertificate[]>();

  constructor(context: SearchContext) {
    this.#context = context;
    this.#candidates = [...context.anchors, ...context.intermediates];
  }

  /**
   * Returns the first path that `accept` accepts.
   *
   * @throws MtlsError ERR_PATH_*: the most specific reason, or the limit that was exceeded
   */
  async find(target: PathCertificate, accept: AcceptPath): Promise<readonly PathCertificate[]> {
    const failure = new PathFailure();
    const path = await this.#extend([target], 0, accept, failure);
    // an incomplete search proves nothing
    if (this.#context.budget.exhausted !== undefined) throw this.#context.budget.exhausted;
    if (path === undefined) throw failure.error;
    return path;
  }

  async #extend(
    path: readonly PathCertificate[],
    counted: number,
    accept: AcceptPath,
    failure: PathFailure,
  ): Promise<readonly PathCertificate[] | undefined> {
    const { maxIntermediates, budget } = this.#context;
    const current = path.at(-1)!;
    const issuers = this.#issuersOf(current);
    if (issuers.length === 0) failure.consider('ERR_PATH_NO_ANCHOR', () => current.error('ERR_PATH_NO_ANCHOR'));
    for (const issuer of issuers) {
      budget.spend('candidates');
      if (path.some((certificate) => certificate.sameEntity(issuer))) continue;
      const { anchor } = issuer;
      // one more certificate between target and anchor
      if (!anchor && path.length > budget.depth) {
        failure.consider('ERR_PATH_LIMIT', () => limitError('depth', budget.depth));
        continue;
      }
      // RFC 5280 §6.1.4(l): only certificates that are not self-issued count
      const count = anchor || issuer.selfIssued ? counted : counted + 1;
      const fault = this.#authorityFault(issuer) ?? (await this.#signatureFault(current, issuer));
      if (fault !== undefined) {
        failure.record(fault);
        continue;
      }
      // RFC 5280 §6.1.4(m): the certificates below count, even if this one does not
      if (counted > issuer.extensions.basicConstraints!.pathLength || count > maxIntermediates) {
        failure.consider('ERR_PATH_LENGTH', () => issuer.error('ERR_PATH_LENGTH'));
        continue;
      }
      const longer = [...path, issuer];
      if (!anchor) {
        const found = await this.#extend(longer, count, accept, failure);
        if (found !== undefined) return found;
        continue;
      }
      try {
        budget.spend('paths');
        await accept(longer);
        return longer;
      } catch (error) {
        failure.record(error);
      }
    }
    return undefined;
  }

  /**
   * Returns the candidate issuers of a certificate by name, the most likely first. Key identifiers are hints (RFC 4158
   * §3.5.12): they determine the order but exclude no certificate.
   */
  #issuersOf(certificate: PathCertificate): readonly PathCertificate[] {
    let issuers = this.#issuers.get(certificate);
    if (issuers === undefined) {
      const candidates = this.#candidates;
      // a name with the same bytes may already have been prepared for comparison
      const name = candidates.find((candidate) => candidate.isNamedInBytes(certificate))?.subject ?? certificate.issuer;
      issuers = candidates.filter((candidate) => candidate.subject.equals(name));
      if (issuers.length > 1) issuers = this.#byProspect(certificate, issuers);
      this.#issuers.set(certificate, issuers);
    }
    return issuers;
  }

  #byProspect(certificate: PathCertificate, issuers: readonly PathCertificate[]): PathCertificate[] {
    const classes: PathCertificate[][] = Array.from({ length: PROSPECTS }, () => []);
    for (const issuer of issuers) classes[this.#prospect(certificate, issuer)]!.push(issuer);
    return classes.flat();
  }

  /** Ranks a candidate issuer. 0 is the best. */
  #prospect(certificate: PathCertificate, issuer: PathCertificate): number {
    if (this.#authorityFault(issuer) !== undefined) return PROSPECTS - 1;
    const matches = certificate.keyIdMatches(issuer);
    return (matches === true ? 0 : matches === undefined ? 2 : 4) + (issuer.anchor ? 0 : 1);
  }

  #authorityFault(issuer: PathCertificate): MtlsError | undefined {
    let fault = this.#authorities.get(issuer);
    if (fault === undefined) {
      fault = faultOf(() => checkAuthority(issuer, this.#context)) ?? null;
      this.#authorities.set(issuer, fault);
    }
    return fault ?? undefined;
  }

  async #signatureFault(certificate: PathCertificate, issuer: PathCertificate): Promise<MtlsError | undefined> {
    if (certificate.verifiedBy === issuer) return undefined;
    let results = this.#signatures.get(certificate);
    if (results === undefined) this.#signatures.set(certificate, (results = []));
    let result = results.find((known) => known.issuer.sameKey(issuer));
    if (result === undefined) {
      result = { issuer, fault: await signatureFault(certificate, issuer, this.#context.budget) };
      results.push(result);
    }
    return result.fault;
  }
}

async function signatureFault(
  certificate: PathCertificate,
  issuer: PathCertificate,
  budget: Budget,
): Promise<MtlsError | undefined> {
  try {
    const publicKey = issuer.publicKey();
    budget.spend('signatures', publicKey.cost);
    const good = await verifySigned(certificate.fields, publicKey);
    return good ? undefined : certificate.error('ERR_PATH_SIGNATURE');
  } catch (error) {
    assertMtlsError(error);
    if (error === budget.exhausted) throw error;
    return error.detail.thumbprint === undefined ? certificate.undecodable(error) : error;
  }
}

function faultOf(check: () => void): MtlsError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    assertMtlsError(error);
    return error;
  }
}
