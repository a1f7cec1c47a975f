// The checks of programs/check.js in runtimes without node:fs: bundled into one file, as an application for them is.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { chromiumArgs } from '../find-chromium.js';
import { lastLine, programs, work } from './consumer.js';

/** @typedef {Awaited<ReturnType<typeof import('./programs/check.js').check>>} LibraryResult */

/**
 * The path of a bundle. A built-in of Node does not resolve, and fails the build.
 *
 * @param {string} program
 * @param {readonly string[]} conditions
 */
async function bundle(program, conditions) {
  const outfile = join(work, `bundled-${program}`);
  await build({
    entryPoints: [join(programs, program)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: [...conditions],
    target: 'es2022',
  });
  return outfile;
}

/**
 * @param {string} executable
 * @param {string} fixtures name of a file in the project
 * @returns {Promise<LibraryResult>}
 */
export async function checkInWorkerd(executable, fixtures) {
  await bundle('worker.js', ['workerd', 'worker', 'browser']);
  const config = join(work, 'config.capnp');
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "bundled-worker.js")],
  bindings = [(name = "fixtures", json = embed "${fixtures}")],
  compatibilityDate = "2026-07-01",
);
`,
  );
  return lastLine(executable, ['test', config]);
}

/**
 * @param {string} executable
 * @param {string} fixtures name of a file in the project
 * @returns {Promise<LibraryResult>}
 */
export async function checkInChromium(executable, fixtures) {
  const content = readFileSync(await bundle('page.js', ['browser']), 'utf8');
  const browser = await chromium.launch({ executablePath: executable, args: chromiumArgs });
  try {
    const page = await browser.newPage();
    // WebCrypto needs a secure context; the page comes from here, not from the network
    await page.route('https://checks.example/', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto('https://checks.example/');
    await page.addScriptTag({ type: 'module', content });
    const text = readFileSync(join(work, fixtures), 'utf8');
    await page.waitForFunction('globalThis.check');
    return JSON.parse(await page.evaluate(`check(${text}).then(JSON.stringify)`));
  } finally {
    await browser.close();
  }
}
