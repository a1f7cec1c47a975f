import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';

/** Corpora of certificates and paths, read from where LIMBO_PATH, PKITS_PATH and CERTIFICATES_PATH say. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['test/limbo/**/*.test.ts', 'test/pkits/**/*.test.ts', 'test/certificates/**/*.test.ts'],
    testTimeout: 120_000,
  },
});
