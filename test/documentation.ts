import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fromRoot } from '../subpaths.js';

/** A code block of a document, or of an `@example`. */
export interface CodeBlock {
  /** The file and the number of the block in it, from 0. */
  readonly name: string;
  readonly language: string;
  readonly code: string;
}

function files(folder: string, extension: string): string[] {
  return readdirSync(fromRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => join(fromRoot(folder), file));
}

/** Every document of the repository. */
export const documents: readonly string[] = [
  ...readdirSync(fromRoot('.'))
    .filter((file) => file.endsWith('.md'))
    .map(fromRoot),
  ...['docs', 'bench', 'fixtures', 'examples'].flatMap((folder) => files(folder, '.md')),
];

/** Every code block of the documents, and of the doc comments in the sources. */
export function codeBlocks(): CodeBlock[] {
  return [...documents, ...files('src', '.ts')].flatMap((file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/^ \* ?/gm, '');
    return Array.from(text.matchAll(/^```(\w*)\n(.*?)^```/gms), ([, language, code], index) => ({
      name: `${relative(fromRoot('.'), file)}#${index}`,
      language: language!,
      code: code!,
    }));
  });
}

/** Titles of the tests in a file, as they are written there: `%s` stands for what a table puts in. */
export function testTitles(file: string): string[] {
  const source = readFileSync(fromRoot(file), 'utf8');
  return [...source.matchAll(/(?:\bit|\)|\])\(\s*(['`])(.+?)\1,/g)].map(([, , title = '']) =>
    title.replaceAll("\\'", "'"),
  );
}
