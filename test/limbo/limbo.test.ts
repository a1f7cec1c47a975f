import { beforeAll, describe, expect, it } from 'vitest';

import { readCorpus, runCorpus, type LimboCase, type Outcome } from './corpus.js';
import { divergences, strictDivergences, type Divergences } from './divergences.js';

const path = process.env.LIMBO_PATH;

if (path === undefined && process.env.CI === 'true') {
  it('needs the corpus: LIMBO_PATH names its limbo.json', () => expect(path).toBeDefined());
} else if (path === undefined) {
  console.warn('x509-limbo: skipped, because LIMBO_PATH does not name its limbo.json');
  it.skip('x509-limbo: LIMBO_PATH does not name its limbo.json', () => undefined);
} else {
  const cases = readCorpus(path);
  describe('x509-limbo', () => judgeCorpus(cases, false, divergences));
  describe('x509-limbo, strict profile', () => judgeCorpus(cases, true, strictDivergences));
}

function judgeCorpus(cases: readonly LimboCase[], strictProfile: boolean, listed: Divergences): void {
  let outcomes: readonly Outcome[] = [];
  const ids = (of: readonly Outcome[]) => of.map(({ testCase, code }) => `${testCase.id} ${code}`.trim()).sort();
  const isListed = ({ testCase }: Outcome) => listed.has(testCase.id);
  const diverges = ({ result, testCase }: Outcome) => result !== testCase.expected_result;

  beforeAll(async () => {
    outcomes = await runCorpus(cases, strictProfile);
    console.log(table(outcomes, isListed));
  }, 600_000);

  it('judges every case', () => expect(outcomes).toHaveLength(cases.length));

  it('hangs nowhere', () => expect(ids(outcomes.filter(({ result }) => result === 'HANG'))).toEqual([]));

  it('throws nothing but its own errors', () =>
    expect(ids(outcomes.filter(({ result }) => result === 'UNTYPED'))).toEqual([]));

  it('accepts nothing that is to be refused', () => {
    expect(
      ids(outcomes.filter((outcome) => outcome.result === 'SUCCESS' && diverges(outcome) && !isListed(outcome))),
    ).toEqual([]);
  });

  it('refuses nothing that is to be accepted', () => {
    expect(
      ids(outcomes.filter((outcome) => outcome.result === 'FAILURE' && diverges(outcome) && !isListed(outcome))),
    ).toEqual([]);
  });

  it('lists no divergence that there is none of', () => {
    expect(ids(outcomes.filter((outcome) => isListed(outcome) && !diverges(outcome)))).toEqual([]);
  });
}

/** Counts by namespace. */
function table(outcomes: readonly Outcome[], isListed: (outcome: Outcome) => boolean): string {
  const rows = new Map<
    string,
    { cases: number; right: number; listed: number; accepts: number; rejects: number; slowest: number }
  >();
  for (const outcome of outcomes) {
    const { testCase, result, milliseconds } = outcome;
    for (const name of [testCase.id.split('::').slice(0, -1).join('::'), 'all']) {
      const row = rows.get(name) ?? { cases: 0, right: 0, listed: 0, accepts: 0, rejects: 0, slowest: 0 };
      rows.set(name, row);
      row.cases++;
      row.slowest = Math.max(row.slowest, Math.round(milliseconds));
      if (result === testCase.expected_result) row.right++;
      else if (isListed(outcome)) row.listed++;
      else if (result === 'SUCCESS') row.accepts++;
      else row.rejects++;
    }
  }
  const cells = [
    ['namespace', 'cases', 'right', 'listed', 'false accepts', 'false rejects', 'slowest ms'],
    ...[...rows]
      .sort(([a], [b]) => (a === 'all' ? 1 : b === 'all' ? -1 : a < b ? -1 : 1))
      .map(([name, row]) => [name, ...Object.values(row).map(String)]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
    )
    .join('\n');
}
