import { beforeAll, describe, expect, it } from 'vitest';

import {
  explainSubject,
  subjectMatches,
  type Certificate,
  type SubjectMismatchCause,
  type TlsClientAuthParameter,
} from 'oauth-mtls';
import { selfSignedCertificate, type TestSubject, type TestSubjectAltNames } from 'oauth-mtls/testing';

import { subjectCauses } from '../../../src/oauth/subject/subject-causes.js';
import { certificateOf, parameterOf, readNameVectors } from './name-vectors.js';

async function certificateWith(subject: TestSubject, san?: TestSubjectAltNames): Promise<Certificate> {
  return (await selfSignedCertificate({ subject, san })).certificate;
}

describe('explainSubject of a DN', () => {
  const DN = 'tls_client_auth_subject_dn';
  let certificate: Certificate;
  beforeAll(async () => {
    certificate = await certificateWith(
      '2.5.4.97=#0c0450534431,serialNumber=42,CN=client\\, one,O=Acme/EU,ST=Bayern,C=DE',
    );
  });
  const registered = String.raw`2.5.4.97=#0c0450534431,2.5.4.5=#13023432,CN=client\, one,O=Acme/EU,ST=Bayern,C=DE`;

  it('says that it matches', () => {
    expect(explainSubject(certificate, DN, registered)).toEqual({
      matches: true,
      parameter: DN,
      expected: registered,
      found: [registered],
      hint: '',
    });
  });

  it.each<[SubjectMismatchCause, string]>([
    [
      'reversed-order',
      String.raw`C = DE, ST = Bayern, O = Acme/EU, CN = client\, one, serialNumber = 42, organizationIdentifier = PSD1`,
    ],
    [
      'different-order',
      String.raw`CN=client\, one,serialNumber=42,organizationIdentifier=PSD1,O=Acme/EU,ST=Bayern,C=DE`,
    ],
    [
      'different-grouping',
      String.raw`organizationIdentifier=PSD1+serialNumber=42,CN=client\, one,O=Acme/EU,ST=Bayern,C=DE`,
    ],
    ['openssl-oneline', '/C=DE/ST=Bayern/O=Acme/EU/CN=client, one/serialNumber=42/organizationIdentifier=PSD1'],
    ['newline-form', 'C=DE\nST=Bayern\nO=Acme/EU\nCN=client\\, one\nserialNumber=42\norganizationIdentifier=PSD1'],
    [
      'newline-form',
      'C=DE\r\nST=Bayern\r\nO=Acme/EU\r\nCN=client\\, one\r\nserialNumber=42\r\norganizationIdentifier=PSD1\r\n',
    ],
    [
      'oid-prefix',
      String.raw`OID.2.5.4.97=#0c0450534431, SERIALNUMBER=42, CN="client, one", O=Acme/EU, ST=Bayern, C=DE`,
    ],
    [
      'quoted-value',
      String.raw`organizationIdentifier=PSD1, SERIALNUMBER=42, CN="client, one", O=Acme/EU, ST=Bayern, C=DE`,
    ],
    [
      'semicolon-separator',
      String.raw`organizationIdentifier=PSD1;serialNumber=42;CN=client\, one;O=Acme/EU;ST=Bayern;C=DE`,
    ],
    [
      'unknown-attribute',
      String.raw`organizationIdentifier=PSD1,serialNumber=42,CN=client\, one,O=Acme/EU,S=Bayern,C=DE`,
    ],
    [
      'surname-for-serial-number',
      String.raw`organizationIdentifier=PSD1,SN=42,CN=client\, one,O=Acme/EU,ST=Bayern,C=DE`,
    ],
    [
      'label-prefix',
      String.raw`subject=C = DE, ST = Bayern, O = Acme/EU, CN = "client, one", serialNumber = 42, organizationIdentifier = PSD1`,
    ],
    ['label-prefix', 'subject= /C=DE/ST=Bayern/O=Acme/EU/CN=client, one/serialNumber=42/organizationIdentifier=PSD1'],
  ])('tells %s, and what would match: %s', (cause, expected) => {
    const report = explainSubject(certificate, DN, expected);
    expect(report).toMatchObject({ matches: false, cause, suggestion: registered, found: [registered], expected });
    expect(report.hint).toContain(subjectCauses[cause]);
    expect(report.hint).toContain(registered);
    expect(subjectMatches(certificate, DN, report.suggestion!)).toBe(true);
  });

  it.each<[SubjectMismatchCause, string]>([
    ['empty-value', ''],
    ['empty-value', ' \n'],
    ['invalid-value', 'client'],
    ['invalid-value', '<CN=client>'],
    ['invalid-value', 'CN=a,'],
    ['unknown-attribute', 'FOO=client'],
    ['unknown-attribute', 'constructor=client'],
    ['invalid-value', '__proto__=client'],
    ['u-label', 'DC=bücher'],
    ['unusable-characters', 'CN=a\0'],
    ['unusable-characters', 'CN=a\u200b'],
    ['unusable-characters', String.raw`CN=\ `],
    ['openssl-oneline', '/CN=other'],
    ['oid-prefix', 'OID.2.5.4.3=other'],
    ['newline-form', 'C=DE\nCN=other'],
    ['newline-form', 'C=DE\nO=Acme, Inc.\nCN=other'],
    ['surname-for-serial-number', 'SN=42,CN=other'],
    ['pem-value', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ])('tells %s: %j', (cause, expected) => {
    const report = explainSubject(certificate, DN, expected);
    expect(report).toMatchObject({ matches: false, cause });
    expect(report.suggestion).toBeUndefined();
  });

  it('tells where names part', async () => {
    const small = await certificateWith('CN=client,O=Acme,C=DE');
    const difference = (expected: string) => {
      const { cause, difference } = explainSubject(small, DN, expected);
      return [cause, difference];
    };
    expect(difference('CN=client,O=Other,C=DE')).toEqual([
      'different-value',
      { rdn: 1, type: '2.5.4.10', expected: 'Other', found: 'Acme' },
    ]);
    expect(difference('CN=Client,OU=x,O=Acme,C=DE')).toEqual([
      'missing-attribute',
      { rdn: 1, type: '2.5.4.11', expected: 'x' },
    ]);
    expect(difference('CN=client,C=DE')).toEqual(['missing-attribute', { rdn: 1, type: '2.5.4.10', found: 'Acme' }]);
    expect(difference('CN=client,O=Acme,O=Acme,C=DE')).toEqual([
      'missing-attribute',
      { rdn: 2, type: '2.5.4.10', expected: 'Acme' },
    ]);
    expect(difference('C = DE, O = Other, CN = client')).toEqual([
      'different-value',
      { rdn: 1, type: '2.5.4.10', expected: 'Other', found: 'Acme' },
    ]);
    expect(difference('/C=DE/O=Other/CN=client')).toEqual([
      'openssl-oneline',
      { rdn: 1, type: '2.5.4.10', expected: 'Other', found: 'Acme' },
    ]);
    expect(difference('SN=client,O=Acme,C=DE')).toEqual([
      'missing-attribute',
      { rdn: 0, type: '2.5.4.4', expected: 'client' },
    ]);
    expect(difference('CN=#0403616263,O=Acme,C=DE')).toEqual([
      'different-value',
      { rdn: 0, type: '2.5.4.3', expected: '#0403616263', found: 'client' },
    ]);
  });

  it('tells the case of letters where that counts', async () => {
    const small = await certificateWith('CN=M8kI,O=Acme');
    expect(explainSubject(small, DN, 'CN=m8ki,O=Acme', { exactCase: true })).toMatchObject({
      cause: 'different-case',
      suggestion: 'CN=M8kI,O=Acme',
    });
    expect(explainSubject(small, DN, 'CN=m8ki,O=Acme').matches).toBe(true);
  });

  it('tells the string type where that counts', async () => {
    const unknown = await certificateWith([
      [['1.3.6.1.4.1.99999.1', 'PrintableString', 'abc']],
      [['2.5.4.3', 'UTF8String', 'x']],
    ]);
    expect(explainSubject(unknown, DN, 'CN=x,1.3.6.1.4.1.99999.1=abc')).toMatchObject({
      cause: 'string-type',
      suggestion: 'CN=x,1.3.6.1.4.1.99999.1=#1303616263',
    });
  });

  it('reads the octets that OpenSSL writes in its one-line form', async () => {
    const accented = await certificateWith('CN=é,C=DE');
    expect(explainSubject(accented, DN, '/C=DE/CN=\\xC3\\xA9')).toMatchObject({
      cause: 'openssl-oneline',
      suggestion: 'CN=é,C=DE',
    });
  });

  it('tells an empty subject, and one that can match nothing', async () => {
    expect(explainSubject(await certificateWith('', { dns: 'a.example' }), DN, 'CN=a')).toMatchObject({
      cause: 'empty-subject',
      found: [],
    });
    const invisible = await certificateWith([[['2.5.4.3', 'UTF8String', 'a\u200b']]]);
    expect(explainSubject(invisible, DN, 'CN=a')).toMatchObject({
      cause: 'unusable-characters',
      found: ['CN=a\\e2\\80\\8b'],
    });
    expect(explainSubject(invisible, DN, '/CN=a\u200b').suggestion).toBeUndefined();
  });

  it('tells a name that belongs to another parameter', async () => {
    const named = await certificateWith('CN=a', {
      dns: 'a.example',
      uri: 'spiffe://a/b',
      ip: '192.0.2.1',
      email: 'a@b.example',
    });
    const cases: [TlsClientAuthParameter, string, TlsClientAuthParameter][] = [
      [DN, 'a.example', 'tls_client_auth_san_dns'],
      ['tls_client_auth_san_dns', 'spiffe://a/b', 'tls_client_auth_san_uri'],
      ['tls_client_auth_san_dns', '192.0.2.1', 'tls_client_auth_san_ip'],
      ['tls_client_auth_san_uri', 'a@b.example', 'tls_client_auth_san_email'],
      ['tls_client_auth_san_dns', 'CN=a', DN],
    ];
    for (const [parameter, expected, suggestedParameter] of cases) {
      expect(explainSubject(named, parameter, expected)).toMatchObject({
        cause: 'wrong-parameter',
        suggestion: expected,
        suggestedParameter,
      });
    }
  });
});

describe('explainSubject of an alternative name', () => {
  it.each<[SubjectMismatchCause, 'dns' | 'uri' | 'ip' | 'email', string, TestSubjectAltNames | undefined, string?]>([
    ['no-san-of-type', 'dns', 'a.example', { uri: 'urn:a' }],
    ['no-san-of-type', 'ip', '192.0.2.1', undefined],
    ['value-in-common-name', 'dns', 'Client', { uri: 'urn:a' }],
    ['value-in-common-name', 'dns', 'client', { dns: 'a.example' }],
    ['other-san-type', 'ip', '192.0.2.1', { dns: '192.0.2.1' }],
    ['malformed-san', 'dns', 'a.example', [{ type: 'dns', value: 'a.example\0.b' }]],
    ['malformed-san', 'ip', '192.0.2.1', [{ type: 'ip', value: { hex: 'c000020100' } }]],
    ['different-value', 'dns', 'a.example', { dns: 'b.example' }],
    ['different-value', 'email', 'a@b.example', { email: 'c@b.example' }],
    ['different-value', 'uri', 'urn:a', { uri: 'urn:b' }],
    // RFC 3986 allows ports that the URL standard does not
    ['different-value', 'uri', 'https://a.example:65536/', { uri: 'https://a.example/' }],
    ['different-value', 'uri', 'https://a.example/', { uri: 'https://a.example:65536/' }],
    ['empty-value', 'dns', '', { dns: 'a.example' }],
    ['surrounding-space', 'dns', ' a.example\n', { dns: 'a.example' }, 'a.example'],
    ['surrounding-space', 'ip', ' 192.0.2.2', { ip: '192.0.2.1' }],
    ['label-prefix', 'dns', 'DNS:a.example', { dns: 'a.example' }, 'a.example'],
    ['label-prefix', 'uri', 'URI:urn:a', { uri: 'urn:a' }, 'urn:a'],
    ['label-prefix', 'ip', 'IP Address:192.0.2.1', { ip: '192.0.2.1' }, '192.0.2.1'],
    ['label-prefix', 'email', 'mailto:a@b.example', { email: 'a@b.example' }, 'a@b.example'],
    ['several-values', 'dns', 'a.example, b.example', { dns: ['c.example', 'b.example'] }, 'b.example'],
    ['invalid-value', 'dns', 'a..example', { dns: 'a.example' }],
    ['invalid-value', 'email', 'a', { email: 'a@b.example' }],
    ['u-label', 'dns', 'bücher.example', { dns: 'xn--bcher-kva.example' }, 'xn--bcher-kva.example'],
    ['u-label', 'dns', 'bücher.example', { dns: 'a.example' }],
    ['u-label', 'dns', 'bü cher.example', { dns: 'a.example' }],
    ['u-label', 'email', 'a@bücher.example', { email: 'a@xn--bcher-kva.example' }, 'a@xn--bcher-kva.example'],
    [
      'u-label',
      'uri',
      'https://bücher.example',
      { uri: 'https://xn--bcher-kva.example' },
      'https://xn--bcher-kva.example',
    ],
    [
      'u-label',
      'uri',
      'https://bücher.example/é',
      { uri: 'https://xn--bcher-kva.example/%C3%A9' },
      'https://xn--bcher-kva.example/%C3%A9',
    ],
    ['invalid-value', 'email', 'é@b.example', { email: 'a@b.example' }],
    ['invalid-value', 'uri', 'https://a.example/é', { uri: 'urn:a' }],
    ['trailing-dot', 'dns', 'a.example.', { dns: 'a.example' }, 'a.example'],
    ['wildcard', 'dns', 'a.example.com', { dns: '*.example.com' }, '*.example.com'],
    ['wildcard', 'dns', '*.example.com', { dns: 'a.example.com' }, 'a.example.com'],
    ['different-value', 'dns', 'a.b.example.com', { dns: '*.example.com' }],
    ['different-case', 'email', 'A@b.example', { email: 'a@b.example' }, 'a@b.example'],
    ['different-case', 'uri', 'urn:A', { uri: 'urn:a' }, 'urn:a'],
    ['ip-text-form', 'ip', '[2001:db8::1]:443', { ip: '2001:db8::1' }, '2001:db8::1'],
    ['ip-text-form', 'ip', 'fe80::1%eth0', { ip: 'fe80::1' }, 'fe80::1'],
    ['ip-text-form', 'ip', '2001:db8::1/128', { ip: '2001:db8::1' }, '2001:db8::1'],
    ['ip-text-form', 'ip', '192.0.2.1:443', { ip: '192.0.2.1' }, '192.0.2.1'],
    ['ip-text-form', 'ip', '192.0.2.1/32', { ip: '192.0.2.1' }, '192.0.2.1'],
    ['ip-text-form', 'ip', '192.0.2.010', { ip: '192.0.2.8' }],
    ['ip-text-form', 'ip', 'localhost', { ip: '192.0.2.8' }],
    ['ipv4-mapped', 'ip', '::ffff:192.0.2.1', { ip: '192.0.2.1' }, '192.0.2.1'],
    ['ipv4-mapped', 'ip', '192.0.2.1', { ip: '::ffff:c000:201' }, '::ffff:c000:201'],
    ['uri-not-normalised', 'uri', 'https://a.example', { uri: 'https://a.example/' }, 'https://a.example/'],
    ['uri-not-normalised', 'uri', 'https://a.example:443/b', { uri: 'https://a.example/b' }, 'https://a.example/b'],
    ['uri-not-normalised', 'uri', 'https://a.example/~b', { uri: 'https://a.example/%7eb' }, 'https://a.example/%7eb'],
  ])('tells %s of %s %j', async (cause, type, expected, san, suggestion) => {
    const certificate = await certificateWith('CN=client', san);
    const parameter = `tls_client_auth_san_${type}` as const;
    const report = explainSubject(certificate, parameter, expected);
    expect(report).toMatchObject({ matches: false, cause });
    expect(report.suggestion).toBe(suggestion);
    if (suggestion !== undefined) expect(subjectMatches(certificate, parameter, suggestion)).toBe(true);
  });

  it('does not suggest a URI with dot segments', async () => {
    const certificate = await certificateWith('CN=a', { uri: 'spiffe://d/ns/dev/../prod' });
    const report = explainSubject(certificate, 'tls_client_auth_san_uri', 'spiffe://d/ns/prod');
    expect([report.cause, report.suggestion]).toEqual(['uri-not-normalised', undefined]);
  });

  it('tells a certificate with malformed names', async () => {
    const { certificate } = await selfSignedCertificate({
      extensions: [{ oid: '2.5.29.17', value: Uint8Array.of(0x30, 1, 0) }],
    });
    expect(explainSubject(certificate, 'tls_client_auth_san_dns', 'a.example')).toMatchObject({
      matches: false,
      cause: 'malformed-certificate',
      found: [],
    });
  });
});

describe('every report', () => {
  it('agrees with subjectMatches on every vector, and suggests what matches', async () => {
    for (const vector of readNameVectors()) {
      const certificate = certificateOf(vector);
      const parameter = parameterOf(vector);
      const report = explainSubject(certificate, parameter, vector.expected);
      expect([vector.id, report.matches]).toEqual([vector.id, vector.result === 'match']);
      expect([vector.id, report.cause === undefined]).toEqual([vector.id, report.matches]);
      expect(Object.isFrozen(report) && JSON.parse(JSON.stringify(report))).toBeTruthy();
      if (report.suggestion !== undefined) {
        expect([
          vector.id,
          subjectMatches(certificate, report.suggestedParameter ?? parameter, report.suggestion),
        ]).toEqual([vector.id, true]);
      }
    }
  });

  it('holds no PEM, and not all of a long value', async () => {
    const { certificate, pem } = await selfSignedCertificate();
    expect(JSON.stringify(explainSubject(certificate, 'tls_client_auth_subject_dn', `x ${pem}`))).not.toContain(
      '-----BEGIN',
    );
    const report = explainSubject(certificate, 'tls_client_auth_subject_dn', 'x'.repeat(100_000));
    expect(report.expected).toHaveLength(4097);
    expect(report.hint.length).toBeLessThan(1000);
  });

  it('suggests nothing that can match nothing, and nothing with a line break', async () => {
    const invalid = await certificateWith([
      [['2.5.4.10', 'UTF8String', { hex: 'ff' }]],
      [['2.5.4.3', 'UTF8String', 'a']],
    ]);
    expect(explainSubject(invalid, 'tls_client_auth_subject_dn', 'O=x,CN=a')).toMatchObject({
      cause: 'unusable-characters',
      found: ['CN=a,O=#0c01ff'],
    });
    const inner = await certificateWith([[['2.5.4.3', 'UTF8String', 'a\nb']]]);
    expect(explainSubject(inner, 'tls_client_auth_san_dns', 'CN=a\nb')).toMatchObject({
      cause: 'wrong-parameter',
      suggestion: 'CN=a\\0ab',
    });
    expect(explainSubject(inner, 'tls_client_auth_san_dns', 'CN=a\nb').hint).not.toContain('\n');
  });

  it('is done soon with an address that is all prefix lengths', async () => {
    const { certificate } = await selfSignedCertificate({ san: { ip: '192.0.2.1' } });
    const start = performance.now();
    expect(explainSubject(certificate, 'tls_client_auth_san_ip', `${'/'.repeat(200_000)}\nx`).matches).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(explainSubject(certificate, 'tls_client_auth_san_ip', '192.0.2.1/32').suggestion).toBe('192.0.2.1');
  });

  it('throws nothing but a TypeError for misuse', async () => {
    const { certificate } = await selfSignedCertificate();
    expect(() => explainSubject(certificate, 'x' as 'tls_client_auth_san_dns', 'a')).toThrow(TypeError);
    expect(() => explainSubject(certificate, 'tls_client_auth_san_dns', 1 as unknown as string)).toThrow(TypeError);
    expect(() => explainSubject({} as Certificate, 'tls_client_auth_san_dns', 'a')).toThrow(TypeError);
  });
});
