import { explainSubject, type TlsClientAuthParameter } from 'oauth-mtls';
import { selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let client: TestCertificate;

beforeAll(async () => {
  client = await selfSignedCertificate({
    subject: '2.5.4.97=#0c0450534431,serialNumber=42,CN=client\\, one,O=Acme,C=DE',
    san: { dns: ['a.example', 'b.example', 'c.example', 'd.example'], uri: 'spiffe://a.example/b', ip: '192.0.2.1' },
  });
});

const hintOf = (parameter: string, registered: string) =>
  explainSubject(client.certificate, `tls_client_auth_${parameter}` as TlsClientAuthParameter, registered).hint;

describe('the hint names the attribute and both values', () => {
  it.each([
    [
      'another value',
      'subject_dn',
      String.raw`organizationIdentifier=PSD1,serialNumber=42,CN=client\, two,O=Acme,C=DE`,
      'CN (2.5.4.3) is registered as "client, two"; the certificate has "client, one".',
    ],
    [
      'another value of an attribute without a short name',
      'subject_dn',
      String.raw`organizationIdentifier=PSD2,serialNumber=42,CN=client\, one,O=Acme,C=DE`,
      'organizationIdentifier (2.5.4.97) is registered as "PSD2"; the certificate has "PSD1".',
    ],
    [
      'an attribute that the certificate lacks',
      'subject_dn',
      String.raw`organizationIdentifier=PSD1,serialNumber=42,CN=client\, one,OU=Dev,O=Acme,C=DE`,
      'OU (2.5.4.11) is registered as "Dev"; the certificate has none.',
    ],
    [
      'an attribute that is not registered',
      'subject_dn',
      String.raw`serialNumber=42,CN=client\, one,O=Acme,C=DE`,
      'organizationIdentifier (2.5.4.97) is not registered; the certificate has "PSD1".',
    ],
    [
      'an attribute of unknown type',
      'subject_dn',
      String.raw`1.2.3.4=#0c0161,organizationIdentifier=PSD1,serialNumber=42,CN=client\, one,O=Acme,C=DE`,
      '1.2.3.4 is registered as "a"; the certificate has none.',
    ],
    [
      'another DNS name',
      'san_dns',
      'x.example',
      '"x.example" is registered; the certificate has "a.example", "b.example", "c.example" and 1 more.',
    ],
    [
      'another URI',
      'san_uri',
      'spiffe://a.example/c',
      '"spiffe://a.example/c" is registered; the certificate has "spiffe://a.example/b".',
    ],
    ['another address', 'san_ip', '192.0.2.2', '"192.0.2.2" is registered; the certificate has "192.0.2.1".'],
    ['no mailbox', 'san_email', 'a@a.example', 'The certificate has no alternative name of this type.'],
  ])('%s', (_what, parameter, registered, text) => {
    const hint = hintOf(parameter, registered);
    expect(hint).toContain(text);
    expect(hint).not.toContain('#0c04');
  });

  it('holds at most 200 characters of a value, all of them printable', () => {
    const long = hintOf('subject_dn', `CN=${'x'.repeat(5000)},O=Acme,C=DE,serialNumber=42,2.5.4.97=#0c0450534431`);
    expect(long.length).toBeLessThan(600);
    const hostile = hintOf('subject_dn', 'ST=\\1b[2J\\0d\\E2\\80\\AE"');
    expect(hostile).toMatch(/^[^\p{C}]*$/u);
  });
});
