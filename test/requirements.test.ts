import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../subpaths.js';
import { testTitles } from './documentation.js';

interface Row {
  readonly section: string;
  readonly word: string;
  readonly what: string;
  readonly file: string;
  readonly title: string;
}

const lines = readFileSync(fromRoot('docs/requirements.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line));
const rows = lines.map((line): Row => {
  const [section = '', word = '', _who, what = '', test = ''] = line
    .split('|')
    .slice(1)
    .map((cell) => cell.trim());
  const [, file = '', title = ''] = /^`([^`]+)` › (.+)$/.exec(test) ?? [];
  return { section, word, what, file, title };
});

describe('docs/requirements.md', () => {
  it.each(rows)('§$section: $what', ({ file, title }) => {
    expect(existsSync(fromRoot(file)), file).toBe(true);
    expect(testTitles(file)).toContain(title);
  });

  it('has a row for every word in capitals of RFC 8705 §2 to §7', () => {
    // as they stand in the text of the RFC
    const inCapitals = {
      '2': ['MUST', 'MUST', 'MUST'],
      '2.1.2': ['MUST'],
      '3': ['MUST', 'MUST', 'MUST', 'MUST'],
      '3.1': ['SHOULD', 'MUST', 'MUST NOT'],
      '4': ['SHOULD'],
      '5': ['MAY', 'MUST', 'SHOULD'],
      '6.5': ['MAY'],
      '7.4': ['SHOULD'],
      '7.5': ['SHOULD', 'SHOULD NOT'],
    };
    for (const [section, words] of Object.entries(inCapitals)) {
      for (const word of new Set(words)) {
        const listed = rows.filter((row) => row.section === section && row.word === word);
        expect(listed.length, `${word} of §${section}`).toBeGreaterThanOrEqual(
          words.filter((each) => each === word).length,
        );
      }
    }
  });
});
