import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as copyNode from '../../src/platform/copy.node.js';
import * as copyPortable from '../../src/platform/copy.portable.js';
import * as sha256Node from '../../src/platform/sha256.node.js';
import * as sha256Portable from '../../src/platform/sha256.portable.js';

describe.each([
  ['on Node', { ...sha256Node, ...copyNode }],
  ['elsewhere', { ...sha256Portable, ...copyPortable }],
])('platform functions %s', (_where, { sha256Base64url, copyBytes }) => {
  it('sha256Base64url is what node:crypto says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(sha256Base64url(bytes)).toBe(createHash('sha256').update(bytes).digest('base64url'));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(sha256Base64url(text)).toBe(createHash('sha256').update(text, 'utf8').digest('base64url'));
      }),
    );
  });

  it('copyBytes makes a copy that nobody else writes to', () => {
    for (const length of [0, 5, 5000]) {
      const input = Buffer.alloc(length, 7);
      const copy = copyBytes(input);
      input.fill(0);
      expect([...copy]).toEqual(Array(length).fill(7));
    }
  });
});
