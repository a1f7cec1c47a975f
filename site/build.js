// Builds docs/site: the documents as pages, the API reference, and the inspector. `npm run docs`, or
// `npm run docs -- --without-reference` while you write.
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';

import { bundleInspector, inspectorPage } from './inspector-page.js';
import { layOut, topLinks } from './layout.js';
import { writeReference } from './reference.js';
import { readRepositoryPages, sitePath } from './repository-pages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const output = join(root, 'docs/site');

rmSync(output, { recursive: true, force: true });

/** @type {import('./layout.js').Contents} */
const contents = JSON.parse(readFileSync(join(here, 'contents.json'), 'utf8'));
const listed = Object.values(contents).flatMap((pages) => Object.keys(pages));
const documents = ['docs', 'docs/guides'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`),
);
const { pages, images } = readRepositoryPages(root, [...new Set([...listed, ...documents])]);

const unlisted = pages.filter(({ file }) => documents.includes(file) && !listed.includes(file));
const navigation = Object.fromEntries(
  Object.entries(contents).map(([section, files]) => [
    section,
    Object.fromEntries(Object.entries(files).map(([file, title]) => [sitePath(file), title])),
  ]),
);
if (unlisted.length > 0) {
  navigation['More'] = Object.fromEntries(unlisted.map(({ path, title }) => [path, title]));
}

for (const page of [...pages, inspectorPage()]) {
  const file = join(output, page.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, layOut(page, navigation));
}
for (const image of images) {
  mkdirSync(dirname(join(output, image)), { recursive: true });
  copyFileSync(join(root, image), join(output, image));
}
for (const name of ['style.css', 'icon.svg']) cpSync(join(here, name), join(output, name));
await bundleInspector(join(output, 'inspector.js'));
if (!process.argv.includes('--without-reference')) {
  await writeReference({
    subpaths: await readSubpaths(),
    folder: join(output, 'api'),
    stylesheet: join(here, 'reference.css'),
    links: topLinks,
  });
}
console.log(`Open ${join(output, 'index.html')}`);

/** @returns {Promise<Readonly<Record<string, string>>>} the table of subpaths.ts, on a Node that reads no TypeScript */
async function readSubpaths() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'subpaths.ts')],
    write: false,
    format: 'esm',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'subpaths.ts')).href) },
  });
  const { subpaths } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`);
  return subpaths;
}
