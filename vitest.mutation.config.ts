import { defineConfig } from 'vitest/config';

import { sourceAliases } from './subpaths.js';
import { MUTATION_ROOMS, requireRoom } from './test/mutation/rooms.js';

/** The tests that have to notice a change to the folder of src/ that MUTATION_ROOM names. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  test: {
    include: MUTATION_ROOMS[requireRoom()],
    testTimeout: 30_000,
  },
});
