import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { fromRoot } from '../subpaths.js';

it('the contents of the site name every document, and no other file', () => {
  const contents: Record<string, Record<string, string>> = JSON.parse(
    readFileSync(fromRoot('site/contents.json'), 'utf8'),
  );
  const listed = Object.values(contents).flatMap((pages) => Object.keys(pages));
  const documents = ['docs', 'docs/guides'].flatMap((folder) =>
    readdirSync(fromRoot(folder))
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${folder}/${file}`),
  );
  expect(listed).toEqual(expect.arrayContaining(documents));
  expect(listed.filter((file) => !existsSync(fromRoot(file)))).toEqual([]);
});
