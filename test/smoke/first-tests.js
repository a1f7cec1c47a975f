// Runs the tests of docs/testing.md in a folder that has the packed package: vitest, jest (ESM and CommonJS) and
// node:test.
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longest test of one's own, in lines. */
const MAX_LINES = 10;

/**
 * @param {string} root of the project
 * @param {string} folder with the package and its peers in node_modules
 */
export function runFirstTests(root, folder) {
  const document = readFileSync(join(root, 'docs/testing.md'), 'utf8');
  const files = new Map(
    Array.from(document.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```/gms), ([, name, text]) => [name ?? '', text ?? '']),
  );
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const lines = (/** @type {string} */ name) => files.get(name)?.trim().split('\n').length ?? Infinity;
  for (const name of ['binding.test.js', 'binding.node.js']) {
    if (lines(name) > MAX_LINES) throw new Error(`${name} has ${lines(name)} lines`);
  }
  // jest has its own globals
  const text = files.get('binding.test.js') ?? '';
  writeFileSync(join(folder, 'binding.jest.js'), text.replace(/^import .* from 'vitest';\n/, ''));
  for (const name of ['vitest', 'jest'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction');

  const program = (/** @type {string} */ path) => join(root, 'node_modules', path);
  const jest = [
    '--experimental-vm-modules',
    program('jest/bin/jest.js'),
    '--testMatch',
    '**/*.jest.js',
    '**/*.test.cjs',
  ];
  run(folder, [program('vitest/vitest.mjs'), 'run', 'binding.test.js'], /1 passed/);
  run(folder, jest, /Tests: +2 passed, 2 total/);
  run(folder, ['--test', 'binding.node.js'], /pass 1\b/);
}

/**
 * @param {string} folder
 * @param {string[]} args
 * @param {RegExp} expected what it has to print: a runner that finds no test does not pass
 */
function run(folder, args, expected) {
  const env = { ...process.env, NO_COLOR: '1', NODE_NO_WARNINGS: '1' };
  const script = `"${process.execPath}" ${args.map((each) => `'${each}'`).join(' ')} 2>&1`;
  const printed = execFileSync('/bin/sh', ['-c', script], { cwd: folder, encoding: 'utf8', env });
  if (!expected.test(printed)) throw new Error(printed);
}
