import { MtlsError } from '../errors.js';
import { checkOptions, withDefaults } from '../options.js';

/** Limits on the work of one call of `verify`. Whole numbers. */
export interface PathLimits {
  /** Intermediate certificates that the caller passes. Default 100, because real chains failed with 32. */
  readonly intermediates?: number;
  /** Bytes of DER in those intermediates, which are parsed before they are authenticated. Default 262144. */
  readonly intermediateBytes?: number;
  /** Certificates between the leaf and the trust anchor. Default 16. */
  readonly depth?: number;
  /** Candidate issuers during the search. Default 5000. */
  readonly candidates?: number;
  /**
   * Signature verifications, in units of P-256. Slower algorithms count for several: P-384 and Ed448 for four, P-521
   * for ten, RSA above 4096 bits for four. Default 200.
   */
  readonly signatures?: number;
  /** Paths that reach a trust anchor but are not valid. Default 100. */
  readonly paths?: number;
  /** Comparisons of names with constraints, and of policies. Default 500000. */
  readonly nameComparisons?: number;
}

const DEFAULTS: Required<PathLimits> = Object.freeze({
  intermediates: 100,
  intermediateBytes: 262_144,
  depth: 16,
  candidates: 5000,
  paths: 100,
  signatures: 200,
  nameComparisons: 500_000,
});

/**
 * Returns the limits with their defaults. Throws a TypeError for an unknown limit, or one that is not a whole number.
 */
export function readLimits(limits: PathLimits = {}): Required<PathLimits> {
  checkOptions<PathLimits>(
    limits,
    {
      intermediates: 'count',
      intermediateBytes: 'count',
      depth: 'count',
      candidates: 'count',
      paths: 'count',
      signatures: 'count',
      nameComparisons: 'count',
    },
    [],
    'limits',
  );
  return withDefaults(DEFAULTS, limits);
}

export function limitError(name: keyof PathLimits, limit: number): MtlsError {
  return new MtlsError('ERR_PATH_LIMIT', { reason: name, limit });
}

/** The remaining work of one call of `verify`. */
export class Budget {
  readonly #limits: Required<PathLimits>;
  readonly #left: Record<keyof PathLimits, number>;
  /** The error that ended the search, once a limit was exceeded. No path may be accepted afterwards. */
  exhausted: MtlsError | undefined;

  constructor(limits: Required<PathLimits>) {
    this.#limits = limits;
    this.#left = { ...limits };
  }

  get depth(): number {
    return this.#limits.depth;
  }

  /** @throws MtlsError ERR_PATH_LIMIT once the limit is exceeded, and for every later call */
  spend(name: 'candidates' | 'paths' | 'signatures' | 'nameComparisons', amount = 1): void {
    if (this.exhausted !== undefined) throw this.exhausted;
    this.#left[name] -= amount;
    if (this.#left[name] >= 0) return;
    this.exhausted = limitError(name, this.#limits[name]);
    throw this.exhausted;
  }
}
