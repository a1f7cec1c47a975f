import { describe, expect, it } from 'vitest';

import { isMtlsError, subjectMatches, type Certificate, type TlsClientAuthParameter } from 'oauth-mtls';
import { selfSignedCertificate, type TestSubjectAltNames } from 'oauth-mtls/testing';

import { fromHex } from '../../../src/testing/der-writer.js';
import { certificateOf, parameterOf, readNameVectors } from './name-vectors.js';

function resultOf(certificate: Certificate, parameter: TlsClientAuthParameter, expected: string): string {
  try {
    return subjectMatches(certificate, parameter, expected) ? 'match' : 'no-match';
  } catch (error) {
    if (!isMtlsError(error, 'ERR_METADATA_VALUE')) throw error;
    expect(error.detail).toMatchObject({ field: parameter, expected, reason: expect.any(String) });
    return 'invalid-metadata';
  }
}

describe('the vectors of fixtures/name-matching.json', () => {
  const vectors = readNameVectors();

  it('are 338', () => {
    expect(vectors).toHaveLength(338);
  });

  it.each(vectors.map((vector) => [vector.id, vector.why, vector] as const))('%s: %s', async (_id, _why, vector) => {
    expect(resultOf(certificateOf(vector), parameterOf(vector), vector.expected)).toBe(vector.result);
  });
});

describe('subjectMatches', () => {
  /** The registered values of a list that a certificate with these alternative names matches. */
  async function matching(parameter: TlsClientAuthParameter, san: TestSubjectAltNames, values: readonly string[]) {
    const { certificate } = await selfSignedCertificate({ san });
    return values.filter((value) => resultOf(certificate, parameter, value) === 'match');
  }

  async function valid(parameter: TlsClientAuthParameter, values: readonly string[]) {
    const { certificate } = await selfSignedCertificate();
    return values.filter((value) => resultOf(certificate, parameter, value) !== 'invalid-metadata');
  }

  it('RFC 8705 §2.1.2: matches any entry of its type, for each of the five parameters', async () => {
    const { certificate } = await selfSignedCertificate({
      subject: 'CN=Client,O=Acme,C=US',
      san: {
        dns: ['a.example', 'b.example'],
        uri: ['urn:a', 'spiffe://b.example/x'],
        ip: ['192.0.2.1', '2001:db8::1'],
        email: ['a@a.example', 'b@b.example'],
      },
    });
    const values: [TlsClientAuthParameter, string][] = [
      ['tls_client_auth_subject_dn', 'cn=client,o=acme,c=us'],
      ['tls_client_auth_san_dns', 'B.example'],
      ['tls_client_auth_san_uri', 'SPIFFE://B.example/x'],
      ['tls_client_auth_san_ip', '2001:DB8:0::1'],
      ['tls_client_auth_san_email', 'b@B.example'],
    ];
    expect(values.filter(([parameter, value]) => !subjectMatches(certificate, parameter, value))).toEqual([]);
  });

  it('compares the case of a DN where it is asked to', async () => {
    const { certificate } = await selfSignedCertificate({ subject: 'CN=M8kI,O=Acme' });
    const match = (dn: string, exactCase: boolean) =>
      subjectMatches(certificate, 'tls_client_auth_subject_dn', dn, { exactCase });
    expect([match('CN=m8ki,O=Acme', false), match('CN=m8ki,O=Acme', true), match('CN=M8kI,O=Acme', true)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('never matches an empty or unusable name', async () => {
    for (const value of [' ', '\ufffd', '\ue000', 'a\u200b', '\u0085']) {
      const { certificate } = await selfSignedCertificate({ subject: [[['2.5.4.3', 'UTF8String', value]]] });
      expect([
        value,
        subjectMatches(certificate, 'tls_client_auth_subject_dn', certificate.subject.toString()),
      ]).toEqual([value, false]);
    }
  });

  it('matches octets of no agreed meaning by octets', async () => {
    const { certificate } = await selfSignedCertificate({ subject: [[['2.5.4.3', 'TeletexString', { hex: 'e9' }]]] });
    expect(subjectMatches(certificate, 'tls_client_auth_subject_dn', 'CN=#1401e9')).toBe(true);
    expect(subjectMatches(certificate, 'tls_client_auth_subject_dn', 'CN=é')).toBe(false);
  });

  it('expands no wildcard of a DNS name', async () => {
    const names = ['a.example.com', '*.example.com', '*.EXAMPLE.com', 'example.com', 'b.*.example.com'];
    expect(await matching('tls_client_auth_san_dns', { dns: '*.example.com' }, names)).toEqual([
      '*.example.com',
      '*.EXAMPLE.com',
    ]);
    expect(await matching('tls_client_auth_san_dns', { dns: 'a.example.com' }, names)).toEqual(['a.example.com']);
  });

  it('folds the case of scheme and host of a URI, and of nothing else', async () => {
    const uri = 'https://User@Client.Example.com:8443/Path?Query#Fragment';
    expect(
      await matching('tls_client_auth_san_uri', { uri }, [
        'HTTPS://User@CLIENT.example.COM:8443/Path?Query#Fragment',
        'https://user@Client.Example.com:8443/Path?Query#Fragment',
        'https://User@Client.Example.com:8443/path?Query#Fragment',
        'https://User@Client.Example.com:8443/Path?query#Fragment',
        'https://User@Client.Example.com:8443/Path?Query#fragment',
        'https://User@Client.Example.com/Path?Query#Fragment',
        'https://User@Client.Example.com:8443/./Path?Query#Fragment',
      ]),
    ).toEqual(['HTTPS://User@CLIENT.example.COM:8443/Path?Query#Fragment']);
    expect(
      await matching('tls_client_auth_san_uri', { uri: 'urn:Example:A' }, ['URN:Example:A', 'urn:example:A']),
    ).toEqual(['URN:Example:A']);
    expect(
      await matching('tls_client_auth_san_uri', { uri: 'https://[2001:DB8::1]/' }, [
        'https://[2001:db8::1]/',
        'https://[2001:db8:0::1]/',
      ]),
    ).toEqual(['https://[2001:db8::1]/']);
  });

  it('does not take octets beside letters for the other case', async () => {
    // 0x40 and 0x60, 0x5b and 0x7b differ by the bit that tells cases apart
    expect(
      await matching('tls_client_auth_san_dns', { dns: '\x01_a[.example' }, ['A_a{.example', '!_a.example']),
    ).toEqual([]);
    const { certificate } = await selfSignedCertificate({ san: [{ type: 'dns', value: { hex: '7f2e61' } }] });
    expect(subjectMatches(certificate, 'tls_client_auth_san_dns', '_.a')).toBe(false);
  });

  it.each<[TlsClientAuthParameter, readonly string[], readonly string[]]>([
    [
      'tls_client_auth_san_dns',
      [
        'localhost',
        'a.example',
        '_a._b.example',
        'xn--bcher-kva.example',
        '1.a',
        `${'a'.repeat(63)}.b`,
        `${'a.'.repeat(126)}b`,
        '*.a',
        '3com',
      ],
      [
        '',
        '*',
        '*.',
        'a.',
        '.a',
        'a..b',
        'a b',
        ' a',
        'a\n',
        'a:1',
        'a/b',
        '-a',
        'a-',
        'a.*.b',
        'a*.b',
        '**.b',
        '*a.b',
        'bücher.example',
        '1.2.3.4',
        '12',
        '::1',
      ].concat(`${'a'.repeat(64)}.b`, `${'a.'.repeat(127)}b`, 'a\0', 'a,b', 'a;b', 'ａ', 'a。b', 'DNS:a'),
    ],
    [
      'tls_client_auth_san_uri',
      [
        'a:b',
        'urn:x:y',
        'https://a',
        'https://a/',
        'https://a:/',
        'https://a:1',
        'https://u:p@a',
        'https://[::1]:1/',
        'a+b-.c:x',
        'https://a?x#y',
        'mailto:a@b',
        'a:?b',
      ],
      [
        '',
        'a',
        '/a',
        '//a',
        ':a',
        '1a:b',
        'a:',
        'a:#b',
        'https://',
        'https:///a',
        'https://@/a',
        'https://:1',
        'https://a b',
        ' https://a',
        'https://a ',
        'https://a\n',
      ]
        .concat(
          'https://a#b#c',
          'https://a@b@c',
          'https://a:b',
          'https://a:1:2',
          'https://[::1',
          'https://::1]',
          'https://[a]',
          'https://[192.0.2.1]',
          'https://[::1%25a]',
        )
        .concat(
          'https://a/%',
          'https://a/%zz',
          'https://a/[',
          'https://a/{b}',
          'https://a/"',
          'https:\\\\a',
          'https://é',
          'https://a/é',
          'urn:[',
          'https://[::1]a',
          'a^b:c',
        ),
    ],
    [
      'tls_client_auth_san_ip',
      ['0.0.0.0', '192.0.2.1', '::', '2001:db8::1', '::ffff:192.0.2.1'],
      [
        '',
        'a',
        '192.0.2.01',
        '192.0.2.1/32',
        '192.0.2.1:443',
        '[::1]',
        '::1%lo',
        '::1/128',
        ' ::1',
        '::1\n',
        '1',
        '127.1',
        '0x7f.0.0.1',
      ],
    ],
    [
      'tls_client_auth_san_email',
      [
        'a@b',
        'a.b+c@d.example',
        '"a b"@c',
        '"a\\"@"@c',
        '"a@b"@c',
        'a@[192.0.2.1]',
        'a@[IPv6:2001:db8::1]',
        "!#$%&'*+/=?^_`{|}~-@a",
      ],
      [
        '',
        'a',
        '@',
        'a@',
        '@b',
        'a@b@c',
        'a..b@c',
        '.a@c',
        'a.@c',
        'a b@c',
        'a@b c',
        ' a@b',
        'a@b ',
        'a@b\n',
        '<a@b>',
        'A <a@b>',
        'mailto:a@b',
        'a(b)@c',
        'é@b',
        'a@é',
      ].concat(
        'a@b.',
        'a@.b',
        'a@1.2.3.4',
        'a@[1.2.3]',
        'a@[::1]',
        'a@[IPv6:1.2.3.4]',
        'a@[IPv6:]',
        'a@[',
        'a@[]',
        '""@a',
        '"a@b',
        '"a"b@c',
        '"a\0"@c',
        'a@*.b',
      ),
    ],
  ])('knows what %s can hold', async (parameter, good, bad) => {
    expect(await valid(parameter, good)).toEqual(good);
    expect(await valid(parameter, bad)).toEqual([]);
  });

  it('refuses a certificate whose alternative names are malformed, wherever', async () => {
    const value = fromHex('30088203612e628203ff');
    const { certificate } = await selfSignedCertificate({ extensions: [{ oid: '2.5.29.17', value }] });
    expect(() => subjectMatches(certificate, 'tls_client_auth_san_dns', 'a.b')).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER' }),
    );
  });

  it('throws a TypeError for misuse', async () => {
    const { certificate } = await selfSignedCertificate();
    const calls: unknown[][] = [
      [certificate, 'tls_client_auth_san_dns', undefined],
      [certificate, 'tls_client_auth_san_dns', ['a.example']],
      [certificate, 'tls_client_auth_san', 'a.example'],
      [certificate, 'toString', 'a.example'],
      [{ ...certificate }, 'tls_client_auth_san_dns', 'a.example'],
      [undefined, 'tls_client_auth_san_dns', 'a.example'],
    ];
    for (const call of calls)
      expect(() => subjectMatches(...(call as Parameters<typeof subjectMatches>))).toThrow(TypeError);
  });
});
