import { realpathSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** Milliseconds to wait, because one change causes several events: a rename, a symlink swap, a write in parts. */
const SETTLE = 50;

/**
 * Watches the folders of files. A mounted secret is replaced by a rename, or by swapping a symlink in its folder, which
 * a watch on the file itself does not notice. Where watching is not supported, polling notices the change.
 */
export class FileWatcher {
  readonly #folders: ReadonlySet<string>;
  readonly #onChange: () => void;
  /** By folder: the watcher, and the target of the folder's path. */
  readonly #watchers = new Map<string, { readonly target: string; readonly watcher: FSWatcher }>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(paths: readonly string[], onChange: () => void) {
    this.#folders = new Set(paths.map((path) => dirname(path)));
    this.#onChange = onChange;
  }

  /** Watches each existing folder, and again if the target of its path has changed. */
  refresh(): void {
    if (this.#closed) return;
    for (const folder of this.#folders) {
      const target = realpath(folder);
      if (target === this.#watchers.get(folder)?.target) continue;
      this.#unwatch(folder);
      if (target !== undefined) this.#watch(folder, target);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const folder of this.#folders) this.#unwatch(folder);
  }

  #watch(folder: string, target: string): void {
    try {
      const watcher = watch(target, { persistent: false }, () => {
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          this.#onChange();
        }, SETTLE).unref();
      });
      watcher.on('error', () => this.#unwatch(folder));
      this.#watchers.set(folder, { target, watcher });
    } catch {
      // for example a file system without notifications, or no watches left
    }
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }
}

function realpath(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}
