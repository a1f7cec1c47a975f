import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs the `openssl` command in a folder of its own, which is deleted by `dispose`. */
export class OpenSsl {
  readonly #folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-openssl-'));
  #files = 0;

  /** Runs one command and returns what it printed; throws when it fails. */
  run(...args: readonly string[]): string {
    return execFileSync('openssl', [...args], {
      cwd: this.#folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** The same, as a verdict. */
  succeeds(...args: readonly string[]): boolean {
    try {
      this.run(...args);
      return true;
    } catch {
      return false;
    }
  }

  /** Writes a file and returns its name. */
  write(content: string | Uint8Array): string {
    const name = `file${this.#files++}`;
    writeFileSync(join(this.#folder, name), content);
    return name;
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.#folder, name)));
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
