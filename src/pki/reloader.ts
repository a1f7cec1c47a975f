import { MtlsError } from '../errors.js';
import { notify } from '../errors/notify.js';

/** The result of a load. */
export interface Loaded<T> {
  readonly value: T;
  /** The time of the value, in milliseconds since 1970. Default: the start of the load. */
  readonly asOf?: number;
  /** The time, in milliseconds since 1970, before which the next load must take place. */
  readonly expires?: number | undefined;
}

export interface ReloaderSettings<T> {
  readonly load: (signal: AbortSignal) => Promise<Loaded<T>>;
  /** Seconds. */
  readonly refreshInterval: number;
  /** Seconds. */
  readonly maxStaleness: number;
  /** A checked clock. */
  readonly now: () => Date;
  readonly onReload: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** A longer load counts as failed, so that a load that hangs does not stop reloading. */
const LOAD_TIMEOUT = 60_000;
/** The maximum time that a caller waits for a load if the value is too old. */
const MAX_WAIT = 5_000;
/** The delay after a failure, unless `refreshInterval` is shorter. */
const COOL_DOWN = 30_000;
/** The fraction of the remaining time until an expiry, after which a load is due. */
const EARLY = 0.8;
/** The minimum interval between loads that are due because of an expiry. */
const MIN_EARLY = 1_000;
/** The maximum random reduction of an interval, so that many processes do not load at the same time. */
const JITTER = 0.1;
/** The longest delay of a timer. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Keeps a value up to date, with one load at a time. After a failure the last good value is kept until it is too old.
 * Loads are started by a timer and, on runtimes that suspend timers, when the value is read.
 */
export class Reloader<T> {
  readonly #settings: ReloaderSettings<T>;
  #closed = false;
  #loaded: Loaded<T> | undefined;
  #loadedAt = Number.NaN;
  #nextReload = 0;
  #lastFailure: { readonly error: unknown; readonly at: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  /** The current load. */
  #running: Promise<void> | undefined;
  /** Whether the current load has called `load`. */
  #reading = false;
  /** The load after the current one, for calls of `reload` after that has started. */
  #queued: Promise<void> | undefined;

  constructor(settings: ReloaderSettings<T>) {
    this.#settings = settings;
  }

  /** The value at any age. Undefined before the first load. */
  get value(): T | undefined {
    return this.#loaded?.value;
  }

  /** Whether a load is due. A runtime may have suspended the timer. */
  get due(): boolean {
    // in this direction, so that a load is due if the clock failed during the last one
    return !(this.#now() < this.#nextReload);
  }

  get status(): {
    readonly loadedAt: Date;
    readonly nextReload: Date;
    readonly lastFailure: unknown;
    readonly failedAt: Date | undefined;
  } {
    const failure = this.#lastFailure;
    return {
      loadedAt: new Date(this.#loadedAt),
      nextReload: new Date(this.#nextReload),
      lastFailure: failure?.error,
      failedAt: failure && new Date(failure.at),
    };
  }

  /**
   * Returns the value, while it is not older than `maxStaleness`.
   *
   * @throws MtlsError ERR_PATH_STALE
   * @throws the error of a clock that fails
   */
  async get(): Promise<T> {
    this.#settings.now();
    const { due } = this;
    if (this.isStale()) {
      if (this.#running === undefined && due) this.#background();
      // a suspended process has not tried to load yet
      if (this.#running !== undefined) await withTimeout(this.#running, MAX_WAIT);
      if (this.isStale()) throw new MtlsError('ERR_PATH_STALE', {}, { cause: this.#lastFailure?.error });
    } else if (due && this.#running === undefined) {
      this.#background();
    }
    return this.#loaded!.value;
  }

  /**
   * Loads now. A call during a load waits for the next load, because the current one may have read old content.
   *
   * @throws the error of the load. The value is then unchanged
   */
  reload(): Promise<void> {
    if (this.#closed) return Promise.reject(new TypeError('reload() must not be called after close()'));
    if (this.#running === undefined) return this.#start();
    if (!this.#reading) return this.#running;
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.reload();
      });
    return this.#queued;
  }

  /** Stops reloading. The value is used until it is too old. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  #background(): void {
    // the failure is in the status, and onFailure was called
    this.reload().catch(() => undefined);
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    // one turn later, so that simultaneous calls share this load
    this.#running = Promise.resolve()
      .then(() => this.#load())
      .finally(() => {
        this.#running = undefined;
        this.#reading = false;
      });
    return this.#running;
  }

  async #load(): Promise<void> {
    const { load, refreshInterval, onReload, onFailure } = this.#settings;
    this.#reading = true;
    const interval = refreshInterval * 1000;
    const abort = (this.#abort = new AbortController());
    const timeout = setTimeout(
      () => abort.abort(new DOMException('The load takes too long', 'TimeoutError')),
      LOAD_TIMEOUT,
    );
    unref(timeout);
    try {
      const started = this.#settings.now().getTime();
      const loaded = await abortable(load(abort.signal), abort.signal);
      this.#loaded = loaded;
      this.#loadedAt = loaded.asOf ?? started;
      this.#lastFailure = undefined;
      this.#schedule(Math.min(interval, this.#untilEarly(loaded.expires)));
      notify(onReload);
    } catch (error) {
      if (this.#closed) throw error;
      this.#lastFailure = { error, at: this.#now() };
      this.#schedule(Math.min(interval, COOL_DOWN));
      notify(() => onFailure(error));
      throw error;
    } finally {
      clearTimeout(timeout);
    }
  }

  #untilEarly(expires: number | undefined): number {
    const left = (expires ?? Infinity) - this.#now();
    return left > 0 ? Math.max(left * EARLY, MIN_EARLY) : Infinity;
  }

  #schedule(interval: number): void {
    const longest = Math.min(interval, this.#settings.maxStaleness * 1000 * EARLY);
    const delay = longest * (1 - JITTER * Math.random());
    this.#nextReload = this.#now() + delay;
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#background(), Math.min(delay, MAX_DELAY));
    unref(this.#timer);
  }

  /** Whether the value is older than `maxStaleness`. */
  isStale(): boolean {
    const age = this.#now() - this.#loadedAt;
    // after a clock was set back, the age is unknown
    return !(age >= 0 && age <= this.#settings.maxStaleness * 1000);
  }

  /** NaN, at which the value is stale, if the caller's clock fails. */
  #now(): number {
    try {
      return this.#settings.now().getTime();
    } catch {
      return Number.NaN;
    }
  }
}

/** Prevents a timer from keeping the process alive, on runtimes where it does. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}

/** Resolves to the result of the work, or rejects with the reason of the signal, whichever is first. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

/** Resolves when the work has settled, or after a time in milliseconds. */
function withTimeout(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}
