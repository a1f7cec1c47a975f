import { describe, expect, it, vi } from 'vitest';
import { looksLikeText, pemBlocks, pemBlocksInTurns } from '../../src/encoding/pem.js';

const block = (...lines: readonly string[]) => ['-----BEGIN CRL-----', ...lines, '-----END CRL-----', ''].join('\n');

describe('pemBlocks', () => {
  it.each([
    ['lines without base64', block('', 'AAAA', ' \t', 'AA==', '')],
    ['white space at the ends of lines', block('AAAA ', 'AA==\t').replaceAll('-----\n', '----- \t\n')],
    ['CR LF', block('AAAA', 'AA==').replaceAll('\n', '\r\n')],
    ['CR', block('AAAA', 'AA==').replaceAll('\n', '\r')],
  ])('reads a block with %s', (_what, text) => {
    expect(pemBlocks(text, 'CRL')).toEqual([{ body: 'AAAAAA==', line: 1 }]);
    expect(pemBlocks(`x\n${text}`, 'CRL')).toEqual([{ body: 'AAAAAA==', line: 2 }]);
  });

  it.each([
    ['no block', '', { reason: 'no-block', expected: 'CRL' }],
    ['a BEGIN without a label', '-----BEGIN\n', { reason: 'begin-line', line: 1 }],
    ['a BEGIN without its dashes', 'x\n-----BEGIN CRL', { reason: 'begin-line', line: 2 }],
    ['an END without its dashes', block('AAAA', '-----END CRL'), { reason: 'no-end', line: 1 }],
    ['an END without dashes in another block', block('-----END').replaceAll('CRL', 'X'), { reason: 'no-end', line: 1 }],
    ['text in front of an END', block('AAAA', 'x -----END CRL-----'), { reason: 'not-base64', line: 3 }],
    ['white space in front of base64', block('AAAA', ' AA=='), { reason: 'not-base64', line: 3 }],
  ])('refuses %s', (_what, text, detail) => {
    expect(() => pemBlocks(text, 'CRL')).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_PEM', detail }));
  });
});

it.each([
  [9_999, 0],
  [10_000, 1],
  [25_000, 2],
])('pemBlocksInTurns pauses: %i lines, %i pauses', async (lines, pauses) => {
  const timer = vi.spyOn(globalThis, 'setTimeout');
  await pemBlocksInTurns(`${'\n'.repeat(lines - 3)}${block('AAAA')}`, 'CRL');
  expect(timer).toHaveBeenCalledTimes(pauses);
  timer.mockRestore();
});

it.each<[what: string, bytes: number[], text: boolean]>([
  ['nothing', [], false],
  ['one character', [0x2d], false],
  ['the tag of a SEQUENCE alone', [0x30], false],
  ['a SEQUENCE', [0x30, 0x82], false],
  ['an empty SEQUENCE', [0x30, 0x00], false],
  ['a PEM block', [0x2d, 0x2d], true],
  ['a byte order mark', [0xef, 0xbb], true],
  ['text that begins with the digit zero', [0x30, 0x31], true],
  ['a zero in a line of its own', [0x30, 0x0a], true],
  ['another element', [0x31, 0x82], true],
])('looksLikeText of %s is right', (_what, bytes, text) => {
  expect(looksLikeText(Uint8Array.from(bytes))).toBe(text);
});
