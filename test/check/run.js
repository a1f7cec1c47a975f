// Runs the npm scripts that have to pass, as `npm run check`. Two run at the same time where neither needs the other.
import { spawn } from 'node:child_process';

/** One after the other; lanes of a stage side by side. */
const STAGES = [
  [['build']],
  // lanes of about the same length
  [
    ['lint', 'check:format'],
    ['typecheck', 'check:package'],
  ],
  // takes every core itself, and measures time
  [['test:coverage']],
];

let failed = false;

/**
 * Runs a script, and prints what it printed when it has ended.
 * @param {string} script
 * @returns {Promise<void>}
 */
function run(script) {
  const npm = process.env.npm_execpath;
  const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const start = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, 'run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== 0) failed = true;
      const outcome = status === 0 ? 'passed' : 'FAILED';
      console.log(`\n== ${script}: ${outcome} after ${Math.round((Date.now() - start) / 1000)} s`);
      process.stdout.write(Buffer.concat(printed));
      resolve();
    });
  });
}

for (const lanes of STAGES) {
  await Promise.all(
    lanes.map(async (scripts) => {
      for (const script of scripts) if (!failed) await run(script);
    }),
  );
}
if (failed) process.exitCode = 1;
