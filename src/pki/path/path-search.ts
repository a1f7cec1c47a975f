import type { MtlsError } from '../../errors.js';
import { isMtlsError } from '../../errors.js';
import { limitError, type Budget } from '../budget.js';
import type { PathCertificate } from '../certificate/path-certificate.js';
import { PathFailure } from './path-failure.js';
import { checkAuthority, type PathPurpose } from './path-rules.js';
import { verifySigned } from '../certificate/signature.js';

/** Three degrees of agreement of key identifiers, for anchors and others, and those unfit to be authorities. */
const PROSPECTS = 7;

/** Certificates to build a path from, and what it has to satisfy. */
export interface SearchContext extends PathPurpose {
  readonly anchors: readonly PathCertificate[];
  /** Hints: nothing in them is trusted. */
  readonly intermediates: readonly PathCertificate[];
  /** Authorities between target and anchor that are not self-issued. */
  readonly maxIntermediates: number;
  readonly budget: Budget;
}

/** Whether a certificate carries a signature of this issuer's key. */
interface SignatureResult {
  readonly issuer: PathCertificate;
  readonly fault: MtlsError | undefined;
}

/** Decides about a complete path, target first and anchor last: throws an MtlsError to have the next one tried. */
export type AcceptPath = (path: readonly PathCertificate[]) => void | Promise<void>;

/**
 * Looks for paths from certificates to trust anchors, depth first, and backtracks over dead ends. A name and
 * key come once in a path. What is known of a pair of certificates (a signature) or of one (its fitness as
 * an authority) is worked out once.
 *
 * @see RFC 4158, RFC 5280 §6.1
 */
export class PathSearch {
  readonly #context: SearchContext;
  readonly #candidates: readonly PathCertificate[];
  readonly #signatures = new Map<PathCertificate, SignatureResult[]>();
  /** Null where the authority is fit. */
  readonly #authorities = new Map<PathCertificate, MtlsError | null>();
  readonly #issuers = new Map<PathCertificate, PathCertificate[]>();

  constructor(context: SearchContext) {
    this.#context = context;
    this.#candidates = [...context.anchors, ...context.intermediates];
  }

  /**
   * The first path that `accept` takes.
   *
   * @throws MtlsError ERR_PATH_*: the most specific reason, or the limit that was passed
   */
  async find(target: PathCertificate, accept: AcceptPath): Promise<readonly PathCertificate[]> {
    const failure = new PathFailure();
    const path = await this.#extend([target], 0, accept, failure);
    // a search that was cut short proves nothing
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
      // RFC 5280 §6.1.4(l): certificates that are not self-issued count
      const count = anchor || issuer.selfIssued ? counted : counted + 1;
      const fault = this.#authorityFault(issuer) ?? (await this.#signatureFault(current, issuer));
      if (fault !== undefined) {
        failure.record(fault);
        continue;
      }
      // RFC 5280 §6.1.4(m): the certificates below count, whether this one does or not
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
   * The authorities that a certificate names as its issuer, best prospects first. Key identifiers are hints
   * (RFC 4158 §3.5.12): they decide the order and exclude no certificate.
   */
  #issuersOf(certificate: PathCertificate): readonly PathCertificate[] {
    let issuers = this.#issuers.get(certificate);
    if (issuers === undefined) {
      const candidates = this.#candidates;
      // the name of one that has the very same bytes may have been prepared for comparison before
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

  /** 0 is the best. */
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
    if (!isMtlsError(error) || error === budget.exhausted) throw error;
    return error.detail.thumbprint === undefined ? certificate.undecodable(error) : error;
  }
}

function faultOf(check: () => void): MtlsError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isMtlsError(error)) return error;
    throw error;
  }
}
