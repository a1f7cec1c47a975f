import { MtlsError, type MtlsErrorReason } from '../../errors.js';

/** Why a source cannot be used. */
export type SourceReason = MtlsErrorReason<'ERR_TRUST_SOURCE'>;

/** @param name the file, the URL or the option of the source */
export function sourceError(name: string, reason: SourceReason, cause?: unknown): MtlsError {
  return new MtlsError('ERR_TRUST_SOURCE', { field: name, reason }, { cause });
}
