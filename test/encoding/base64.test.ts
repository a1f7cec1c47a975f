import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../src/encoding/base64.js';

const refused = expect.objectContaining({ code: 'ERR_ENCODING_BASE64' });

describe('decodeBase64', () => {
  it('reads what Node writes, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
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

  it.each([
    ['padding in the middle, where Node stops reading', 'SPOOF==, REAL'],
    ['padding in the middle of one value', 'QQ==QUFB'],
    ['missing padding', 'QQ'],
    ['one padding where two are needed', 'QQ='],
    ['three paddings', 'QQ==='],
    ['padding alone', '===='],
    ['bits beyond the last byte', 'QR=='],
    ['the URL alphabet', '-_-_'],
    ['a line break', 'QUFB\nQUFB'],
    ['a space at the end', 'QUFB '],
    ['one character left over', 'QUFBQ'],
    ['a character outside ASCII', 'QUFBÀÀÀÀ'],
  ])('refuses %s', (_what, text) => {
    expect(() => decodeBase64(text)).toThrow(refused);
  });

  it('passes over white space only where told to', () => {
    const text = 'QU FB\r\nQ\tQ=\n=';
    expect(decodeBase64(text, 0, text.length, { whitespace: true })).toEqual(Uint8Array.from([0x41, 0x41, 0x41, 0x41]));
    expect(() => decodeBase64(text)).toThrow(refused);
  });

  it('reads only the range it is given', () => {
    expect(decodeBase64('!!QUFB!!', 2, 6)).toEqual(Uint8Array.from([0x41, 0x41, 0x41]));
  });
});
