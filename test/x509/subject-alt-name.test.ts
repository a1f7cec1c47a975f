import { describe, expect, it } from 'vitest';

import { parseDistinguishedName } from 'oauth-mtls';
import { selfSignedCertificate, type TestSubjectAltNames } from 'oauth-mtls/testing';

import { TAG } from '../../src/encoding/der.js';
import { fromHex, sequence, tlv } from '../../src/testing/der-writer.js';

async function namesOf(san: TestSubjectAltNames) {
  return (await selfSignedCertificate({ san })).certificate.subjectAltNames;
}

async function certificateWith(value: Uint8Array<ArrayBuffer>) {
  return (await selfSignedCertificate({ extensions: [{ oid: '2.5.29.17', value }] })).certificate;
}

describe('subjectAltNames', () => {
  it('lists the entries in order', async () => {
    const names = await namesOf([
      { type: 'email', value: 'Ops@Example.com' },
      { type: 'dns', value: '*.example.com' },
      { type: 'uri', value: 'spiffe://example.org/a' },
      { type: 'ip', value: '192.0.2.1' },
      { type: 'ip', value: '2001:db8::1' },
      { type: 'dn', value: 'CN=a,O=b' },
      { type: 'other', value: { hex: '8803550403' } },
    ]);
    expect(names.map(({ type, value }) => [type, value])).toEqual([
      ['email', 'Ops@Example.com'],
      ['dns', '*.example.com'],
      ['uri', 'spiffe://example.org/a'],
      ['ip', '192.0.2.1'],
      ['ip', '2001:db8::1'],
      ['dn', 'CN=a,O=b'],
      ['other', '8803550403'],
    ]);
    expect(names[5]?.type === 'dn' && names[5].name.equals(parseDistinguishedName('cn=A,o=B'))).toBe(true);
    expect([names, ...names].every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('is empty without the extension', async () => {
    expect((await selfSignedCertificate()).certificate.subjectAltNames).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['NUL', 'dns', '610062'],
    ['UTF-8', 'email', 'c3b640612e62'],
    ['Latin-1', 'uri', '613afc'],
    ['a line break', 'dns', '610a'],
    ['DEL', 'dns', '7f'],
    ['five octets', 'ip', 'c000020100'],
    ['no octets', 'ip', ''],
    ['an address and a mask', 'ip', 'c0000201ffffffff'],
  ])('gives an entry with %s in octets, and the others as they are', async (_what, type, hex) => {
    const names = await namesOf([
      { type: type as 'dns', value: { hex } },
      { type: 'dns', value: 'a.example' },
    ]);
    expect(names.map((name) => name.type)).toEqual(['other', 'dns']);
    expect(names[0]?.value.slice(4)).toBe(hex);
  });

  it.each<[string, string, Uint8Array<ArrayBuffer>]>([
    ['no list', 'unexpected-tag', tlv(TAG.SET)],
    ['bytes after the list', 'trailing-bytes', fromHex('30058203612e620500')],
    ['a universal tag', 'general-name', sequence(tlv(TAG.IA5_STRING, fromHex('61')))],
    ['a tag beyond the last choice', 'general-name', sequence(tlv(0x89, fromHex('61')))],
    ['a constructed dNSName', 'general-name', sequence(tlv(0xa2, fromHex('0c0161')))],
    ['a primitive directoryName', 'general-name', sequence(tlv(0x84, sequence()))],
    ['an entry that is cut off', 'truncated', fromHex('3003820261')],
    ['a directoryName that is no Name', 'unexpected-tag', sequence(tlv(0xa4, tlv(TAG.SET)))],
  ])('is refused with %s', async (_what, reason, value) => {
    const certificate = await certificateWith(value);
    expect(() => certificate.subjectAltNames).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason }) }),
    );
  });
});
