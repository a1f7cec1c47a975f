import { checkedClock, checkOptions } from '../options.js';
import type { CertificateInput } from '../x509/certificate.js';
import {
  renewPathVerifier,
  type CertificationPath,
  type CertificationPathVerifier,
  type ExpiringPathVerifier,
  type VerifyPathOptions,
} from './path-verifier.js';
import { ExpiryNotices } from './expiry-notices.js';
import { Reloader } from './reloader.js';
import { publishExpiring, publishFailure, publishReload } from './trust-messages.js';
import type { PathVerifierOptions } from './verifier-options.js';

export interface ReloadingPathVerifierOptions {
  /**
   * Returns the options of the next verifier, for example from files, a database or a download. The signal is aborted
   * after 60 seconds and by `close()`. Later results are ignored.
   */
  readonly load: (signal: AbortSignal) => Promise<PathVerifierOptions>;
  /** Seconds between two loads, reduced by up to a tenth at random. Default 300. */
  readonly refreshInterval?: number;
  /** Seconds, not milliseconds, for which the last good set is used while loads fail. Default 86,400. */
  readonly maxStaleness?: number;
  /** Called after each successful load except the first. Its exceptions are ignored. */
  readonly onReload?: () => void;
  /** Called after each failed load except the first. Its exceptions are ignored. */
  readonly onFailure?: (error: unknown) => void;
  /** The clock. Default: the current time. A result other than a valid Date is a TypeError. */
  readonly now?: () => Date;
}

export interface ReloadingPathVerifierStatus {
  /** Start of the last successful load. */
  readonly loadedAt: Date;
  readonly nextReload: Date;
  /** The first expiry of a trust anchor, and of a CRL without a later one of the same issuer and scope. */
  readonly expires: { readonly anchor: Date; readonly crl: Date | undefined };
  /** The error of the last failed load. Undefined after a later success. */
  readonly lastFailure: unknown;
  /** When that load failed. */
  readonly failedAt: Date | undefined;
}

/** A verifier whose trust anchors, CRLs and OCSP responses are reloaded while it is used. */
export interface ReloadingPathVerifier extends CertificationPathVerifier {
  /**
   * Loads now, or after the current load.
   *
   * @throws the errors of `load` and `createPathVerifier`. The current set is then kept
   */
  reload(): Promise<void>;
  /** Stops reloading. The current set is used until it is older than `maxStaleness`. */
  close(): void;
  readonly status: ReloadingPathVerifierStatus;
}

const DEFAULT_REFRESH_INTERVAL = 300;
const DEFAULT_MAX_STALENESS = 86_400;

/**
 * Creates a path verifier that reloads its options: every `refreshInterval`, before a CRL expires, and when `reload()`
 * is called. The first load must succeed. A new set replaces the previous one atomically, and a failed load changes
 * nothing. One load runs at a time.
 *
 * While loads fail, the last good set is used until it is older than `maxStaleness`. After that, each certificate is
 * refused with ERR_PATH_STALE. `verify` waits up to five seconds if the set is too old and a load is due.
 *
 * Reloads, failures and expirations are published on the diagnostics channels `oauth-mtls:reload` and
 * `oauth-mtls:expiring`.
 *
 * Checks: the same as `createPathVerifier`. Does not check: that a CRL is newer than the one it replaces, as
 * `createTrust` of `oauth-mtls/trust` does.
 *
 * @example
 * ```ts
 * import { createReloadingPathVerifier } from 'oauth-mtls/pki';
 * declare function readAuthorities(): Promise<string[]>;
 * declare function downloadCrl(signal: AbortSignal): Promise<Uint8Array>;
 * const pathVerifier = await createReloadingPathVerifier({
 *   load: async (signal) => ({
 *     trustAnchors: await readAuthorities(),
 *     crls: [await downloadCrl(signal)],
 *     revocation: 'require',
 *   }),
 *   refreshInterval: 600,
 *   onFailure: (error) => console.error('Trust anchors were not reloaded', error),
 * });
 * ```
 * @throws TypeError for an option of the wrong type, or one that is not known
 * @throws the errors of `load` and `createPathVerifier` for the first set
 */
export async function createReloadingPathVerifier(
  options: ReloadingPathVerifierOptions,
): Promise<ReloadingPathVerifier> {
  checkOptions<ReloadingPathVerifierOptions>(
    options,
    {
      load: 'function',
      refreshInterval: 'seconds',
      maxStaleness: 'seconds',
      onReload: 'function',
      onFailure: 'function',
      now: 'function',
    },
    ['load'],
  );
  const { load, refreshInterval = DEFAULT_REFRESH_INTERVAL, maxStaleness = DEFAULT_MAX_STALENESS } = options;
  const { onReload, onFailure } = options;
  const now = checkedClock(options.now);
  if (refreshInterval === 0 || maxStaleness === 0) {
    throw new TypeError('Options "refreshInterval" and "maxStaleness" must be positive');
  }
  let ready = false;
  const notices = new ExpiryNotices<'anchor' | 'crl'>(({ what, when }) => publishExpiring(what, when));
  const reloader: Reloader<ExpiringPathVerifier> = new Reloader({
    load: async (signal) => {
      const value = await renewPathVerifier(await load(signal), reloader.value);
      return { value, expires: value.expires.crl?.getTime() };
    },
    refreshInterval,
    maxStaleness,
    now,
    onReload: () => {
      const { anchor, crl } = reloader.value!.expires;
      notices.check(
        [
          { what: 'anchor' as const, id: '', when: anchor },
          ...(crl ? [{ what: 'crl' as const, id: '', when: crl }] : []),
        ],
        now(),
      );
      if (!ready) return undefined;
      publishReload(['path']);
      // returned, because it may be a promise that rejects
      return onReload?.();
    },
    onFailure: (error) => {
      if (!ready) return undefined;
      publishFailure(error);
      return onFailure?.(error);
    },
  });
  try {
    await reloader.reload();
  } catch (error) {
    reloader.close();
    throw error;
  }
  ready = true;
  return new Reloading(reloader, now);
}

class Reloading implements ReloadingPathVerifier {
  readonly #reloader: Reloader<ExpiringPathVerifier>;
  readonly #now: () => Date;

  constructor(reloader: Reloader<ExpiringPathVerifier>, now: () => Date) {
    this.#reloader = reloader;
    this.#now = now;
  }

  get status(): ReloadingPathVerifierStatus {
    return { ...this.#reloader.status, expires: this.#reloader.value!.expires };
  }

  async verify(
    certificate: CertificateInput,
    intermediates?: readonly CertificateInput[],
    options: VerifyPathOptions = {},
  ): Promise<CertificationPath> {
    const verifier = await this.#reloader.get();
    return verifier.verify(certificate, intermediates, { ...options, now: options.now ?? this.#now() });
  }

  reload(): Promise<void> {
    return this.#reloader.reload();
  }

  close(): void {
    this.#reloader.close();
  }
}
