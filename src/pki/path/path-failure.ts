import { isMtlsError, MtlsError, type MtlsErrorCode } from '../../errors.js';

/**
 * How near to acceptance each reason is found. Where several paths fail, the highest is reported: that an
 * issuer of the same name did not sign matters less than that the right issuer has expired.
 */
const RANKS: ReadonlyMap<MtlsErrorCode, number> = new Map([
  ['ERR_PATH_NO_ANCHOR', 0],
  ['ERR_PATH_LIMIT', 1],
  ['ERR_PATH_SIGNATURE', 2],
  // of a path that reaches a trust anchor
  ['ERR_PATH_LENGTH', 4],
  ['ERR_PATH_NAME_CONSTRAINTS', 4],
  ['ERR_PATH_POLICY', 4],
  ['ERR_PATH_PROFILE', 4],
  ['ERR_PATH_REVOCATION_UNKNOWN', 4],
  ['ERR_PATH_REVOKED', 5],
]);
/** Of one authority. */
const OTHERS = 3;

/** Keeps the most specific of the reasons for which candidate paths failed; the first among equals. */
export class PathFailure {
  #error: MtlsError | undefined;
  #rank = -1;

  /** Takes note of an error; one that is not an MtlsError is thrown on. */
  record(error: unknown): void {
    if (!isMtlsError(error)) throw error;
    this.consider(error.code, () => error);
  }

  /** Takes note of a reason, and makes the error only if it is the most specific one so far. */
  consider(code: MtlsErrorCode, make: () => MtlsError): void {
    const rank = RANKS.get(code) ?? OTHERS;
    if (rank <= this.#rank) return;
    this.#rank = rank;
    this.#error = make();
  }

  get error(): MtlsError {
    return this.#error ?? new MtlsError('ERR_PATH_NO_ANCHOR');
  }
}
