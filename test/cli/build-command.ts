import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { fromRoot } from '../../subpaths.js';

/** Builds the command from the sources. Returns a folder with `oauth-mtls` in it, to be removed afterwards. */
export async function buildCommand(): Promise<string> {
  // beside the packages that the command loads
  const folder = mkdtempSync(fromRoot('node_modules/.oauth-mtls-cli-'));
  await build({
    entryPoints: { cli: fromRoot('src/cli/main.ts') },
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'package.json'), '{"name":"oauth-mtls","version":"0.0.0-test","type":"module"}');
  const script = `#!/bin/sh\nexec '${process.execPath}' '${folder}/dist/cli.js' "$@"\n`;
  writeFileSync(join(folder, 'oauth-mtls'), script, { mode: 0o755 });
  return folder;
}
