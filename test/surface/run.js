// What a change of the package could alter unnoticed: the declarations of each subpath (api.txt), its size
// (sizes.json), and the bytes of the tarball. Needs a build; run by `npm run check:surface`. With `--write`, the
// declarations and the sizes are written instead of compared.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

import { apiReport } from './api-report.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
const reportFile = new URL('api.txt', import.meta.url);
const sizesFile = new URL('sizes.json', import.meta.url);
const write = process.argv.includes('--write');

/** What two functions take that every resource server needs. */
const CHECK = `export { verifyConfirmation } from './index.js'; export { presentedCertificate } from './node.js';`;
/** Bytes that are added to a size that is written, so that a fix of a few lines needs no new budget. */
const ROOM = 512;

/**
 * Bytes of a module with all of its chunks, minified and compressed; the dependencies are not in it.
 * @param {string} contents
 */
async function sizeOf(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: dist },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'node', packages: 'external' },
    external: ['#platform/*'],
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? '').length;
}

/** @returns {Promise<Record<string, number>>} */
async function sizes() {
  /** @type {Record<string, number>} */
  const result = { 'verifyConfirmation and presentedCertificate': await sizeOf(CHECK) };
  for (const file of readdirSync(dist).filter((each) => /^[a-z-]+\.d\.ts$/.test(each)))
    result[file.replace('.d.ts', '')] = await sizeOf(`export * from './${file.replace('.d.ts', '.js')}';`);
  return result;
}

/** SHA-256 of the tarball of `npm pack`. */
function packedHash() {
  const work = mkdtempSync(join(tmpdir(), 'oauth-mtls-pack-'));
  try {
    const npm = process.env.npm_execpath;
    const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
    execFileSync(command, [...args, 'pack', '--silent', '--ignore-scripts', '--pack-destination', work], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [tarball = ''] = readdirSync(work);
    return createHash('sha256')
      .update(readFileSync(join(work, tarball)))
      .digest('hex');
  } finally {
    rmSync(work, { recursive: true });
  }
}

const report = apiReport(dist);
const measured = await sizes();
if (write) {
  writeFileSync(reportFile, report);
  const budgets = Object.entries(measured).map(([name, size]) => [name, Math.ceil((size + ROOM) / 512) * 512]);
  writeFileSync(sizesFile, `${JSON.stringify(Object.fromEntries(budgets), undefined, 2)}\n`);
} else {
  /** @type {string[]} */
  const problems = [];
  if (report !== readFileSync(reportFile, 'utf8'))
    problems.push(
      'The exported declarations have changed: run `npm run check:surface -- --write` and read the difference',
    );
  /** @type {Record<string, number>} */
  const budgets = JSON.parse(readFileSync(sizesFile, 'utf8'));
  for (const [name, size] of Object.entries(measured)) {
    const budget = budgets[name] ?? 0;
    if (size > budget) problems.push(`${name}: ${size} bytes, more than the budget of ${budget}`);
  }
  const first = packedHash();
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) utimesSync(join(dist, file), 1e9, 1e9);
  if (packedHash() !== first) problems.push('Two runs of npm pack make different tarballs');
  for (const problem of problems) console.error(`not ok - ${problem}`);
  if (problems.length > 0) process.exit(1);
  console.log(`ok - the declarations, ${Object.keys(measured).length} sizes, and the bytes of the tarball`);
}
