import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, posix } from 'node:path';

import { escapeHtml } from './escape-html.js';
import { highlight } from './highlight.js';
import { renderMarkdown } from './render-markdown.js';

const IMAGES = new Set(['.svg', '.png']);

/**
 * Where a file or folder of the repository is on the site.
 *
 * @param {string} file
 * @param {boolean} isFolder
 */
export function sitePath(file, isFolder = false) {
  if (isFolder) return `source/${file}/index.html`;
  if (IMAGES.has(extname(file))) return file;
  if (extname(file) !== '.md') return `source/${file}.html`;
  return file
    .replace(/^docs\//, '')
    .replace(/(^|\/)README\.md$/, '$1index.html')
    .replace(/\.md$/, '.html');
}

/**
 * The pages of the site that are made from the repository: `files`, and every file and folder that they link to.
 *
 * @param {string} root
 * @param {readonly string[]} files
 * @returns {{ pages: (import('./layout.js').Page & { file: string })[], images: string[] }}
 * @throws {Error} for a link that leads nowhere
 */
export function readRepositoryPages(root, files) {
  const queue = new Set(files);
  const pages = [];
  const images = [];
  for (const file of queue) {
    /** @param {string} target path in the repository */
    const add = (target) => {
      queue.add(target);
      return siteUrl(root, file, target);
    };
    if (IMAGES.has(extname(file))) images.push(file);
    else pages.push({ file, ...readPage(root, file, add) });
  }
  return { pages, images };
}

/**
 * @param {string} root
 * @param {string} file
 * @param {(target: string) => string} add adds a page, and returns the relative address of it
 * @returns {import('./layout.js').Page}
 */
function readPage(root, file, add) {
  if (statSync(join(root, file)).isDirectory()) {
    const names = readdirSync(join(root, file)).filter((name) => name !== 'node_modules');
    const items = names.map((name) => `<li><a href="${add(`${file}/${name}`)}">${escapeHtml(name)}</a></li>`);
    const content = `<h1>${escapeHtml(file)}</h1>\n<ul>\n${items.join('\n')}\n</ul>`;
    return { path: sitePath(file, true), title: file, content };
  }
  const text = readFileSync(join(root, file), 'utf8');
  const path = sitePath(file);
  if (extname(file) !== '.md') {
    const code = highlight(text, extname(file).slice(1) || posix.basename(file));
    return {
      path,
      title: file,
      content: `<h1>${escapeHtml(file)}</h1>\n<pre tabindex="0"><code>${code}</code></pre>`,
    };
  }
  const { html, headings } = renderMarkdown(text, (href) => {
    if (/^(https:|mailto:|#)/.test(href)) return href;
    const [target = '', fragment] = href.split('#');
    const url = add(posix.join(posix.dirname(file), target).replace(/\/$/, ''));
    return fragment === undefined ? url : `${url}#${fragment}`;
  });
  return { path, title: headings[0]?.text ?? file, content: html, headings };
}

/**
 * @param {string} root
 * @param {string} from
 * @param {string} to
 */
function siteUrl(root, from, to) {
  const stats = statSync(join(root, to), { throwIfNoEntry: false });
  if (stats === undefined) throw new Error(`${from} links to ${to}, which does not exist`);
  const fromFolder = statSync(join(root, from)).isDirectory();
  return posix.relative(posix.dirname(sitePath(from, fromFolder)), sitePath(to, stats.isDirectory()));
}
