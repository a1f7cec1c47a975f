// Writes what a run has shown into docs/runtimes.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './consumer.js';

/** @typedef {{ name: string, version: string, mlDsa: boolean, checks: Readonly<Record<string, number>> }} Row */

const FILE = join(root, 'docs/runtimes.md');
const COLUMNS = ['library', 'sockets', 'fetch', 'ML-DSA', 'unit tests'];
const BEGIN = '<!-- written by npm run test:runtimes -- --write -->\n';
const END = '<!-- end -->';

/** @param {readonly Row[]} rows */
export function writeTable(rows) {
  const [before = '', rest = ''] = readFileSync(FILE, 'utf8').split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  if (!after.startsWith(END)) throw new Error('docs/runtimes.md has no place for the table');
  const lines = rows.map(({ name, version, mlDsa, checks }) =>
    line([name, version, ...COLUMNS.map((column) => String(checks[column] ?? '–')), mlDsa ? 'yes' : 'no']),
  );
  const head = ['runtime', 'version', 'library', 'TLS sockets', '`mutualTlsFetch`', 'ML-DSA handshakes', 'unit tests'];
  const table = [line([...head, 'ML-DSA signatures']), line(Array.from({ length: 8 }, () => '---')), ...lines].join(
    '\n',
  );
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    FILE,
    `${before}${BEGIN}\nRun on ${date}. A number is that of the checks, all of which passed.\n\n${table}\n\n${after}`,
  );
}

/** @param {readonly string[]} cells */
function line(cells) {
  return `| ${cells.join(' | ')} |`;
}
