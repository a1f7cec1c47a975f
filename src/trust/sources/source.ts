import { createHash } from 'node:crypto';
import type { Content } from './name-source.js';

/** The status of one source. */
export interface SourceStatus {
  /** The file, the URL, or the option of the source. */
  readonly name: string;
  readonly kind: 'anchor' | 'intermediate' | 'crl' | 'ocsp' | 'server' | 'client';
  /** The last time at which its content was confirmed. Undefined for a source that has never been loaded. */
  readonly loadedAt: Date | undefined;
  /** Undefined once a later load has succeeded. */
  readonly lastFailure: unknown;
  readonly failedAt: Date | undefined;
}

export interface SourceSettings<T> {
  readonly name: string;
  readonly kind: SourceStatus['kind'];
  readonly read: (signal: AbortSignal) => Promise<readonly Content[]>;
  /** Decodes and checks the content. If it throws, the last good value is kept. */
  readonly accept: (contents: readonly Content[], held: T | undefined) => T | Promise<T>;
  readonly onFailure: (error: unknown, name: string) => void;
  readonly now: () => Date;
}

/** A source of any content. */
export interface AnySource {
  readonly value: unknown;
  readonly status: SourceStatus;
  refresh(signal: AbortSignal): Promise<void>;
}

/** A value that is read repeatedly. The last good value is kept while reading fails. */
export class Source<T> implements AnySource {
  readonly #settings: SourceSettings<T>;
  #value: T | undefined;
  #digest: string | undefined;
  #loadedAt: Date | undefined;
  #failure: { readonly error: unknown; readonly at: Date } | undefined;

  constructor(settings: SourceSettings<T>) {
    this.#settings = settings;
  }

  get value(): T | undefined {
    return this.#value;
  }

  get status(): SourceStatus {
    const { name, kind } = this.#settings;
    const { error, at } = this.#failure ?? {};
    return { name, kind, loadedAt: this.#loadedAt, lastFailure: error, failedAt: at };
  }

  /** Reads the value now. Never rejects: a failure is in the status. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { name, read, accept, onFailure, now } = this.#settings;
    const started = now();
    try {
      const contents = await read(signal);
      const digest = digestOf(contents);
      if (digest !== this.#digest) {
        this.#value = await accept(contents, this.#value);
        this.#digest = digest;
      }
      this.#loadedAt = started;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = { error, at: started };
      onFailure(error, name);
    }
  }
}

function digestOf(contents: readonly Content[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.length}:`).update(content);
  return hash.digest('base64');
}
