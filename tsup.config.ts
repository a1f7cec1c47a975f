import { defineConfig } from 'tsup';

import { outputName, platformModules, subpaths } from './subpaths.js';

const publicEntries = Object.fromEntries(
  Object.entries(subpaths).map(([subpath, source]) => [outputName(subpath), source]),
);

const platformEntries = Object.fromEntries(
  platformModules
    .flatMap((name) => [`platform/${name}.node`, `platform/${name}.portable`])
    .map((name) => [name, `src/${name}.ts`]),
);

export default defineConfig({
  entry: { ...publicEntries, ...platformEntries, cli: 'src/cli/main.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  clean: true,
  silent: true,
  sourcemap: true,
  // Without shared chunks each subpath would carry an MtlsError class of its own.
  splitting: true,
  // `#platform/*` is left for the consumer's runtime or bundler to resolve. Dependencies and peers are
  // external by themselves.
  external: [/^node:/, /^#platform\//],
  removeNodeProtocol: false,
  // tsup sets `baseUrl` for declaration builds, which TypeScript 6 reports as deprecated.
  dts: { entry: publicEntries, compilerOptions: { ignoreDeprecations: '6.0' } },
});
