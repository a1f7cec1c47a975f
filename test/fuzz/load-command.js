import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * The function behind the command `oauth-mtls`, which the package does not export: the built command runs as soon as it
 * is imported.
 *
 * @typedef {{
 *   stdin: AsyncIterable<Uint8Array>,
 *   stdout: { write: (text: string) => unknown },
 *   stderr: { write: (text: string) => unknown },
 *   env: Record<string, string>,
 *   once: (event: string, listener: () => void) => unknown,
 * }} CommandProcess
 * @returns {Promise<(args: readonly string[], process: CommandProcess) => Promise<number>>}
 */
export async function loadCommand() {
  // beside the packages that the command loads
  const folder = mkdtempSync(new URL('../../node_modules/.oauth-mtls-fuzz-', import.meta.url).pathname);
  const outfile = join(folder, 'command.mjs');
  try {
    await build({
      entryPoints: [new URL('../../src/cli/run-command.ts', import.meta.url).pathname],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)).runCommand;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
