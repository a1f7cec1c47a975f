import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as node from '../../src/platform/base64.node.js';
import * as portable from '../../src/platform/base64.portable.js';
import { notBase64, notBase64url } from './base64-texts.js';

const refused = expect.objectContaining({ code: 'ERR_ENCODING_BASE64' });

describe.each([
  ['on Node', node],
  ['elsewhere', portable],
])('base64 %s', (_where, { decodeBase64, decodeBase64url }) => {
  it('reads what Node writes, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(new Uint8Array(decodeBase64(Buffer.from(bytes).toString('base64')))).toEqual(bytes);
      }),
    );
  });

  it('RFC 4648 §4: accepts a text only if it is the one text of its bytes', () => {
    const character = fc.constantFrom(...Array.from('ABCDabcd0189+/=-_ \n%é'));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text;
        if (canonical) expect(Buffer.from(decodeBase64(text)).toString('base64')).toBe(text);
        else expect(() => decodeBase64(text)).toThrow(refused);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(notBase64)('refuses %s', (_what, text) => {
    expect(() => decodeBase64(text)).toThrow(refused);
  });

  it('RFC 4648 §5: reads the URL alphabet without padding, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(new Uint8Array(decodeBase64url(Buffer.from(bytes).toString('base64url')))).toEqual(bytes);
      }),
    );
    for (const text of notBase64url) {
      expect(() => decodeBase64url(text), text).toThrow(refused);
    }
  });

  it('returns memory of its own', () => {
    const bytes = decodeBase64('QUFB');
    decodeBase64('QkJC').fill(0);
    expect([...bytes]).toEqual([0x41, 0x41, 0x41]);
  });
});
