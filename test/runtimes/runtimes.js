// The runtimes that the package is tested on.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { findChromium } from '../find-chromium.js';

const run = promisify(execFile);

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} [package] of the registry
 * @property {readonly string[]} [locate] prints the path of the executable in the package
 * @property {readonly string[]} [args] before the name of a program
 * @property {boolean} [unitTests] whether the unit tests about Node run too
 * @property {import('./handshakes.js').Abilities} [tls] absent where there is no TLS of Node's kind
 * @property {boolean} [mlDsa] whether it verifies ML-DSA signatures
 * @property {boolean} [mlDsaHandshakes] whether its TLS has ML-DSA
 */

const NODE = { locate: ['node', '-p', 'process.execPath'], tls: { silent: [], addsRoot: false, keepsVerdict: true } };
/** @type {readonly Runtime[]} */
export const RUNTIMES = [
  { name: 'node 20', package: 'node@20.20.2', ...NODE },
  { name: 'node 22', package: 'node@22.23.3', unitTests: true, ...NODE, mlDsa: true },
  { name: 'node 24', package: 'node@24.21.0', unitTests: true, ...NODE, mlDsa: true, mlDsaHandshakes: true },
  { name: 'node 26', package: 'node@26.10.0', unitTests: true, ...NODE, mlDsa: true, mlDsaHandshakes: true },
  {
    name: 'deno',
    package: 'deno@2.9.6',
    locate: ['deno', 'eval', 'console.log(Deno.execPath())'],
    args: ['run', '--allow-all', '--no-check'],
    tls: { ...NODE.tls, keepsVerdict: false },
  },
  {
    name: 'bun',
    package: 'bun@1.4.5',
    locate: ['bun', '-p', 'process.execPath'],
    mlDsa: true,
    tls: { silent: ['https'], addsRoot: true, keepsVerdict: true },
  },
  { name: 'workerd', package: 'workerd@1.20260730.1', locate: ['which', 'workerd'] },
  // of the system: test/find-chromium.js
  { name: 'chromium', mlDsa: true },
];

/**
 * The path of the executable; undefined where it cannot be had.
 *
 * @param {Runtime} runtime
 */
export async function locate({ package: packageName, locate: command = [] }) {
  if (packageName === undefined) return findChromium();
  try {
    const { stdout } = await run('npx', ['--yes', '--package', packageName, '--', ...command], { timeout: 120_000 });
    return stdout.trim();
  } catch (error) {
    console.error(String(error));
    return undefined;
  }
}

/** @param {string} executable */
export async function versionOf(executable) {
  const { stdout } = await run(executable, ['--version']);
  return /\d[\d.-]*\d/.exec(stdout)?.[0] ?? 'unknown';
}
