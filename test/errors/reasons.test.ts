import { readFileSync } from 'node:fs';
import { errorCodes, isMtlsError } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';
import { clientRows } from './client-rows.js';
import { derRows } from './der-rows.js';
import { reachedElsewhere } from './elsewhere.js';
import { forwardedRows } from './forwarded-rows.js';
import { metadataRows } from './metadata-rows.js';
import { oidcRows } from './oidc-rows.js';
import { pathRows } from './path-rows.js';
import { tokenRows } from './token-rows.js';

const rows = [...metadataRows, ...clientRows, ...forwardedRows, ...derRows, ...pathRows, ...tokenRows, ...oidcRows];
const titles = rows.map(({ code, reason }) => `${code} ${reason}`);

describe('each reason of a code', () => {
  it.each(rows)('$code $reason', async ({ code, reason, provoke }) => {
    let thrown: unknown;
    try {
      await provoke();
    } catch (error) {
      thrown = error;
    }
    if (!isMtlsError(thrown)) throw new Error('There was no MtlsError', { cause: thrown });
    expect([thrown.code, thrown.detail.reason]).toEqual([code, reason]);
  });

  it.each(Object.entries(reachedElsewhere))('%s is reached by %s', (reason, file) => {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    const contains = (word: string): boolean => new RegExp(`['"\`]${word}(?![\\w-])`).test(text);
    expect(contains(reason) || reason.split(' ').every(contains)).toBe(true);
  });

  it('is reached by a test, once in these tables', () => {
    const all = Object.entries(errorCodes).flatMap(([code, { reasons }]) =>
      [...new Set<string>(reasons)].map((reason) => `${code} ${reason}`),
    );
    const reached = [...titles, ...Object.keys(reachedElsewhere)];
    expect(reached.sort()).toEqual(all.sort());
  });
});
