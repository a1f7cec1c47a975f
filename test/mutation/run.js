// Mutation testing, one folder of src/ after the other: each changes in thousands of ways, and the tests of its subject
// have to fail for each change. usage: npm run test:mutation -- [FOLDER...]
import { spawnSync } from 'node:child_process';

import { MUTATION_ROOMS } from './rooms.js';

const named = process.argv.slice(2);
const failed = (named.length > 0 ? named : Object.keys(MUTATION_ROOMS)).filter((room) => {
  const env = { ...process.env, MUTATION_ROOM: room };
  return spawnSync('npx', ['--no', 'stryker', 'run'], { stdio: 'inherit', env }).status !== 0;
});
if (failed.length > 0) {
  console.error(`below the limit, or not run: ${failed.join(', ')}`);
  process.exitCode = 1;
}
