import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../subpaths.js';
import { testTitles } from './documentation.js';

const review = readFileSync(fromRoot('docs/guides/security-review.md'), 'utf8');
const rows = review
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|[-|]+$/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter((cells) => cells.at(-1) !== 'test');

describe('docs/guides/security-review.md', () => {
  it('has rows for all of its parts', () => expect(rows.length).toBeGreaterThan(100));

  it.each(rows.map((cells) => [cells.slice(0, -1).join(' | '), cells.at(-1)!]))('%s', (_row, test) => {
    const [, file = '', title = ''] = /^`([^`]+)` › (.+)$/.exec(test) ?? [];
    expect(existsSync(fromRoot(file)), test).toBe(true);
    expect(testTitles(file)).toContain(title);
  });

  it('has a row for every guarantee of SECURITY.md, by its number', () => {
    const guarantees = readFileSync(fromRoot('SECURITY.md'), 'utf8').split('## Guarantees')[1]!.split('\n## ')[0]!;
    const numbers = guarantees.match(/^- .*$/gm)?.map((line) => /^- ([A-Z]\d): /.exec(line)?.[1]);
    expect(numbers?.length).toBeGreaterThan(15);
    const listed = rows.map(([number = '']) => number).filter((number) => /^[A-Z]\d$/.test(number));
    expect([...new Set(listed)]).toEqual(numbers);
  });
});
