import { assertMtlsError, MtlsError, type MtlsErrorCode } from '../../errors.js';

/**
 * How close to acceptance each reason is. If several paths fail, the highest is reported: an expired issuer is more
 * relevant than another issuer of the same name that did not sign.
 */
const RANKS: ReadonlyMap<MtlsErrorCode, number> = new Map([
  ['ERR_PATH_NO_ANCHOR', 0],
  ['ERR_PATH_LIMIT', 1],
  ['ERR_PATH_SIGNATURE', 2],
  // for a path that reaches a trust anchor
  ['ERR_PATH_LENGTH', 4],
  ['ERR_PATH_NAME_CONSTRAINTS', 4],
  ['ERR_PATH_POLICY', 4],
  ['ERR_PATH_PROFILE', 4],
  ['ERR_PATH_REVOCATION_UNKNOWN', 4],
  ['ERR_PATH_REVOKED', 5],
]);
/** For a single authority. */
const OTHERS = 3;

/** Keeps the most specific reason for which a candidate path failed, and the first of equal ones. */
export class PathFailure {
  #error: MtlsError | undefined;
  #rank = -1;

  /** Records an error. One that is not an MtlsError is rethrown. */
  record(error: unknown): void {
    assertMtlsError(error);
    this.consider(error.code, () => error);
  }

  /** Records a reason. Creates the error only if it is the most specific one so far. */
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
