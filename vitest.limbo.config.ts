import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';

/** The x509-limbo corpus, read from the file that LIMBO_PATH names. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['test/limbo/**/*.test.ts'],
    testTimeout: 120_000,
  },
});
