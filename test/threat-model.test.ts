import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../subpaths.js';
import { testTitles } from './documentation.js';

const rows = readFileSync(fromRoot('docs/guides/threat-model.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!an attacker can try|-)/.test(line))
  .map((line) => {
    const [attack = '', stopped = '', test = '', yours = ''] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { attack, stopped, test, yours };
  });

describe('docs/guides/threat-model.md', () => {
  it('has rows, each with a test or with a task of the deployment', () => {
    expect(rows.length).toBeGreaterThan(35);
    for (const { attack, stopped, test, yours } of rows) {
      expect(attack).not.toBe('');
      expect([attack, stopped === '' && yours === ''], attack).toEqual([attack, false]);
      expect([attack, test === ''], attack).toEqual([attack, stopped === '']);
    }
  });

  it.each(rows.filter(({ test }) => test !== ''))('$attack', ({ test }) => {
    const [, file = '', title = ''] = /^`([^`]+)` › (.+)$/.exec(test) ?? [];
    expect(existsSync(fromRoot(file)), test).toBe(true);
    expect(testTitles(file)).toContain(title);
  });
});
