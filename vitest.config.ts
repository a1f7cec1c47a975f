import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';

export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: ['test/**/*.test.ts'],
    // Servers and corpora have runs of their own: test:interop, test:limbo, test:pkits, test:certificates,
    // test:site.
    exclude: ['test/interop/**', 'test/limbo/**', 'test/pkits/**', 'test/certificates/**', 'test/site/**'],
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'text-summary'],
      thresholds: { lines: 90, branches: 85 },
    },
  },
});
