import { describe, expect, it } from 'vitest';
import { parseXfcc } from '../../../src/forwarded/encoding/xfcc.js';

describe('parseXfcc', () => {
  it.each<[text: string, ...elements: Record<string, string[]>[]]>([
    ['By=a', { by: ['a'] }],
    ['BY=a;by=b', { by: ['a', 'b'] }],
    ['By=', { by: [''] }],
    ['By=;URI=', { by: [''], uri: [''] }],
    ['By=a=b', { by: ['a=b'] }],
    ['By=a b', { by: ['a b'] }],
    ['By=""', { by: [''] }],
    ['By="a;b,c=d"', { by: ['a;b,c=d'] }],
    ['By="a";URI="b"', { by: ['a'], uri: ['b'] }],
    ['By="\\,\\"\\\\x"', { by: [',"\\x'] }],
    ['By="a\\b"', { by: ['ab'] }],
    ['By=a\\;URI=b', { by: ['a\\'], uri: ['b'] }],
    ['By=a,By=b', { by: ['a'] }, { by: ['b'] }],
    ['By=a,  By=b', { by: ['a'] }, { by: ['b'] }],
    ['By="a",By="b"', { by: ['a'] }, { by: ['b'] }],
    ['By=,By=', { by: [''] }, { by: [''] }],
  ])('reads %s', (text, ...elements) => {
    expect(parseXfcc(text).map((element) => Object.fromEntries(element))).toEqual(elements);
  });

  it.each<[text: string, reason: string, offset: number]>([
    ['', 'key', 0],
    ['By', 'key', 0],
    ['=a', 'key', 0],
    ['B-y=a', 'key', 0],
    [' By=a', 'key', 0],
    ['By =a', 'key', 0],
    ['By=a;', 'key', 5],
    ['By=a; URI=b', 'key', 5],
    ['By=a;URI', 'key', 5],
    ['By=a,', 'key', 5],
    ['By=a,,By=b', 'key', 5],
    ['By=a,   ', 'key', 8],
    ['By=a,\tBy=b', 'key', 5],
    ['By=a"b', 'quote', 4],
    ['By=a"', 'quote', 4],
    ['By="a"b', 'quote', 6],
    ['By="a" ;URI=b', 'quote', 6],
    ['By="', 'unbalanced-quote', 3],
    ['By="a', 'unbalanced-quote', 3],
    ['By="a\\"', 'unbalanced-quote', 3],
    ['By="a\\', 'unbalanced-quote', 3],
    ['URI=a;By="a', 'unbalanced-quote', 9],
  ])('refuses %s', (text, reason, offset) => {
    const error = { code: 'ERR_FORWARDED_MALFORMED', detail: { reason, offset } };
    expect(() => parseXfcc(text)).toThrow(expect.objectContaining(error));
  });

  it('reads 32 elements, not 33', () => {
    const elements = Array.from({ length: 33 }, () => 'By=a');
    expect(parseXfcc(elements.slice(1).join())).toHaveLength(32);
    expect(() => parseXfcc(elements.join())).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_TOO_LARGE', detail: { reason: 'elements', limit: 32 } }),
    );
  });
});
