// Consumes the package as its users do: packed, installed beside nothing but its dependencies, then
// imported, required, type-checked and bundled. Needs a build; run by `npm run check:package`.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { runFirstTests } from './first-tests.js';
import { checkPlatformTypes, platformTypes } from './platform-types.js';
import { expectFailure, installBesideFormerMajors, makeCertificates } from './former-majors.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @type {string[]} */
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
const dependencies = Object.keys(manifest.dependencies);
const peers = Object.keys(manifest.peerDependencies);

/** Runs in browsers and workers too: no Node types, no Node built-ins. */
const portable = ['.', './pki', './forwarded', './jwks', './tokens', './spiffe', './fetch', './aws-lambda'].filter(
  (subpath) => subpaths.includes(subpath),
);
/** What only the test kit may load, and not before it makes a certificate. */
const heavy = ['@peculiar/x509', 'pkijs', 'asn1js', 'reflect-metadata'];
/** Must not load jose either. */
const light = ['.', './node', './pki', './forwarded', './express', './fastify', './hono', './fetch', './aws-lambda'];

let checks = 0;

/** @param {string} title @param {() => void | Promise<void>} check */
async function step(title, check) {
  try {
    await check();
  } catch (error) {
    console.error(`not ok - ${title}`);
    throw error;
  }
  checks += 1;
  console.log(`ok - ${title}`);
}

/** @param {string} subpath */
const specifierOf = (subpath) => `${manifest.name}${subpath.slice(1)}`;

/**
 * Runs node in a folder and returns what it printed; its errors reach the terminal.
 * @param {string} folder
 * @param {string[]} args
 */
function node(folder, args) {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * Lays out a folder that has the packed package and the named packages as they are installed here.
 * @param {string} name
 * @param {string} packed
 * @param {(string | [name: string, from: string])[]} linked linked rather than copied, so that their own dependencies
 *   are found; `from` is another folder of node_modules
 */
function createConsumer(name, packed, linked) {
  const folder = join(work, name);
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(packed, join(modules, manifest.name), { recursive: true });
  for (const dependency of dependencies) {
    cpSync(join(root, 'node_modules', dependency), join(modules, dependency), { recursive: true });
  }
  for (const each of linked) {
    const [dependency, from] = typeof each === 'string' ? [each, each] : each;
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(root, 'node_modules', from), join(modules, dependency), 'junction');
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  return folder;
}

/**
 * The npm that runs this, or the one in the path.
 * @param {string[]} args
 * @returns {[command: string, args: string[]]}
 */
function npm(args) {
  const path = process.env.npm_execpath;
  return path === undefined ? ['npm', args] : [process.execPath, [path, ...args]];
}

function pack() {
  const [command, args] = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', work]);
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const tarball = readdirSync(work).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  execFileSync('tar', ['-xzf', tarball], { cwd: work });
  return { tarball: join(work, tarball), packed: join(work, 'package') };
}

/**
 * Imports one subpath in a fresh process.
 * @param {string} folder
 * @param {string} specifier
 * @returns {{ names: string[], globals: string[], loaded: string[] }}
 */
function importFresh(folder, specifier) {
  return JSON.parse(node(folder, ['--no-warnings', join(root, 'test/smoke/import-fresh.js'), folder, specifier]));
}

/**
 * Type-checks a module that uses every runtime export of the subpaths, so that a declaration file that is
 * missing, empty or out of step does not pass.
 * @param {string} folder
 * @param {string[]} checked
 * @param {{ moduleResolution: string, types: string[], lib: string[] }} settings
 */
function typeCheck(folder, checked, { moduleResolution, types, lib }) {
  const source = checked.map((subpath, index) => {
    const names = JSON.stringify(exportedNames.get(subpath));
    return `import * as m${index} from '${specifierOf(subpath)}';
export const names${index}: (keyof typeof m${index})[] = ${names};
`;
  });
  writeFileSync(join(folder, 'consumer.ts'), source.join(''));
  const module = moduleResolution === 'bundler' ? 'preserve' : moduleResolution;
  const checks = { strict: true, skipLibCheck: false, noEmit: true };
  const compilerOptions = { module, moduleResolution, types, lib, target: 'es2022', ...checks };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(/** @type {{ stdout: Buffer }} */ (error).stdout.toString(), { cause: error });
  }
}

/** @type {Map<string, string[]>} */
const exportedNames = new Map();
const work = mkdtempSync(join(tmpdir(), 'oauth-mtls-smoke-'));
try {
  const { tarball, packed } = pack();
  const plain = createConsumer('plain', packed, []);
  const full = createConsumer('full', packed, [...peers, '@types/node', '@types/express', '@types/oidc-provider']);
  for (const subpath of subpaths) {
    const specifier = specifierOf(subpath);
    await step(`import '${specifier}'`, () => {
      const { names, globals, loaded } = importFresh(plain, specifier);
      if (names.length === 0) throw new Error('it exports nothing');
      exportedNames.set(subpath, names);
      if (globals.length > 0) throw new Error(`it added to the globals: ${globals.join(', ')}`);
      const refused = light.includes(subpath) ? [...heavy, 'jose'] : heavy;
      const found = refused.filter((name) => loaded.some((load) => load === name || load.startsWith(`${name}/`)));
      if (found.length > 0) throw new Error(`it loaded ${found.join(', ')}`);
    });
    await step(`require('${specifier}')`, () => {
      const script = `if (Object.keys(require(${JSON.stringify(specifier)})).length === 0) process.exit(1)`;
      node(plain, ['--no-warnings', '--input-type=commonjs', '-e', script]);
    });
  }

  await step('the command', () => {
    const command = join(plain, 'node_modules', manifest.name, manifest.bin['oauth-mtls']);
    const report = JSON.parse(
      node(plain, [command, 'inspect', '--json', join(root, 'test/cli/files/self-signed.pem')]),
    );
    if (report.certificates.length !== 1) throw new Error('it did not inspect one certificate');
    // without the packages that make certificates: says so, and nothing else
    const { status, stderr } = spawnSync(process.execPath, [command, 'serve', '--port', '0'], { encoding: 'utf8' });
    if (status !== 2 || !/requires two more packages/.test(stderr)) throw new Error(`serve: ${status} ${stderr}`);
  });

  await step(`${manifest.name}/package.json`, () => {
    createRequire(join(plain, 'package.json'))(`${manifest.name}/package.json`);
  });

  await step('npm install beside former majors of the peers', () => installBesideFormerMajors(tarball, work, npm));
  await step('the test kit, without its peers and with old ones', () => {
    const make = `import { createCertificateAuthority } from '${manifest.name}/testing';
      const authority = await createCertificateAuthority();`;
    expectFailure(plain, make, /npm install --save-dev @peculiar\/x509 reflect-metadata/);
    const generator = createConsumer('generator', packed, ['@peculiar/x509', 'reflect-metadata']);
    expectFailure(generator, `${make} await authority.ocspResponse(authority);`, /npm install --save-dev pkijs asn1js/);
    const old = createConsumer('old', packed, []);
    const folder = join(old, 'node_modules/@peculiar/x509');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@peculiar/x509', version: '1.9.7' }));
    writeFileSync(join(folder, 'index.js'), '');
    expectFailure(old, make, /requires @peculiar\/x509 1\.11\.0 or newer, but 1\.9\.7 is installed: npm install/);
  });
  const former = createConsumer('former', packed, [
    ['@peculiar/x509', 'peculiar-x509-1'],
    'reflect-metadata',
    ['pkijs', 'pkijs3'],
    ['asn1js', 'pkijs3/node_modules/asn1js'],
    ['oidc-provider', 'oidc-provider8'],
  ]);
  await step('the test kit with former majors', () => makeCertificates(former));
  await step('oidc-provider 8: no clients of SPIFFE', () => {
    const script = `
      import Provider from 'oidc-provider';
      import { createMutualTlsFeature } from '${manifest.name}/oidc-provider';
      const getCertificate = () => undefined;
      const spiffeTrust = { verifySvid: () => Promise.reject(new Error()) };
      createMutualTlsFeature({ getCertificate, spiffeTrust }).middleware(new Provider('https://as.example'));`;
    expectFailure(
      former,
      script,
      /spiffe_x509 requires oidc-provider 9 or newer, but version 8\.\d+\.\d+ is installed/,
    );
  });

  for (const moduleResolution of ['nodenext', 'bundler']) {
    await step(`types under '${moduleResolution}'`, () => {
      typeCheck(full, subpaths, { moduleResolution, types: ['node'], lib: ['es2023'] });
    });
    await step(`types under '${moduleResolution}', without those of Node`, () => {
      typeCheck(plain, portable, { moduleResolution, types: [], lib: ['es2023', 'dom'] });
    });
  }

  await step('types of AWS Lambda and Cloudflare Workers', () => {
    const platforms = createConsumer('platforms', packed, ['@types/node', ...platformTypes]);
    checkPlatformTypes(platforms, join(root, 'node_modules/typescript/bin/tsc'));
  });
  await step('first tests in vitest, jest and node:test', () => runFirstTests(root, full));

  for (const subpath of portable) {
    await step(`bundle '${specifierOf(subpath)}' for the browser`, async () => {
      // A Node built-in does not resolve for this platform and fails the build.
      const contents = `export * from '${specifierOf(subpath)}'`;
      const stdin = { contents, resolveDir: plain };
      await build({ stdin, bundle: true, write: false, format: 'esm', platform: 'browser', logLevel: 'error' });
    });
  }
  console.log(`${checks} passed, 0 failed`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
