import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { RUNTIMES } from './runtimes.js';

it('docs/runtimes.md has a row for each runtime, with the version that is run', () => {
  const text = readFileSync(fromRoot('docs/runtimes.md'), 'utf8');
  const rows = RUNTIMES.map(({ name }) => text.split('\n').find((line) => line.startsWith(`| ${name} |`)));
  for (const [at, { package: pinned, name }] of RUNTIMES.entries()) {
    // workerd's version is the date in that of its package
    const version = pinned?.split('@')[1]!.replace(/^1\.(\d{4})(\d\d)(\d\d)\.\d+$/, '$1-$2-$3') ?? '';
    expect(rows[at], name).toContain(`| ${version}`);
  }
});
