import fc from 'fast-check';
import { isMtlsError } from 'oauth-mtls';
import { parseItem, parseList } from 'structured-headers';
import { describe, expect, it } from 'vitest';

import { decodeBase64 } from '../../../src/platform/base64.node.js';
import { parseByteSequence, parseByteSequenceList } from '../../../src/forwarded/encoding/structured-field.js';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Bytes in base64; undefined where it is refused. */
function ours<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return undefined;
  }
}

const read = (text: string) => base64(decodeBase64(text));
const item = (text: string) => ours(() => read(parseByteSequence(text)));
const list = (text: string) => ours(() => parseByteSequenceList(text, 32).map(read));

/** An RFC 8941 parser that allows more: parameters, missing padding, other types. Undefined for what is refused. */
function oracle(text: string, many: boolean): unknown {
  try {
    const parsed = many ? parseList(text) : [parseItem(text)];
    const values = parsed.map(([value, parameters]) => {
      if (!(value instanceof ArrayBuffer) || parameters.size > 0) throw new Error('not a plain byte sequence');
      return base64(new Uint8Array(value));
    });
    return many ? values : values[0];
  } catch {
    return undefined;
  }
}

describe('RFC 8941 byte sequences', () => {
  it.each([
    [':AAEC:', 'AAEC'],
    ['  :AAEC:  ', 'AAEC'],
    ['::', ''],
  ])('RFC 8941 §4.2.7 %j', (text, bytes) => {
    expect(item(text)).toBe(bytes);
  });

  it.each([
    '',
    ':',
    'AAEC',
    ':AAEC',
    'AAEC:',
    ':AAEC:;a=1',
    ':AAEC:, :AAEC:',
    '"AAEC"',
    ':AA EC:',
    ':AAE:',
    ':AAF=:',
    ':AAE:',
    ':A:EC:',
    '\t:AAEC:',
    '(:AAEC:)',
    ':AA_-:',
  ])('refuse %j', (text) => {
    expect(item(text)).toBeUndefined();
  });

  it.each([
    [':AAEC:', ['AAEC']],
    [':AAEC:,:AAED:', ['AAEC', 'AAED']],
    [' :AAEC: \t, \t :AAED: ', ['AAEC', 'AAED']],
  ])('RFC 8941 §4.2.1 %j', (text, members) => {
    expect(list(text)).toEqual(members);
  });

  it.each([
    '',
    ',',
    ':AAEC:,',
    ',:AAEC:',
    ':AAEC:,,:AAED:',
    ':AAEC: :AAED:',
    ':AAEC:;q=1',
    ':AAEC:, (:AAEC:)',
    ':AAEC:, x',
    ':AAEC:,\n:AAED:',
  ])('refuse the list %j', (text) => {
    expect(list(text)).toBeUndefined();
  });
});

it.each<[parse: () => unknown, offset: number]>([
  [() => parseByteSequence(''), 0],
  [() => parseByteSequence('  :'), 2],
  [() => parseByteSequence('  x:AAEC:'), 2],
  [() => parseByteSequence('\t:AAEC:'), 0],
  [() => parseByteSequenceList('', 32), 0],
  [() => parseByteSequenceList('\t:AAEC:', 32), 0],
  [() => parseByteSequenceList(':AAEC:,', 32), 7],
  [() => parseByteSequenceList(':AAEC:,:', 32), 7],
  [() => parseByteSequenceList(':AAEC:, \tx', 32), 9],
])('say where they are malformed: %s', (parse, offset) => {
  const detail = { reason: 'byte-sequence', offset };
  expect(parse).toThrow(expect.objectContaining({ code: 'ERR_FORWARDED_MALFORMED', detail }));
});

it('have a limit in a list', () => {
  expect(parseByteSequenceList('::,::', 2)).toEqual(['', '']);
  const detail = { reason: 'members', limit: 2 };
  for (const text of ['::,::,::', '::,::,', '::,::,x'])
    expect(() => parseByteSequenceList(text, 2)).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_TOO_LARGE', detail }),
    );
});

describe('an independent parser', () => {
  const byteSequence = fc.uint8Array({ maxLength: 12 }).map((bytes) => `:${base64(bytes)}:`);
  const noise = fc.constantFrom(':', ',', ' ', '\t', ';', 'a', '=', 'AAEC', ':AAEC:', '(', ')', '"', '+', '/');
  const text = fc.array(fc.oneof(byteSequence, noise), { maxLength: 6 }).map((parts) => parts.join(''));

  it('accepts whatever is accepted here, with the same bytes', () => {
    fc.assert(
      fc.property(text, (value) => {
        const [mineItem, mineList] = [item(value), list(value)];
        if (mineItem !== undefined) expect(mineItem).toEqual(oracle(value, false));
        if (mineList !== undefined) expect(mineList).toEqual(oracle(value, true));
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts no well-padded byte sequence that is refused here', () => {
    fc.assert(
      fc.property(
        fc.array(byteSequence, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(',', ', ', ' ,', '\t,\t '),
        (members, separator) => {
          const value = members.join(separator);
          expect(list(value)).toEqual(oracle(value, true));
          expect(item(members[0]!)).toEqual(oracle(members[0]!, false));
        },
      ),
    );
  });
});
