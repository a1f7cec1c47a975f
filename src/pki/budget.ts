import { MtlsError } from '../errors.js';
import { checkOptions, withDefaults } from '../options.js';

/** How much work one call of `verify` may do before it refuses. Whole numbers. */
export interface PathLimits {
  /** Intermediate certificates that the caller hands over. Default 100: real chains failed with 32. */
  readonly intermediates?: number;
  /** Bytes of DER in those intermediates: what they say is read before anything shows who says it. Default 262144. */
  readonly intermediateBytes?: number;
  /** Certificates between leaf and trust anchor. Default 16. */
  readonly depth?: number;
  /** Issuers that are looked at during the search. Default 5000. */
  readonly candidates?: number;
  /**
   * Signatures, counted in verifications of P-256; a slower one counts for several: P-384 and Ed448 four,
   * P-521 ten, RSA above 4096 bits four. Default 200.
   */
  readonly signatures?: number;
  /** Paths that reach a trust anchor and fail there. Default 100. */
  readonly paths?: number;
  /** Comparisons of a name with a constraint, and of a policy with another. Default 500000. */
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

/** The limits with their defaults; a TypeError for a limit that is not a whole number or not known. */
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

/** What is left of the limits during one call of `verify`. */
export class Budget {
  readonly #limits: Required<PathLimits>;
  readonly #left: Record<keyof PathLimits, number>;
  /** The error that ended the search, once a limit was passed: nothing may be accepted afterwards. */
  exhausted: MtlsError | undefined;

  constructor(limits: Required<PathLimits>) {
    this.#limits = limits;
    this.#left = { ...limits };
  }

  get depth(): number {
    return this.#limits.depth;
  }

  /** @throws MtlsError ERR_PATH_LIMIT once the limit is passed, and at every call after that */
  spend(name: 'candidates' | 'paths' | 'signatures' | 'nameComparisons', amount = 1): void {
    if (this.exhausted !== undefined) throw this.exhausted;
    this.#left[name] -= amount;
    if (this.#left[name] >= 0) return;
    this.exhausted = limitError(name, this.#limits[name]);
    throw this.exhausted;
  }
}
