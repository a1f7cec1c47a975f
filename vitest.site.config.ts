import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';

/** The built site in Chromium. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['test/site/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
