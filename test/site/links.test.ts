import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { expect, it } from 'vitest';

import { fromRoot } from '../../subpaths.js';

const site = fromRoot('docs/site');
const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
const texts = new Map(pages.map((file) => [join(site, file), readFileSync(join(site, file), 'utf8')]));

it('has a page for each document, and the reference of each subpath', () => {
  const documents = readdirSync(fromRoot('docs')).filter((file) => file.endsWith('.md'));
  expect(pages).toEqual(expect.arrayContaining(documents.map((file) => file.replace(/\.md$/, '.html'))));
  expect(pages.filter((file) => file.startsWith('api/modules/')).length).toBeGreaterThan(10);
});

it('has no link that leads nowhere', () => {
  const dead: string[] = [];
  for (const [file, text] of texts) {
    for (const [, link] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      const target = decodeURIComponent(link!.replaceAll('&amp;', '&'));
      if (/^(https?:|mailto:|data:)/.test(target)) continue;
      const [path = '', fragment] = target.split('#');
      const found = path === '' ? file : join(dirname(file), path);
      const page = texts.get(found);
      const isThere = page === undefined ? existsSync(found) && statSync(found).isFile() : hasId(page, fragment);
      if (!isThere) dead.push(`${relative(site, file)}: ${target}`);
    }
  }
  expect(texts.size).toBeGreaterThan(50);
  expect(dead).toEqual([]);
});

function hasId(page: string, fragment: string | undefined): boolean {
  return fragment === undefined || fragment === '' || page.includes(`id="${fragment}"`);
}
