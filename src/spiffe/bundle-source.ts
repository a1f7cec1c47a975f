import { assertMtlsError, isMtlsError, MtlsError, reasonOf } from '../errors.js';
import { raceSignal } from '../loading/guarded-fetch.js';
import type { SpiffeBundleInput } from './parse-bundle.js';
import { readTrustBundle, type TrustBundle } from './trust-bundle.js';

/** Durations in seconds. */
export interface BundleSettings {
  /** Undefined for the hint of the bundle. */
  readonly refreshInterval: number | undefined;
  readonly maxStaleness: number;
  readonly cooldown: number;
  readonly timeout: number;
  readonly now: () => Date;
  readonly onFailure: (error: MtlsError) => void;
}

/** The state of one trust domain, for health checks. */
export interface BundleStatus {
  /** When the current bundle was requested. Undefined for a configured bundle, and before the first load. */
  readonly loadedAt: Date | undefined;
  /** Thumbprints of the authorities in use. */
  readonly authorities: readonly string[];
  readonly sequence: number | undefined;
  /** The failure of the last load. Undefined if it succeeded. */
  readonly lastFailure: MtlsError | undefined;
}

/** Trust Domain and Bundle §6.1: without a hint, five minutes. */
const DEFAULT_REFRESH = 300;

/** The bundle of one trust domain, loaded again when it is due. One load at a time, shared by all callers. */
export class BundleSource {
  readonly #load: (signal: AbortSignal) => Promise<SpiffeBundleInput>;
  readonly #settings: BundleSettings;
  #bundle: TrustBundle | undefined;
  /** The highest accepted sequence. A bundle without a sequence does not reset it. */
  #sequence = -1;
  #loadedAt = -Infinity;
  #coolingSince = -Infinity;
  #failure: MtlsError | undefined;
  #loading: Promise<TrustBundle> | undefined;

  constructor(load: (signal: AbortSignal) => Promise<SpiffeBundleInput>, settings: BundleSettings) {
    this.#load = load;
    this.#settings = settings;
  }

  get status(): BundleStatus {
    return {
      loadedAt: this.#bundle && new Date(this.#loadedAt),
      authorities: this.#bundle?.authorities.map(({ thumbprint }) => thumbprint) ?? [],
      sequence: this.#bundle?.sequence,
      lastFailure: this.#failure,
    };
  }

  /**
   * Returns the current bundle. If a load is due, the caller waits for it, so that a dropped authority is not accepted
   * once more. While it cannot be loaded, the last bundle is used until `maxStaleness`.
   *
   * @throws MtlsError ERR_SPIFFE_BUNDLE_UNAVAILABLE
   */
  async current(): Promise<TrustBundle> {
    const { maxStaleness, cooldown } = this.#settings;
    if (this.#bundle !== undefined && this.#isWithin(this.#loadedAt, this.#refreshInterval())) return this.#bundle;
    const cooling = this.#failure !== undefined && this.#isWithin(this.#coolingSince, cooldown);
    try {
      if (!cooling) return await this.reload();
    } catch (error) {
      assertMtlsError(error);
    }
    if (this.#bundle !== undefined && this.#isWithin(this.#loadedAt, maxStaleness)) return this.#bundle;
    throw this.#failure!;
  }

  /**
   * Returns a newer bundle than the one with which an SVID did not verify. Undefined if that was loaded recently.
   *
   * @throws MtlsError ERR_SPIFFE_BUNDLE_UNAVAILABLE, because the authority may be a new one
   */
  async renewed(used: TrustBundle): Promise<TrustBundle | undefined> {
    if (this.#bundle !== used) return this.#bundle;
    if (this.#isWithin(this.#coolingSince, this.#settings.cooldown)) {
      if (this.#failure !== undefined) throw this.#failure;
      return undefined;
    }
    this.#coolingSince = this.#time();
    return this.reload();
  }

  /** @throws MtlsError ERR_SPIFFE_BUNDLE_UNAVAILABLE */
  reload(): Promise<TrustBundle> {
    return (this.#loading ??= this.#reload().finally(() => (this.#loading = undefined)));
  }

  async #reload(): Promise<TrustBundle> {
    // the age of the bundle is that of its request
    const at = this.#time();
    try {
      const signal = AbortSignal.timeout(Math.ceil(this.#settings.timeout * 1000));
      const bundle = readTrustBundle(await raceSignal(signal, this.#load(signal)), this.#bundle);
      if (bundle.sequence !== undefined && bundle.sequence < this.#sequence)
        throw new MtlsError('ERR_SPIFFE_BUNDLE', { field: 'spiffe_sequence', reason: 'older' });
      this.#bundle = bundle;
      this.#sequence = bundle.sequence ?? this.#sequence;
      this.#loadedAt = at;
      this.#failure = undefined;
      return bundle;
    } catch (cause) {
      const code = isMtlsError(cause) ? cause.code : undefined;
      const reason = reasonOf('ERR_SPIFFE_BUNDLE_UNAVAILABLE', code) ?? 'failed';
      this.#failure = new MtlsError('ERR_SPIFFE_BUNDLE_UNAVAILABLE', { reason }, { cause });
      this.#settings.onFailure(this.#failure);
      this.#coolingSince = this.#time();
      throw this.#failure;
    }
  }

  /** Trust Domain and Bundle §4.1.2: a hint. It is limited to a useful range. */
  #refreshInterval(): number {
    const { refreshInterval, maxStaleness } = this.#settings;
    if (refreshInterval !== undefined) return Math.min(refreshInterval, maxStaleness);
    return Math.min(Math.max(this.#bundle?.refreshHint ?? DEFAULT_REFRESH, 1), maxStaleness / 2);
  }

  #time(): number {
    return this.#settings.now().getTime();
  }

  /** Whether less than a duration has passed. False for a clock that was set back. */
  #isWithin(since: number, seconds: number): boolean {
    const age = this.#time() - since;
    return age >= 0 && age < seconds * 1000;
  }
}
