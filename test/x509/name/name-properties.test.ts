import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isMtlsError, parseDistinguishedName } from 'oauth-mtls';
import type { NameStringType, TestAttribute } from 'oauth-mtls/testing';

import { readName } from '../../../src/x509/name/distinguished-name.js';
import { encodeSubject } from '../../../src/testing/names.js';

const types = fc.constantFrom(
  '2.5.4.3',
  '2.5.4.6',
  '2.5.4.10',
  '0.9.2342.19200300.100.1.25',
  '1.2.840.113549.1.9.1',
  '2.5.4.97',
  '1.3.6.1.4.1.99999.1',
);
const stringTypes = fc.constantFrom<NameStringType>(
  'UTF8String',
  'PrintableString',
  'IA5String',
  'TeletexString',
  'BMPString',
  'UniversalString',
);
/** Any text without NUL; much of it special, invisible or unprintable. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from(' #=,+"\\;<>aÀ\t\n\u200b\u00ad\ufffd\ue000\u0301\ufb01\u2028')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter((value) => !value.includes('\0'));

/** A value that its string type can hold. */
const attribute = fc.tuple(types, stringTypes, text).map(([type, stringType, value]): TestAttribute => {
  if (stringType === 'UTF8String' || stringType === 'UniversalString') return [type, stringType, value];
  if (stringType === 'BMPString') return [type, stringType, value.replace(/[^\0-\uffff]|\p{Cs}/gu, 'x')];
  // TeletexString may hold any octet but NUL
  const high = stringType === 'TeletexString' ? 0xff : 0x7f;
  return [
    type,
    stringType,
    {
      hex: Array.from(value, (c) =>
        Math.max(1, c.codePointAt(0)! & high)
          .toString(16)
          .padStart(2, '0'),
      ).join(''),
    },
  ];
});
const name = fc.array(fc.array(attribute, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });

describe('distinguished names', () => {
  it('are read back from what they are written as', () => {
    fc.assert(
      fc.property(name, (rdns) => {
        const der = encodeSubject(rdns);
        const original = readName(der, 0, der.length);
        const written = original.toString();
        const again = parseDistinguishedName(written);
        expect([
          written,
          again.equals(original),
          again.equals(original, { exactCase: true }),
          again.toString(),
        ]).toEqual([written, true, true, written]);
        // nothing in it can break a line of a log
        expect(written).not.toMatch(/[\p{C}\u2028\u2029]/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('are equal or not, whichever is asked', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const [left, right] = [a, b].map((rdns) => {
          const der = encodeSubject(rdns);
          return readName(der, 0, der.length);
        });
        expect(left!.equals(right!)).toBe(right!.equals(left!));
        expect(left!.equals(left!)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are read or refused with ERR_NAME_*, whatever the text', () => {
    const piece = fc.constantFrom(
      'CN',
      'O',
      '2.5.4.3',
      'OID.',
      'SN',
      '=',
      '=',
      '=',
      ',',
      '+',
      ';',
      '"',
      '\\',
      '\\,',
      '\\C3',
      '\\A9',
      '#',
      '#0c0161',
      '0c',
      'a',
      ' ',
      '\n',
      '\0',
      '\ud800',
      '<',
      '/',
      'é',
      '.',
      '-',
    );
    const pieces = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    let read = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          pieces,
          pieces.map((rest) => `CN=${rest}`),
          fc.string({ unit: 'binary' }),
        ),
        (input) => {
          try {
            const parsed = parseDistinguishedName(input);
            read++;
            expect(parseDistinguishedName(parsed.toString()).equals(parsed)).toBe(true);
          } catch (error) {
            if (!isMtlsError(error)) throw error;
            expect(error.code).toMatch(/^ERR_NAME_/);
          }
        },
      ),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it.each<[string, string]>([
    ['the value that sends @ldapjs/dn 1.1.0 into a loop', 'CN=#0c0161 ,O=b'],
    ['spaces', `CN=${' '.repeat(65_530)}x`],
    ['backslashes', `CN=${'\\\\'.repeat(32_760)}`],
    ['escaped octets', `CN=${'\\C3\\A9x'.repeat(9300)}`],
    ['RDNs', `${'CN=a,'.repeat(13_100)}CN=a`],
    ['attributes of one RDN', `${'CN=a+'.repeat(13_100)}CN=a`],
    ['arcs', `1${'.1'.repeat(32_760)}=a`],
    ['digits of an arc', `2.${'1'.repeat(65_500)}=a`],
    ['equals signs', '='.repeat(65_536)],
    ['quotation marks', 'CN="'.repeat(16_000)],
    ['slashes', '/CN='.repeat(16_000)],
    ['line breaks', 'CN=a\n'.repeat(13_000)],
    ['combining marks to sort', `CN=a${'\u0301\u0323'.repeat(32_760)}`],
    ['letters to fold', `CN=${'İΣ'.repeat(32_760)}`],
    ['invisible characters', `CN=${'\u200b'.repeat(65_530)}`],
    ['octets', `CN=#0c827d00${'61'.repeat(32_000)}`],
    ['hexadecimal digits', `CN=#${'0'.repeat(65_530)}`],
  ])('of 64 KiB are done with soon: %s', (_what, input) => {
    const start = performance.now();
    try {
      const parsed = parseDistinguishedName(input);
      expect(parsed.equals(parseDistinguishedName(input))).toBe(true);
      expect(parseDistinguishedName(parsed.toString()).equals(parsed)).toBe(true);
    } catch (error) {
      if (!isMtlsError(error)) throw error;
    }
    // milliseconds where nothing else runs (bench/names.js); quadratic time would take minutes
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
