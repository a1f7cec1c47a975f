import { isMtlsError, type MtlsErrorCode } from '../errors.js';
import { publish } from '#platform/diagnostics';

/**
 * A message on the channel `oauth-mtls:reload`: content of `createTrust` or `createReloadingPathVerifier` was replaced
 * or could not be loaded. It contains no certificate, key or credential.
 */
export interface ReloadMessage {
  readonly outcome: 'reloaded' | 'failed';
  /** The parts that were replaced. Empty after a failure. */
  readonly changed: readonly ('path' | 'server' | 'client')[];
  /** The file, the URL without its query, or the option that failed. Undefined for `createReloadingPathVerifier`. */
  readonly source: string | undefined;
  /** The error's code. Undefined if a custom function rejected with another error. */
  readonly code: MtlsErrorCode | undefined;
  readonly reason: string | undefined;
  /**
   * Whether the failed source has never been loaded. For CRLs and OCSP responses, clients are then refused, or revoked
   * clients are accepted with `revocation: 'if-available'`.
   */
  readonly neverLoaded: boolean;
}

/** A message on the channel `oauth-mtls:expiring`, 30, 7 and 1 days before something expires. */
export interface ExpiringMessage {
  readonly what: 'anchor' | 'intermediate' | 'crl' | 'server' | 'client';
  readonly when: Date;
}

export function publishReload(changed: ReloadMessage['changed']): void {
  publish('oauth-mtls:reload', (): ReloadMessage => ({
    outcome: 'reloaded',
    changed: Object.freeze([...changed]),
    source: undefined,
    code: undefined,
    reason: undefined,
    neverLoaded: false,
  }));
}

/** @param isNeverLoaded called only if there are subscribers */
export function publishFailure(error: unknown, source?: string, isNeverLoaded: () => boolean = () => false): void {
  publish('oauth-mtls:reload', (): ReloadMessage => {
    const { code, detail } = isMtlsError(error) ? error : { code: undefined, detail: undefined };
    return {
      outcome: 'failed',
      changed: Object.freeze([]),
      source,
      code,
      reason: detail?.reason,
      neverLoaded: isNeverLoaded(),
    };
  });
}

export function publishExpiring(what: ExpiringMessage['what'], when: Date): void {
  publish('oauth-mtls:expiring', (): ExpiringMessage => ({ what, when: new Date(when) }));
}
