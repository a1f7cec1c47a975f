// A project that has installed the built package, with programs/ inside the package: `#platform/…`
// resolves as it does for the package.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @typedef {{ checks: number, failures: string[] }} Result */

const run = promisify(execFile);
/** The project. */
export const work = mkdtempSync(join(tmpdir(), 'oauth-mtls-runtimes-'));
const modules = join(work, 'node_modules');
const installed = join(modules, manifest.name);
export const programs = join(installed, 'programs');

export function install() {
  for (const name of ['package.json', 'dist']) cpSync(join(root, name), join(installed, name), { recursive: true });
  cpSync(join(root, 'test/runtimes/programs'), programs, { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) {
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true, dereference: true });
  }
  // of the test kit; linked, so that they find what they depend on
  mkdirSync(join(modules, '@peculiar'));
  for (const name of ['@peculiar/x509', 'reflect-metadata'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(
    join(work, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: { [manifest.name]: '*' } }),
  );
}

export function uninstall() {
  rmSync(work, { recursive: true, force: true });
}

/**
 * Runs a program to its end in the project, and reads the last line that it prints.
 *
 * @param {string} executable
 * @param {readonly string[]} args
 */
export async function lastLine(executable, args) {
  const { stdout, stderr } = await run(executable, [...args], { cwd: work, timeout: 90_000, maxBuffer: 2 ** 26 });
  const line = (stdout + stderr)
    .trim()
    .split('\n')
    .findLast((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`It printed no answer: ${stdout}${stderr}`);
  return JSON.parse(line);
}
