import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';

/** Public corpora of certification paths, read from where LIMBO_PATH and PKITS_PATH say. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['test/limbo/**/*.test.ts', 'test/pkits/**/*.test.ts'],
    testTimeout: 120_000,
  },
});
