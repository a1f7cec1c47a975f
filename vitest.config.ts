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
    // A process runs many files: to load the sources and the frameworks for each one takes longer than the tests.
    isolate: false,
    // by default one core is left free
    maxWorkers: '100%',
    // prints failures and totals; a test that passes prints nothing
    execArgv: ['--disable-warning=ExperimentalWarning'],
    reporters: process.env.GITHUB_ACTIONS ? ['minimal', 'github-actions'] : ['minimal'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: [['text', { skipFull: true }], 'text-summary'],
      thresholds: {
        lines: 90,
        branches: 85,
        // what decides about certificates and tokens: every branch has a test, or a reason at its line
        'src/encoding/**': { 100: true },
        'src/x509/**': { 100: true },
        'src/presented/**': { 100: true },
        'src/pki/**': { 100: true },
        'src/oauth/**': { 100: true },
        'src/forwarded/**': { 100: true },
        'src/tokens/**': { 100: true },
        'src/jwks/**': { 100: true },
      },
    },
  },
});
