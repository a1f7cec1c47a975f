// Runs the built package on other runtimes, and says whether it does there what it does here. Needs a build:
// `npm run test:runtimes`, or `npm run test:runtimes -- deno bun` for some of them. The runtimes come from the package
// registry. One that cannot be had is said to be missing; in CI that is a failure.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { shakeHands, startPeer } from './handshakes.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const run = promisify(execFile);

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string} [package] of the registry; without it, the Node that runs this
 * @property {readonly string[]} [locate] prints the path of the executable
 * @property {readonly string[]} [args] before the name of a program
 * @property {boolean} [unitTests] whether the unit tests about Node run too
 * @property {import('./handshakes.js').Abilities} [tls] absent where there is no TLS of Node's kind
 */

const NODE = { locate: ['node', '-p', 'process.execPath'], tls: { silent: [], addsRoot: false, keepsVerdict: true } };
/** @type {readonly Runtime[]} */
const RUNTIMES = [
  { name: `node ${process.versions.node}`, tls: NODE.tls },
  { name: 'node 22', package: 'node@22.23.3', unitTests: true, ...NODE },
  { name: 'node 24', package: 'node@24.21.0', unitTests: true, ...NODE },
  { name: 'node 26', package: 'node@26.10.0', unitTests: true, ...NODE },
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
    tls: { silent: ['https'], addsRoot: true, keepsVerdict: true },
  },
  { name: 'workerd', package: 'workerd@1.20260730.1', locate: ['which', 'workerd'] },
];

/** @typedef {{ checks: number, failures: string[] }} Result */

const work = mkdtempSync(join(tmpdir(), 'oauth-mtls-runtimes-'));
/**
 * The package as it is installed, with the programs of this folder inside: `#platform/…` resolves as it does for the
 * package.
 */
const installed = join(work, 'node_modules', manifest.name);
const programs = join(installed, 'test/runtimes');

function install() {
  for (const name of ['package.json', 'dist', 'test/runtimes'])
    cpSync(join(root, name), join(installed, name), { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) {
    cpSync(join(root, 'node_modules', name), join(work, 'node_modules', name), { recursive: true, dereference: true });
  }
  writeFileSync(
    join(work, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: { [manifest.name]: '*' } }),
  );
}

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

/**
 * The path of the executable; undefined where it cannot be had.
 *
 * @param {Runtime} runtime
 */
async function locate({ package: packageName, locate: command = [] }) {
  if (packageName === undefined) return process.execPath;
  try {
    const { stdout } = await run('npx', ['--yes', '--package', packageName, '--', ...command], { timeout: 120_000 });
    return stdout.trim();
  } catch (error) {
    console.error(String(error));
    return undefined;
  }
}

/**
 * Runs a program to its end, and reads the last line that it prints.
 *
 * @param {string} executable
 * @param {readonly string[]} args
 */
async function lastLine(executable, args) {
  const { stdout, stderr } = await run(executable, [...args], { cwd: work, timeout: 90_000, maxBuffer: 2 ** 26 });
  const line = (stdout + stderr)
    .trim()
    .split('\n')
    .findLast((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`It printed no answer: ${stdout}${stderr}`);
  return JSON.parse(line);
}

/**
 * @param {string} executable
 * @param {string} fixtures
 * @returns {Promise<Result>}
 */
async function checkInWorkerd(executable, fixtures) {
  const bundle = join(work, 'worker.js');
  const conditions = ['workerd', 'worker', 'browser'];
  // a built-in of Node does not resolve, and fails the build
  await build({
    entryPoints: [join(programs, 'worker.js')],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions,
    target: 'es2022',
  });
  const config = join(work, 'config.capnp');
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  bindings = [(name = "fixtures", json = embed "${fixtures}")],
  compatibilityDate = "2026-07-01",
);
`,
  );
  return lastLine(executable, ['test', config]);
}

/**
 * @param {string} executable
 * @param {readonly string[]} args
 * @param {import('./fixtures.js').TlsFixtures} tls
 * @param {import('./handshakes.js').Abilities} abilities
 */
async function checkServer(executable, args, tls, abilities) {
  const server = spawn(executable, [...args, join(programs, 'tls-server.js'), 'server.json'], {
    cwd: work,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [ports] = await once(server.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
    return await shakeHands(JSON.parse(String(ports)), tls, abilities);
  } finally {
    server.kill();
  }
}

/**
 * @param {string} executable
 * @param {readonly string[]} args
 * @param {import('./fixtures.js').TlsFixtures} tls
 */
async function checkClient(executable, args, tls) {
  const peer = await startPeer(tls);
  try {
    const answers = await lastLine(executable, [
      ...args,
      join(programs, 'tls-client.js'),
      'client.json',
      String(peer.port),
    ]);
    const expected = {
      certificate: tls.clients[0]?.thumbprint,
      body: 'a=b',
      otherAuthority: 'refused',
      signal: 'refused',
      signalInBody: 'refused',
    };
    const failures = Object.entries(expected).flatMap(([name, value]) =>
      answers[name] === value ? [] : [`mutualTlsFetch, ${name}: ${answers[name]}`],
    );
    return { checks: Object.keys(expected).length, failures };
  } finally {
    peer.stop();
  }
}

/**
 * Runs the recipe for Bun.listen as docs/recipes.md prints it.
 *
 * @param {string} executable
 * @param {import('./fixtures.js').TlsFixtures} tls
 */
async function checkBunListen(executable, tls) {
  const blocks = readFileSync(join(root, 'docs/recipes.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
  const recipe = Array.from(blocks, ([, code = '']) => code).find((code) => code.includes("source: 'Bun.listen'"));
  writeFileSync(join(programs, 'bun-recipe.ts'), recipe ?? '');
  const [client] = tls.clients;
  const answers = await lastLine(executable, [join(programs, 'bun-listen.js'), 'server.json', 'client.json']);
  const expected = { none: 'none', client: `${client?.thumbprint} unknown` };
  const failures = Object.entries(expected).flatMap(([name, value]) =>
    answers[name] === value ? [] : [`Bun.listen, ${name}: ${answers[name]}`],
  );
  return { checks: Object.keys(expected).length, failures };
}

/** @param {string} executable */
async function runUnitTests(executable) {
  const report = join(work, 'vitest.json');
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    'test/node',
    'test/platform',
    'test/testing',
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  try {
    await run(executable, args, { cwd: root, timeout: 120_000, maxBuffer: 2 ** 26 });
    return { checks: JSON.parse(readFileSync(report, 'utf8')).numPassedTests, failures: [] };
  } catch (error) {
    return { checks: 0, failures: [String(error)] };
  }
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

const wanted = process.argv.slice(2);
const chosen = RUNTIMES.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
if (chosen.length === 0) throw new Error(`Runtimes are ${RUNTIMES.map(({ name }) => name).join(', ')}`);

let passed = true;
/** @type {Record<string, Record<string, string>>} */
const table = {};
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
      passed &&= !process.env.CI;
      continue;
    }
    const { args = [], tls: abilities, unitTests } = runtime;
    /** @type {Record<string, Result>} */
    const results = {};
    results['library'] = await guarded(() =>
      runtime.name === 'workerd'
        ? checkInWorkerd(executable, 'fixtures.json')
        : lastLine(executable, [...args, join(programs, 'program.js'), 'fixtures.json']),
    );
    if (abilities !== undefined) {
      results['sockets'] = await guarded(() => checkServer(executable, args, tls, abilities));
      results['fetch'] = await guarded(() => checkClient(executable, args, tls));
    }
    if (runtime.name === 'bun') results['recipe'] = await guarded(() => checkBunListen(executable, tls));
    if (unitTests) results['unit tests'] = await guarded(() => runUnitTests(executable));
    for (const [name, { failures }] of Object.entries(results)) {
      for (const failure of failures.slice(0, 20)) console.error(`not ok - ${runtime.name}, ${name}: ${failure}`);
      passed &&= failures.length === 0;
    }
    table[runtime.name] = Object.fromEntries(
      Object.entries(results).map(([name, { checks, failures }]) => [
        name,
        failures.length === 0 ? `${checks} ok` : `${failures.length} FAILED`,
      ]),
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.table(table);
process.exitCode = passed ? 0 : 1;
