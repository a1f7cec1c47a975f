// Runs the built package on other runtimes, and says whether it does there what it does here. Needs a build:
// `npm run test:runtimes`, or `npm run test:runtimes -- deno bun` for some of them. The runtimes come from the package
// registry. One that cannot be had is said to be missing; in CI that is a failure. `-- --write` writes the table of
// docs/runtimes.md.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { checkInChromium, checkInWorkerd } from './bundled.js';
import { install, lastLine, manifest, programs, root, uninstall, work } from './consumer.js';
import { locate, RUNTIMES, versionOf } from './runtimes.js';
import { checkBunListen, checkClient, checkServer } from './sockets.js';
import { writeTable } from './write-table.js';

const run = promisify(execFile);

/** @typedef {import('./consumer.js').Result} Result */

/**
 * How the checks of the library are run where there is no node:fs.
 *
 * @type {Record<string, typeof checkInWorkerd>}
 */
const BUNDLED = { workerd: checkInWorkerd, chromium: checkInChromium };

/** @returns {Promise<typeof import('./fixtures.js')>} */
async function loadFixtures() {
  // in TypeScript, and from the sources: what the built package is compared with
  const outfile = join(root, 'node_modules', '.cache', manifest.name, 'runtimes-fixtures.mjs');
  await build({
    entryPoints: [join(root, 'test/runtimes/fixtures.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    // subpaths.ts finds the root of the project by it
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'subpaths.ts')).href) },
  });
  return import(pathToFileURL(outfile).href);
}

/** @param {string} executable */
async function runUnitTests(executable) {
  const report = join(work, 'vitest.json');
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    'test/node',
    'test/pki/certificate/ml-dsa.test.ts',
    'test/platform',
    'test/testing',
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  rmSync(report, { force: true });
  const failure = await run(executable, args, { cwd: root, timeout: 240_000, maxBuffer: 2 ** 26 }).then(
    () => undefined,
    String,
  );
  // one that was ended has written no report
  if (!existsSync(report)) return { checks: 0, failures: [failure ?? 'no report'] };
  /** @type {{ numPassedTests: number, testResults: { assertionResults: { status: string, fullName: string }[] }[] }} */
  const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failures = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  if (failure !== undefined && failures.length === 0) failures.push(failure);
  return { checks: numPassedTests, failures };
}

/**
 * @param {() => Promise<Result>} check
 * @returns {Promise<Result>}
 */
async function guarded(check) {
  try {
    const result = await check();
    return result.checks > 0 ? result : { checks: 0, failures: [...result.failures, 'nothing was checked'] };
  } catch (error) {
    return { checks: 0, failures: [String(error)] };
  }
}

const write = process.argv.includes('--write');
const wanted = process.argv.slice(2).filter((word) => word !== '--write');
if (write && wanted.length > 0) throw new Error('The table is of all runtimes');
const chosen = RUNTIMES.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
if (chosen.length === 0) throw new Error(`Runtimes are ${RUNTIMES.map(({ name }) => name).join(', ')}`);

let passed = true;
/** @type {Record<string, Record<string, string>>} */
const table = {};
/** @type {import('./write-table.js').Row[]} */
const rows = [];
try {
  install();
  const { makeFixtures, makeTlsFixtures } = await loadFixtures();
  const tls = await makeTlsFixtures();
  writeFileSync(join(work, 'fixtures.json'), JSON.stringify(await makeFixtures()));
  writeFileSync(join(work, 'server.json'), JSON.stringify(tls.server));
  writeFileSync(
    join(work, 'client.json'),
    JSON.stringify({ ...tls.clients[0], ca: tls.server.ca, otherCa: tls.otherCa }),
  );

  for (const runtime of chosen) {
    const executable = await locate(runtime);
    if (executable === undefined) {
      console.warn(`MISSING: ${runtime.name} (${runtime.package ?? ''}) cannot be had`);
      table[runtime.name] = { library: 'MISSING' };
      passed &&= !process.env.CI && !write;
      continue;
    }
    const { args = [], tls: abilities, unitTests, mlDsa = false, mlDsaHandshakes } = runtime;
    /** @type {Record<string, Result>} */
    const results = {};
    results['library'] = await guarded(async () => {
      const result = await (BUNDLED[runtime.name]?.(executable, 'fixtures.json') ??
        lastLine(executable, [...args, join(programs, 'program.js'), 'fixtures.json']));
      const failures = result.mlDsa === mlDsa ? [] : [`verifies ML-DSA: ${result.mlDsa}`];
      return { ...result, failures: [...result.failures, ...failures] };
    });
    if (abilities !== undefined) {
      results['sockets'] = await guarded(() => checkServer(executable, args, tls, abilities));
      results['fetch'] = await guarded(() => checkClient(executable, args, tls));
    }
    if (mlDsaHandshakes)
      results['ML-DSA'] = await guarded(() => lastLine(executable, [...args, join(programs, 'ml-dsa.js')]));
    if (runtime.name === 'bun') results['recipe'] = await guarded(() => checkBunListen(executable, tls));
    if (unitTests) results['unit tests'] = await guarded(() => runUnitTests(executable));
    for (const [name, { failures }] of Object.entries(results)) {
      for (const failure of failures.slice(0, 20)) console.error(`not ok - ${runtime.name}, ${name}: ${failure}`);
      passed &&= failures.length === 0;
    }
    const checks = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, result.checks]));
    rows.push({ name: runtime.name, version: await versionOf(executable), mlDsa, checks });
    table[runtime.name] = Object.fromEntries(
      Object.entries(results).map(([name, { checks, failures }]) => [
        name,
        failures.length === 0 ? `${checks} ok` : `${failures.length} FAILED`,
      ]),
    );
  }
} finally {
  uninstall();
}
console.table(table);
if (write && passed) writeTable(rows);
process.exitCode = passed ? 0 : 1;
