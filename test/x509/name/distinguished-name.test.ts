import { describe, expect, it } from 'vitest';

import { isMtlsError, parseDistinguishedName } from 'oauth-mtls';
import type { MtlsErrorCode } from 'oauth-mtls';
import { selfSignedCertificate, type TestAttribute, type TestSubject } from 'oauth-mtls/testing';

import { TAG } from '../../../src/encoding/der.js';
import { concat, fromHex, oid, sequence, text, tlv } from '../../../src/testing/der-writer.js';
import { isInSubtree, mayBeInSubtree, namesIdentify, readName } from '../../../src/x509/name/distinguished-name.js';
import { encodeSubject } from '../../../src/testing/names.js';

/** The name that a certificate with this subject would carry. */
function nameOf(subject: TestSubject) {
  const der = encodeSubject(subject);
  return readName(der, 0, der.length);
}

const CN = '2.5.4.3';
const O = '2.5.4.10';
const UNKNOWN = '1.3.6.1.4.1.99999.1';

function codeOf(text: string): MtlsErrorCode | undefined {
  try {
    parseDistinguishedName(text);
    return undefined;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}

describe('parseDistinguishedName', () => {
  it('RFC 4514 §2.1: puts the RDNs into certificate order', () => {
    const { rdns } = parseDistinguishedName('CN=client,OU=Ops+L=Berlin,C=DE');
    expect(rdns.map((rdn) => rdn.map(({ value }) => value))).toEqual([['DE'], ['Ops', 'Berlin'], ['client']]);
  });

  it.each([
    ['UTF8String', 'CN=client', '0c06636c69656e74'],
    ['PrintableString for C', 'C=DE', '13024445'],
    ['PrintableString for serialNumber', 'serialNumber=42', '13023432'],
    ['PrintableString for dnQualifier', 'dnQualifier=a', '130161'],
    ['UTF8String where PrintableString has no such character', 'serialNumber=a_b', '0c03615f62'],
    ['IA5String for DC', 'DC=example', '16076578616d706c65'],
    ['IA5String for emailAddress', 'emailAddress=a@b', '1603614062'],
    ['UTF8String of 128 octets', `CN=${'x'.repeat(128)}`, `0c8180${'78'.repeat(128)}`],
    ['UTF8String of 256 octets', `CN=${'x'.repeat(256)}`, `0c820100${'78'.repeat(256)}`],
    ['the element behind #', 'CN=#1e020061', '1e020061'],
    ['the element behind #, its length made minimal', 'CN=#0c820001 61'.replace(' ', ''), '0c0161'],
  ])('encodes %s', (_what, text, der) => {
    expect(parseDistinguishedName(text).rdns).toEqual([[expect.objectContaining({ der })]]);
  });

  it.each([
    ['special characters', String.raw`CN=\"\+\,\;\<\>\\\ \#\=`, '"+,;<>\\ #='],
    ['octets of UTF-8', String.raw`CN=caf\C3\A9\f0\9f\98\80`, 'café\u{1f600}'],
    ['not twice', String.raw`CN=a\5C2Cb`, 'a\\2Cb'],
    ['a byte order mark as a character', String.raw`CN=\EF\BB\BFa`, '\ufeffa'],
    ['an equals sign without escape', 'CN=a=b==', 'a=b=='],
    ['spaces around separators', ' CN  =  a b  ', 'a b'],
    ['spaces that are escaped', String.raw`CN=\ a\ \  `, ' a  '],
    ['a sharp that is not the first character', 'CN=a#0c', 'a#0c'],
    ['line breaks', 'CN=a\r\nb', 'a\r\nb'],
  ])('reads %s', (_what, text, value) => {
    expect(parseDistinguishedName(text).rdns).toEqual([[expect.objectContaining({ value })]]);
  });

  it.each<[MtlsErrorCode, string[]]>([
    ['ERR_NAME_SYNTAX', ['', '  ', ',', 'CN', 'CN=a,', 'CN=a+', 'CN=a,,O=b', '+CN=a', ',CN=a', '=a', 'CN=a,b']],
    [
      'ERR_NAME_SYNTAX',
      ['OID.2.5.4.3=a', '/C=US/CN=a', '2.5.4.=a', '2.05.4=a', '2=a', '3.1=a', '1.40=a', 'common_name=a', '__proto__=a'],
    ],
    ['ERR_NAME_SYNTAX', [`2.25.${'9'.repeat(40)}=a`, '\u0421N=a', 'CN=a,\u00a0O=b', '2.5.4.3 .1=a', 'C N=a']],
    [
      'ERR_NAME_SYNTAX',
      ['CN="a"', 'CN=a;O=b', '<CN=a>', 'CN=a<b', String.raw`CN=\q`, 'CN=\\', String.raw`CN=\6`, String.raw`CN=\6g`],
    ],
    ['ERR_NAME_SYNTAX', ['CN=#', 'CN=#0', 'CN=#0c01zz', 'CN=#0c 0161', 'CN=#0c0161 x', 'CN=#0c0161;', 'CN=\ud800']],
    ['ERR_NAME_ATTRIBUTE', ['FOO=a', 'S=a', 'E=a', 'constructor=a', 'toString=a', 'hasOwnProperty=a']],
    [
      'ERR_NAME_VALUE',
      ['CN=', 'CN=,O=b', 'CN=  ', 'CN=#0c00', 'CN=a\0', String.raw`CN=a\00`, 'CN=#0c03610062', 'CN=#1403610062'],
    ],
    [
      'ERR_NAME_VALUE',
      [String.raw`CN=\C3`, String.raw`CN=\C3é`, String.raw`CN=\C0\AC`, String.raw`CN=\ED\A0\80`, 'CN=#0c02c080'],
    ],
    [
      'ERR_NAME_VALUE',
      ['CN=#61', 'CN=#0c', 'CN=#0c0361', 'CN=#0c016100', 'CN=#0c8061', 'CN=#0c8201', 'CN=#000161', 'CN=#1f010161'],
    ],
    [
      'ERR_NAME_VALUE',
      ['CN=#1e0161', 'CN=#1e02d800', 'CN=#1c04001100ff', 'CN=#1301e9', 'DC=bücher', 'emailAddress=ü@b'],
    ],
  ])('%s for %j', (code, texts) => {
    expect(texts.map((text) => [text, codeOf(text)])).toEqual(texts.map((text) => [text, code]));
  });

  it('says where', () => {
    try {
      parseDistinguishedName('CN=a,FOO=b');
      expect.unreachable();
    } catch (error) {
      expect(isMtlsError(error, 'ERR_NAME_ATTRIBUTE') && error.detail).toEqual({ found: ['FOO'], offset: 5 });
    }
  });

  it('throws a TypeError for anything but a string', () => {
    for (const value of [undefined, null, 1, {}, ['CN=a'], new String('CN=a')]) {
      expect(() => parseDistinguishedName(value as string)).toThrow(TypeError);
    }
  });
});

describe('toString', () => {
  it.each<[string, TestSubject, string]>([
    [
      'the nine short names',
      [[['2.5.4.6', 'PrintableString', 'DE']], [[O, 'UTF8String', 'Acme']], [[CN, 'BMPString', 'é']]],
      'CN=é,O=Acme,C=DE',
    ],
    [
      'octets for every other type',
      [[['2.5.4.5', 'PrintableString', '42']], [['2.5.4.97', 'UTF8String', 'x']]],
      '2.5.4.97=#0c0178,2.5.4.5=#13023432',
    ],
    ['octets for text of no agreed meaning', [[[CN, 'TeletexString', { hex: 'e9' }]]], 'CN=#1401e9'],
    ['octets for a DC that text cannot say', [[['0.9.2342.19200300.100.1.25', 'UTF8String', 'ü']]], 'DC=#0c02c3bc'],
    ['escapes', [[[CN, 'UTF8String', '#a,b+c"d\\e<f>g;h=i ']]], String.raw`CN=\#a\,b\+c\"d\\e\<f\>g\;h=i\ `],
    ['a single space', [[[CN, 'UTF8String', ' ']]], String.raw`CN=\ `],
    ['spaces at both ends', [[[CN, 'UTF8String', '  a\\ ']]], String.raw`CN=\  a\\\ `],
    [
      'octets for what does not print',
      [[[CN, 'UTF8String', 'a\n\u200bb\u2028']]],
      String.raw`CN=a\0a\e2\80\8bb\e2\80\a8`,
    ],
    ['the empty name', '', ''],
  ])('writes %s', (_what, subject, text) => {
    expect(nameOf(subject).toString()).toBe(text);
  });

  it('is read back as the same name', () => {
    for (const value of [
      'a',
      ' ',
      '  ',
      '#',
      '\\',
      'a\\ ',
      ' a',
      '\u200b',
      '\ufffd',
      'a\r\nb',
      '\u{1f600}',
      'e\u0301',
      '=',
      '\x01',
    ]) {
      const name = nameOf([[[CN, 'UTF8String', value]], [['2.5.4.97', 'BMPString', 'x']]]);
      const again = parseDistinguishedName(name.toString());
      expect([value, again.equals(name), again.toString()]).toEqual([value, true, name.toString()]);
    }
  });
});

describe('equals', () => {
  const same: [string, TestSubject, TestSubject][] = [
    ['letters in another case', 'CN=Größe', 'CN=GRÖßE'],
    ['a final sigma in upper case', 'O=οδοσ', 'O=ΟΔΟΣ'],
    ['runs of spaces', 'O=a   b', 'O=a b'],
    ['spaces at the ends', String.raw`O=\ a\ `, 'O=a'],
    ['white space of other kinds', 'O=a\t\u00a0\u2028b', 'O=a b'],
    ['composed and decomposed letters', 'O=caf\u00e9', 'O=cafe\u0301'],
    ['a capital whose small letter composes', 'O=J\u030c', 'O=\u01f0'],
    ['attributes of an RDN in any order', 'CN=a+O=b', 'O=b+CN=a'],
    ['string types', [[[CN, 'UniversalString', 'a']]], [[[CN, 'NumericString', 'A']]]],
    ['domain components', 'DC=EXAMPLE', 'DC=example'],
    ['email addresses', 'emailAddress=A@B', 'emailAddress=a@b'],
    ['octets without meaning', [[[CN, 'TeletexString', { hex: 'e9' }]]], 'CN=#1401e9'],
    ['octets of unknown types', [[[UNKNOWN, 'UTF8String', 'a']]], `${UNKNOWN}=#0c0161`],
  ];
  it.each(same)('passes over %s', (_what, a, b) => {
    expect([nameOf(a).equals(nameOf(b)), nameOf(b).equals(nameOf(a))]).toEqual([true, true]);
  });

  it.each<[string, TestSubject, TestSubject]>([
    ['the order of RDNs', 'CN=a,O=b', 'O=b,CN=a'],
    ['how attributes are grouped', 'CN=a+O=b', 'CN=a,O=b'],
    ['how often an attribute comes', 'CN=a+CN=a', 'CN=a'],
    ['which attribute comes twice', 'CN=a+CN=a+CN=b', 'CN=a+CN=b+CN=b'],
    ['a missing RDN', 'CN=a,O=b', 'O=b'],
    ['which type has which value', 'CN=a+O=b', 'CN=b+O=a'],
    ['separators inside a value', String.raw`CN=a\+2.5.4.10=1:b`, 'CN=a+O=b'],
    ['full-width letters', 'O=Ａ', 'O=A'],
    ['ligatures', 'O=\ufb01', 'O=fi'],
    ['the dotless i', 'O=\u0131', 'O=i'],
    ['the long s', 'O=\u017f', 'O=s'],
    ['a zero-width space', 'O=a\u200bb', 'O=ab'],
    ['a variation selector', 'O=a\ufe0f', 'O=a'],
    ['controls', [[[CN, 'UTF8String', 'a\x01']]], 'CN=a'],
    ['a NUL', [[[CN, 'UTF8String', 'a\0']]], 'CN=a'],
    ['a soft hyphen in another case', 'O=a\u00adb', 'O=A\u00adB'],
    ['blank values of different length', String.raw`O=\ `, String.raw`O=\ \ `],
    ['invalid UTF-8', [[[CN, 'UTF8String', { hex: 'ff' }]]], 'CN=\ufffd'],
    ['a surrogate in BMPString', [[[CN, 'BMPString', { hex: 'd83dde00' }]]], 'CN=\u{1f600}'],
    ['Latin-1 in TeletexString', [[[CN, 'TeletexString', { hex: 'e9' }]]], 'CN=é'],
    ['the case of unknown types', `${UNKNOWN}=a`, `${UNKNOWN}=A`],
    ['the string type of unknown types', [[[UNKNOWN, 'PrintableString', 'a']]], `${UNKNOWN}=#0c0161`],
    ['the empty name', '', 'CN=a'],
  ])('tells apart %s', (_what, a, b) => {
    expect([nameOf(a).equals(nameOf(b)), nameOf(b).equals(nameOf(a))]).toEqual([false, false]);
  });

  it('holds for every name and itself, also for what identifies nobody', () => {
    for (const value of ['a', ' ', '\ufffd', '\0', '\u200b']) {
      const name = nameOf([[[CN, 'UTF8String', value]]]);
      expect([value, name.equals(nameOf([[[CN, 'UTF8String', value]]])), namesIdentify(name, name)]).toEqual([
        value,
        true,
        value === 'a',
      ]);
    }
    expect(namesIdentify(nameOf(''), nameOf(''))).toBe(false);
  });

  it('takes octets for an identity only where text has no say', () => {
    const identifies = (...attribute: TestAttribute) => namesIdentify(nameOf([[attribute]]), nameOf([[attribute]]));
    expect(identifies(CN, 'TeletexString', { hex: 'e9' })).toBe(true);
    expect(identifies(CN, 'OctetString', { hex: '00' })).toBe(true);
    expect(identifies(UNKNOWN, 'UTF8String', 'a\u200b')).toBe(true);
    for (const type of [CN, UNKNOWN]) {
      expect(identifies(type, 'TeletexString', { hex: 'e900' })).toBe(false);
      expect(identifies(type, 'UTF8String', { hex: 'ff' })).toBe(false);
      expect(identifies(type, 'BMPString', { hex: 'd83dde00' })).toBe(false);
      expect(identifies(type, 'UTF8String', 'a\0')).toBe(false);
      expect(identifies(type, 'UTF8String', '')).toBe(false);
    }
  });

  it('throws a TypeError for an option of another type', () => {
    const name = parseDistinguishedName('CN=a');
    for (const exactCase of ['true', 1, {}]) {
      expect(() => name.equals(name, { exactCase: exactCase as unknown as boolean })).toThrow(TypeError);
    }
  });

  it('compares the case of letters where it is asked to', () => {
    const [a, b] = [parseDistinguishedName('CN=M8kI,O=x'), parseDistinguishedName('CN=m8ki,O=x')];
    expect(a.equals(a, { exactCase: true })).toBe(true);
    const options = [undefined, {}, { exactCase: undefined }, { exactCase: false }, { exactCase: true }];
    expect(options.map((each) => a.equals(b, each))).toEqual([true, true, true, true, false]);
  });

  it('throws a TypeError for a name from elsewhere', () => {
    const name = parseDistinguishedName('CN=a');
    for (const other of [undefined, null, 'CN=a', { ...name }, { rdns: name.rdns }]) {
      expect(() => name.equals(other as never)).toThrow(TypeError);
    }
  });

  it('sorts combining marks in no value of many', () => {
    const marks = 'a' + '\u0301\u0323'.repeat(16);
    expect(nameOf([[[CN, 'UTF8String', marks]]]).equals(nameOf([[[CN, 'UTF8String', marks.normalize('NFD')]]]))).toBe(
      false,
    );
  });
});

describe('rdns', () => {
  it('cannot be changed', async () => {
    const { certificate } = await selfSignedCertificate({ subject: 'CN=a,O=b' });
    const { rdns } = certificate.subject;
    expect([rdns, ...rdns, ...rdns.flat()].every((part) => Object.isFrozen(part))).toBe(true);
    expect(rdns).toEqual([[{ type: O, value: 'b', der: '0c0162' }], [{ type: CN, value: 'a', der: '0c0161' }]]);
    expect(certificate.subject.equals(certificate.issuer)).toBe(true);
  });

  it('have no value where the octets are not text of their type', () => {
    expect(nameOf([[[CN, 'UTF8String', { hex: 'ff' }]]]).rdns).toEqual([[{ type: CN, der: '0c01ff' }]]);
  });
});

describe('subtrees of names', () => {
  it.each<[string, TestSubject, TestSubject, boolean]>([
    ['itself', 'CN=a,O=b', 'CN=a,O=b', true],
    ['the names below', 'CN=a,O=b', 'O=B', true],
    ['everything below the empty name', 'CN=a', '', true],
    ['no name above', 'O=b', 'CN=a,O=b', false],
    ['no name beside', 'CN=a,O=c', 'O=b', false],
    ['no name that only ends alike', 'O=b,C=US', 'O=b', false],
    ['no RDN with more attributes', 'CN=a+OU=x,O=b', 'CN=a,O=b', false],
  ])('RFC 5280 §4.2.1.10: a subtree holds %s', (_what, name, base, expected) => {
    expect(isInSubtree(nameOf(name), nameOf(base))).toBe(expected);
    expect(mayBeInSubtree(nameOf(name), nameOf(base))).toBe(expected);
  });

  it.each<[string, TestSubject, TestSubject, boolean]>([
    ['text in compatible characters', 'O=\ufb01x', 'O=FIX', true],
    ['text of an unknown type in another case', `${UNKNOWN}=#0c0161`, `${UNKNOWN}=#0c0141`, true],
    ['a name that identifies no client', [[[O, 'UTF8String', 'a\u200b']]], 'O=b', true],
    ['no other text', 'O=a', 'O=b', false],
    ['no other octets', `${UNKNOWN}=#0401ff`, `${UNKNOWN}=#0401fe`, false],
    ['no octets of the same text', `${UNKNOWN}=#040161`, `${UNKNOWN}=#0c0161`, false],
    ['no base that is not text', 'O=a', [[[O, 'UTF8String', { hex: 'ff' }]]], false],
    ['no base that cannot be prepared', 'O=a', [[[O, 'UTF8String', '\0']]], false],
  ])('RFC 4518 §2: a subtree may hold %s', (_what, name, base, expected) => {
    expect(isInSubtree(nameOf(name), nameOf(base))).toBe(false);
    expect(mayBeInSubtree(nameOf(name), nameOf(base))).toBe(expected);
  });

  it.each<[string, string, Uint8Array]>([
    ['an empty RDN', 'unexpected-tag', sequence(tlv(TAG.SET))],
    ['an attribute without value', 'truncated', nameElement(oid(CN))],
    [
      'an attribute with two values',
      'trailing-bytes',
      nameElement(oid(CN), text(TAG.UTF8_STRING, 'a'), text(TAG.UTF8_STRING, 'b')),
    ],
    ['no object identifier', 'unexpected-tag', nameElement(text(TAG.UTF8_STRING, 'a'))],
    ['bytes after it', 'trailing-bytes', concat(sequence(), tlv(TAG.NULL))],
    [
      'an arc of 134 bits',
      'oid-arc',
      nameElement(tlv(TAG.OID, fromHex(`55${'81'.repeat(19)}01`)), text(TAG.UTF8_STRING, 'a')),
    ],
  ])('are refused with %s', (_what, reason, der) => {
    expect(() => readName(der, 0, der.length)).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason }) }),
    );
  });

  it('hold object identifiers with arcs of up to 133 bits', () => {
    const der = nameElement(tlv(TAG.OID, fromHex(`55${'ff'.repeat(18)}7f`)), text(TAG.UTF8_STRING, 'a'));
    expect(readName(der, 0, der.length).toString()).toBe(`2.5.${2n ** 133n - 1n}=#0c0161`);
    const uuid = `2.${2n ** 128n - 1n}.1`;
    const first = nameElement(oid(uuid), text(TAG.UTF8_STRING, 'a'));
    expect(readName(first, 0, first.length).equals(parseDistinguishedName(`${uuid}=a`))).toBe(true);
  });
});

/** A name with one attribute of these parts. */
function nameElement(...parts: readonly Uint8Array[]): Uint8Array {
  return sequence(tlv(TAG.SET, sequence(...parts)));
}
