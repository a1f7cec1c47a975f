import { createHash } from 'node:crypto';
import { createConfirmation, explainConfirmation, verifyConfirmation, type PresentedCertificate } from 'oauth-mtls';
import { createCertificateAuthority, presented, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let client: TestCertificate;
let previous: TestCertificate;
let authority: TestCertificate;
let sent: PresentedCertificate;

beforeAll(async () => {
  const root = await createCertificateAuthority();
  const issuer = await root.issueAuthority();
  authority = issuer;
  client = await issuer.issue({ subject: 'CN=client' });
  previous = await issuer.issue({ subject: 'CN=client' });
  sent = presented(client, { intermediates: [issuer] });
});

const token = (value: unknown) => ({ cnf: { 'x5t#S256': value } });
const digest = (algorithm: string, data: string | Uint8Array) => createHash(algorithm).update(data).digest();
const der = () => client.certificate.der;
const hash = () => digest('sha256', der());
const base64 = () => Buffer.from(der()).toString('base64');

describe('explainConfirmation', () => {
  it('finds nothing to explain where they match', () => {
    const { thumbprint } = client.certificate;
    for (const certificate of [sent, client.certificate]) {
      expect(explainConfirmation({ active: true, cnf: createConfirmation(client.certificate) }, certificate)).toEqual({
        matches: true,
        cause: undefined,
        expected: thumbprint,
        found: thumbprint,
        hint: '',
      });
    }
  });

  it.each<[cause: string, from: string, value: () => unknown]>([
    ['hex', 'lower-case hexadecimal', () => hash().toString('hex')],
    ['hex', 'upper-case hexadecimal', () => hash().toString('hex').toUpperCase()],
    [
      'hex',
      'the form of openssl -fingerprint',
      () =>
        hash()
          .toString('hex')
          .toUpperCase()
          .replace(/..(?=.)/g, '$&:'),
    ],
    ['hex', 'the base64url of hexadecimal', () => Buffer.from(hash().toString('hex')).toString('base64url')],
    ['padded', 'base64url with padding', () => `${hash().toString('base64url')}=`],
    ['sha1', 'a SHA-1 hash', () => digest('sha1', der()).toString('base64url')],
    ['sha1', 'a SHA-1 fingerprint', () => digest('sha1', der()).toString('hex')],
    ['sha512', 'a SHA-512 fingerprint', () => digest('sha512', der()).toString('hex')],
    ['sha512', 'a SHA-512 hash', () => digest('sha512', der()).toString('base64url')],
    ['hash-of-pem', 'the hash of the PEM file', () => digest('sha256', client.pem).toString('base64url')],
    [
      'hash-of-pem',
      'the hash of the PEM without its last line end',
      () => digest('sha256', client.pem.trimEnd()).toString('base64url'),
    ],
    [
      'hash-of-pem',
      'the hash of the PEM with CRLF',
      () => digest('sha256', client.pem.replaceAll('\n', '\r\n')).toString('base64url'),
    ],
    ['hash-of-base64', 'the hash of the x5c text', () => digest('sha256', base64()).toString('base64url')],
    [
      'hash-of-public-key',
      'the hash of the key',
      () => digest('sha256', client.certificate.publicKey).toString('base64url'),
    ],
    ['intermediate', 'the thumbprint of the authority', () => authority.certificate.thumbprint],
    ['previous-certificate', 'the thumbprint before the renewal', () => previous.certificate.thumbprint],
    ['different-case', 'a thumbprint in lower case', () => client.certificate.thumbprint.toLowerCase()],
    ['other-certificate', 'the thumbprint of anything else', () => 'A'.repeat(43)],
    ['white-space', 'a line break at the end', () => `${client.certificate.thumbprint}\n`],
    ['malformed', 'a number', () => 5],
    ['malformed', 'something short', () => 'abc'],
    ['malformed', 'other characters', () => '!'.repeat(43)],
    ['malformed', 'the empty text', () => ''],
  ])('says %s for %s', (cause, _from, value) => {
    const report = explainConfirmation(token(value()), sent, { previous: [previous.certificate] });
    expect(report).toMatchObject({ matches: false, cause, found: client.certificate.thumbprint });
    expect(report.hint).not.toBe('');
    expect(() => verifyConfirmation(token(value()), sent)).toThrow();
  });

  it('says standard-base64, with and without padding', async () => {
    // a hash that differs in the two alphabets
    let certificate = client;
    while (!/[-_]/.test(certificate.certificate.thumbprint)) certificate = await selfSignedCertificate();
    const standard = Buffer.from(certificate.certificate.thumbprint, 'base64url').toString('base64');
    for (const value of [standard, standard.replace('=', '')]) {
      expect(explainConfirmation(token(value), certificate.certificate).cause).toBe('standard-base64');
    }
  });

  it.each<[cause: string, token: object]>([
    ['unbound', {}],
    ['inactive', { active: false }],
    ['inactive', { active: 'true', cnf: { jkt: 'x' } }],
    ['dpop', { cnf: { jkt: 'x' } }],
    ['sha1', { cnf: { x5t: 'x' } }],
    ['sha512', { cnf: { 'x5t#S512': 'x' } }],
    ['other-method', { cnf: { kid: 'x' } }],
    ['malformed', { cnf: null }],
    ['malformed', { cnf: {} }],
    ['malformed', { cnf: ['x'] }],
    ['malformed', { cnf: '{"x5t#S256":"x"}' }],
  ])('says %s for the token %o, whether a certificate came or not', (cause, unbound) => {
    for (const certificate of [sent, undefined])
      expect(explainConfirmation(unbound, certificate)).toMatchObject({ matches: false, cause });
  });

  it('RFC 8705 §6.3: knows a token that is bound to the certificate before', () => {
    const claims = { cnf: createConfirmation(previous.certificate) };
    expect(explainConfirmation(claims, sent, { previous: [previous.certificate] }).cause).toBe('previous-certificate');
    expect(explainConfirmation(claims, sent).cause).toBe('other-certificate');
  });

  it('says that no certificate reached the application', () => {
    const bound = { cnf: createConfirmation(client.certificate) };
    for (const none of [undefined, null as unknown as undefined]) {
      expect(explainConfirmation(bound, none)).toMatchObject({ cause: 'no-certificate', found: undefined });
    }
  });

  it('is done soon with a thumbprint that is all padding', () => {
    const start = performance.now();
    expect(explainConfirmation(token(`${'='.repeat(200_000)}x`), sent)).toMatchObject({ cause: 'malformed' });
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('throws a TypeError for misuse only', () => {
    for (const wrong of [null, undefined, 'token'])
      expect(() => explainConfirmation(wrong as never, sent)).toThrow(TypeError);
  });
});
