import { MtlsError } from '../errors.js';
import { notify } from '../errors/notify.js';

/** What a load has brought. */
export interface Loaded<T> {
  readonly value: T;
  /** How old the value is, in milliseconds since 1970. Default: the start of the load. */
  readonly asOf?: number;
  /** The moment, in milliseconds since 1970, before which the next load has to take place. */
  readonly expires?: number | undefined;
}

export interface ReloaderSettings<T> {
  readonly load: (signal: AbortSignal) => Promise<Loaded<T>>;
  /** Seconds. */
  readonly refreshInterval: number;
  /** Seconds. */
  readonly maxStaleness: number;
  readonly now: () => Date;
  readonly onReload: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** A load that takes longer counts as failed, so that one which hangs does not end all reloading. */
const LOAD_TIMEOUT = 60_000;
/** A caller that finds the value too old waits this long for a load, and no longer. */
const MAX_WAIT = 5_000;
/** After a failure, unless `refreshInterval` is shorter. */
const COOL_DOWN = 30_000;
/** Part of what is left until something expires, after which it is loaded anew. */
const EARLY = 0.8;
/** A load that is due because something expires is at least this far from the one before. */
const MIN_EARLY = 1_000;
/** Part of an interval that chance takes away, so that many processes do not load at the same moment. */
const JITTER = 0.1;
/** The longest delay of a timer. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Keeps a value up to date: one load at a time, the last good value on failure, and none once that is too old.
 * Loads start by a timer and, where a runtime suspends timers, when the value is asked for.
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
  /** The load that runs. */
  #running: Promise<void> | undefined;
  /** Whether it has called `load`. */
  #reading = false;
  /** The load that follows it, for calls of `reload` after it has started. */
  #queued: Promise<void> | undefined;

  constructor(settings: ReloaderSettings<T>) {
    this.#settings = settings;
  }

  /** The value, undefined before the first load and however old. */
  get value(): T | undefined {
    return this.#loaded?.value;
  }

  /** Whether the time of the next load has come: a runtime may have suspended the timer. */
  get due(): boolean {
    return this.#now() >= this.#nextReload;
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
   * The value, while it is not older than `maxStaleness`.
   *
   * @throws MtlsError ERR_PATH_STALE
   */
  async get(): Promise<T> {
    const { due } = this;
    if (this.isStale()) {
      if (this.#running === undefined && due) this.#background();
      // a process that was suspended has not tried yet
      if (this.#running !== undefined) await withTimeout(this.#running, MAX_WAIT);
      if (this.isStale()) throw new MtlsError('ERR_PATH_STALE', {}, { cause: this.#lastFailure?.error });
    } else if (due && this.#running === undefined) {
      this.#background();
    }
    return this.#loaded!.value;
  }

  /**
   * Loads now. A call during a load waits for one that starts after it, since the running one may have read
   * what was there before.
   *
   * @throws the error of the load; the value is then what it was
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

  /** Ends reloading. The value stays until it is too old. */
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
    // one turn later: calls of the same moment share this load
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
    const started = this.#now();
    const interval = refreshInterval * 1000;
    const abort = (this.#abort = new AbortController());
    const timeout = setTimeout(
      () => abort.abort(new DOMException('The load takes too long', 'TimeoutError')),
      LOAD_TIMEOUT,
    );
    unref(timeout);
    try {
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
    // a clock that was set back shows nothing
    return !(age >= 0 && age <= this.#settings.maxStaleness * 1000);
  }

  #now(): number {
    return this.#settings.now().getTime();
  }
}

/** Keeps the timer from keeping the process alive, where a timer does that. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}

/** The result of the work, or the reason of the signal if that is first. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

/** Resolves when the work has ended, well or not, or after a time in milliseconds. */
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
