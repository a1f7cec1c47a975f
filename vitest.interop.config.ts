import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';

/** Against real servers: one file at a time, and patient. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['test/interop/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
