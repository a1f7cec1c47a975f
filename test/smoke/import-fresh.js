// node import-fresh.js FOLDER SPECIFIER
// Imports a package as a module in FOLDER would, and prints as JSON what it exports, which globals it added,
// and every bare specifier that was resolved on the way.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder = '.', specifier = ''] = process.argv.slice(2);
const temporary = mkdtempSync(join(tmpdir(), 'oauth-mtls-import-'));
const log = join(temporary, 'resolved.txt');
writeFileSync(log, '');

const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    appendFileSync(${JSON.stringify(log)}, specifier + '\\n');
    return next(specifier, context);
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

function globalKeys() {
  const owners = { globalThis, Reflect, Object, Array, Promise, Uint8Array };
  return new Set(
    Object.entries(owners).flatMap(([name, owner]) => Reflect.ownKeys(owner).map((key) => `${name}.${String(key)}`)),
  );
}

const entry = join(folder, 'entry.js');
writeFileSync(entry, `export const load = () => import(${JSON.stringify(specifier)});`);
const { load } = await import(pathToFileURL(entry).href);

const before = globalKeys();
const imported = await load();
const globals = [...globalKeys()].filter((key) => !before.has(key));

const loaded = readFileSync(log, 'utf8')
  .split('\n')
  .filter((line) => /^[@a-z]/.test(line));
rmSync(temporary, { recursive: true, force: true });
console.log(JSON.stringify({ names: Object.keys(imported), globals, loaded }));
