import { realpathSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** Events of one change come in groups: a rename, a symlink swap, a write in parts. */
const SETTLE = 50;

/**
 * Watches the folders of files: a mounted secret is replaced by a rename or by swapping a symlink beside it, of which a
 * watch on the file itself sees nothing. Where watching does not work, polling has to do.
 */
export class FileWatcher {
  readonly #folders: ReadonlySet<string>;
  readonly #onChange: () => void;
  /** By folder: the watcher, and what the folder's path led to. */
  readonly #watchers = new Map<string, { readonly target: string; readonly watcher: FSWatcher }>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(paths: readonly string[], onChange: () => void) {
    this.#folders = new Set(paths.map((path) => dirname(path)));
    this.#onChange = onChange;
  }

  /** Watches each folder that is there, and anew where its path leads elsewhere than before. */
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
      // such as a file system without notifications, or none left
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
