import { requireRoom } from './test/mutation/rooms.js';

const room = requireRoom();

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [`src/${room}/**/*.ts`],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // a mutant of a constant would need every test of the room again
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `reports/mutation/${room}.json`,
  concurrency: 2,
  timeoutMS: 8_000,
  timeoutFactor: 2,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  allowEmpty: true,
  tempDirName: 'reports/stryker-tmp',
  thresholds: { high: 95, low: 90, break: 90 },
};
