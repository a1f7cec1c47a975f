import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import 'reflect-metadata/lite';
import * as peculiar from '@peculiar/x509';
import { parseCertificate, type CertificateInput } from 'oauth-mtls';
import { createCertificateAuthority, selfSignedCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TestCertificate } from 'oauth-mtls/testing';

const appendixA =
  'MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzEN' +
  'MAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZw' +
  'xS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeOR' +
  'Wz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=';

let leaf: TestCertificate;
let other: TestCertificate;
let der: Uint8Array;

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  leaf = await authority.issue({ subject: 'CN=client,O=Acme,C=US', san: { dns: 'client.example' } });
  other = await selfSignedCertificate();
  der = leaf.certificate.der;
});

function codeOf(input: unknown, options?: { maxBytes?: number | undefined }): string {
  try {
    parseCertificate(input as CertificateInput, options);
  } catch (error) {
    return error instanceof TypeError ? 'TypeError' : (error as { code: string }).code;
  }
  return 'accepted';
}

/** The certificate with one byte range replaced, and the lengths around it left as they are. */
function patched(at: number, ...bytes: number[]): Uint8Array {
  const copy = der.slice();
  copy.set(bytes, at);
  return copy;
}

describe('parseCertificate', () => {
  it('RFC 8705 §3.1: computes the thumbprint of Appendix A', () => {
    const certificate = parseCertificate(appendixA);
    expect(certificate.thumbprint).toBe('A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0');
    expect(certificate.serialNumber).toBe('02');
    expect(certificate.notBefore).toEqual(new Date('2018-10-18T12:37:09Z'));
    expect(certificate.notAfter).toEqual(new Date('2022-05-02T12:37:09Z'));
    expect(certificate.subjectAltNames).toEqual([]);
  });

  it('reads the same certificate from every form of input', () => {
    const node = new X509Certificate(leaf.pem);
    const forms: CertificateInput[] = [
      leaf.pem,
      Buffer.from(der).toString('base64'),
      der,
      Buffer.from(der),
      new Uint8Array(Buffer.concat([Buffer.from([1, 2, 3]), der])).subarray(3),
      der.slice().buffer,
      node,
      node.toLegacyObject(),
      new peculiar.X509Certificate(leaf.pem),
      leaf.certificate,
    ];
    const expected = Buffer.from(node.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    for (const form of forms) expect(parseCertificate(form).thumbprint).toBe(expected);
  });

  it('agrees with node:crypto on every field', () => {
    const node = new X509Certificate(der);
    const certificate = parseCertificate(der);
    expect(certificate.serialNumber).toBe(node.serialNumber.toLowerCase());
    expect(certificate.notBefore).toEqual(new Date(node.validFrom));
    expect(certificate.notAfter).toEqual(new Date(node.validTo));
    expect(Buffer.from(certificate.publicKey)).toEqual(node.publicKey.export({ type: 'spki', format: 'der' }));
  });

  it('returns a certificate that it has parsed as it is', () => {
    expect(parseCertificate(leaf.certificate)).toBe(leaf.certificate);
  });

  it.each([
    ['the empty text', () => '', 'ERR_ENCODING_EMPTY'],
    ['no bytes', () => new Uint8Array(), 'ERR_ENCODING_EMPTY'],
    ['any text', () => 'hello world', 'ERR_ENCODING_BASE64'],
    ['AAAA', () => 'AAAA', 'ERR_ENCODING_DER'],
    ['two certificates in PEM', () => leaf.pem + other.pem, 'ERR_ENCODING_PEM'],
    ['text before the PEM', () => `subject=CN=a\n${leaf.pem}`, 'ERR_ENCODING_PEM'],
    ['text after the PEM', () => `${leaf.pem}text`, 'ERR_ENCODING_PEM'],
    ['a percent-encoded PEM', () => encodeURIComponent(leaf.pem), 'ERR_ENCODING_PEM'],
    ['a private key', () => leaf.privateKeyPem, 'ERR_ENCODING_PEM_LABEL'],
    ['base64url', () => Buffer.from(der).toString('base64url'), 'ERR_ENCODING_BASE64'],
    [
      'base64 in lines',
      () =>
        Buffer.from(der)
          .toString('base64')
          .replace(/(.{64})/, '$1\n'),
      'ERR_ENCODING_BASE64',
    ],
    ['a PEM as bytes', () => Buffer.from(leaf.pem), 'ERR_ENCODING_DER'],
    ['two certificates in DER', () => Buffer.concat([der, other.certificate.der]), 'ERR_ENCODING_DER'],
    ['a byte after the certificate', () => Buffer.concat([der, Buffer.of(0)]), 'ERR_ENCODING_DER'],
    ['a byte missing', () => der.subarray(0, -1), 'ERR_ENCODING_DER'],
    ['a SEQUENCE that is empty', () => Uint8Array.of(0x30, 0), 'ERR_ENCODING_DER'],
    ['a null', () => null, 'TypeError'],
    ['nothing', () => undefined, 'TypeError'],
    ['a number', () => 1, 'TypeError'],
    ['an object without raw', () => ({}), 'TypeError'],
    ['raw that is text', () => ({ raw: leaf.pem }), 'TypeError'],
  ])('refuses %s', (_what, input, code) => {
    expect(codeOf(input())).toBe(code);
  });

  it('refuses the length of the certificate in more octets than needed', () => {
    // the outer header is 30 82 hh ll; write it as 30 83 00 hh ll
    expect([...der.subarray(0, 2)]).toEqual([0x30, 0x82]);
    const padded = Buffer.concat([Buffer.of(0x30, 0x83, 0x00, der[2]!, der[3]!), der.subarray(4)]);
    expect(codeOf(padded)).toBe('ERR_ENCODING_DER');
    const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), der.subarray(4), Buffer.of(0, 0)]);
    expect(codeOf(indefinite)).toBe('ERR_ENCODING_DER');
  });

  it('refuses an unknown version, and extensions in version 1', () => {
    const version = Buffer.from(der).indexOf(Buffer.of(0xa0, 0x03, 0x02, 0x01, 0x02));
    expect(codeOf(patched(version + 4, 3))).toBe('ERR_CERTIFICATE_MALFORMED');
    expect(codeOf(patched(version + 4, 0))).toBe('ERR_ENCODING_DER');
  });

  it('RFC 5280 §4.2: refuses an extension that comes twice, among few and among many', async () => {
    const extension = (oid: string) => ({ oid, value: Uint8Array.of(0x05, 0x00) });
    const many = Array.from({ length: 40 }, (_, i) => extension(`1.3.6.1.4.1.99999.${i}`));
    for (const extensions of [
      [extension('1.2.3'), extension('1.2.3')],
      [...many, many[0]!],
      [...many, many[39]!],
    ]) {
      await expect(selfSignedCertificate({ extensions })).rejects.toMatchObject({
        code: 'ERR_CERTIFICATE_DUPLICATE_EXTENSION',
      });
    }
    await expect(selfSignedCertificate({ extensions: many })).resolves.toBeDefined();
  });

  it('RFC 5280 §4.1.2.9: refuses extensions in a certificate of version 1', () => {
    const version = Buffer.from(der).indexOf(Buffer.of(0xa0, 0x03, 0x02, 0x01, 0x02));
    expect(codeOf(patched(version + 4, 1))).toBe('ERR_ENCODING_DER');
  });

  it('refuses what is larger than the limit, whatever its form', () => {
    expect(codeOf(new Uint8Array(65_537))).toBe('ERR_ENCODING_TOO_LARGE');
    expect(codeOf('A'.repeat(65_537 * 4))).toBe('ERR_ENCODING_TOO_LARGE');
    expect(codeOf(der, { maxBytes: der.length - 1 })).toBe('ERR_ENCODING_TOO_LARGE');
    expect(codeOf(leaf.pem, { maxBytes: der.length - 1 })).toBe('ERR_ENCODING_TOO_LARGE');
    expect(codeOf(leaf.pem, { maxBytes: der.length })).toBe('accepted');
    expect(codeOf(der, {})).toBe('accepted');
    expect(codeOf(new Uint8Array(65_537), { maxBytes: undefined })).toBe('ERR_ENCODING_TOO_LARGE');
    expect(codeOf(der, { maxBytes: 0 })).toBe('TypeError');
    expect(codeOf(der, { maxBytes: Number.NaN })).toBe('TypeError');
  });

  it('limits text by what it decodes to', () => {
    const limit = { maxBytes: 1000 };
    const tooLarge = expect.objectContaining({ code: 'ERR_ENCODING_TOO_LARGE', detail: { limit: 1000 } });
    const parse = (input: CertificateInput) => () => parseCertificate(input, limit);
    for (const input of ['A'.repeat(1336), 'A'.repeat(2129), '-----BEGIN '.padEnd(2129), new Uint8Array(1001)])
      expect(parse(input)).toThrow(tooLarge);
    // what is not too large is refused for what it is
    for (const input of ['A'.repeat(1332), '*'.repeat(2128), '-----BEGIN '.padEnd(2128), new Uint8Array(1000)])
      expect(parse(input)).not.toThrow(tooLarge);
    for (const input of ['', new Uint8Array(), new ArrayBuffer()])
      expect(parse(input)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_EMPTY', detail: {} }));
  });

  it.each<[text: string, isPath: boolean]>([
    ...['./a', '../a', '/a', '~/a', '\\\\a', 'C:\\a', 'c:/a', 'file:a', 'a.pem', 'a.CRT', 'a b.p12'].map(
      (text): [string, boolean] => [text, true],
    ),
    ...['a', 'pem', 'a.pem\n', 'a.pem2', 'Ma.pem', 'CC:/a', '.../a', '~', 'a/b', 'a\nb.pem'].map(
      (text): [string, boolean] => [text, false],
    ),
  ])('says of %j whether it looks like a path: %s', (text, isPath) => {
    const detail = isPath
      ? { reason: 'looks-like-a-path' }
      : expect.not.objectContaining({ reason: 'looks-like-a-path' });
    expect(() => parseCertificate(text)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_BASE64', detail }));
  });

  it('says of bytes whether they are PEM', () => {
    const reasonOf = (input: Uint8Array) => {
      try {
        return parseCertificate(input) && undefined;
      } catch (error) {
        return (error as { detail: object }).detail;
      }
    };
    const pem = Buffer.from(leaf.pem);
    expect(reasonOf(pem)).toEqual({ reason: 'pem-in-bytes', offset: 0 });
    for (let at = 0; at < 11; at++) {
      const other = Buffer.from(pem);
      other[at] = 0x40;
      expect(reasonOf(other)).toEqual({ reason: 'unexpected-tag', offset: 0 });
    }
  });

  it('names what it takes', () => {
    const message = 'A certificate must be a string, bytes, or an object with raw or rawData';
    for (const input of [null, undefined, 1, true, {}, { raw: 'a' }, { raw: null }, { rawData: 1 }, () => der])
      expect(() => parseCertificate(input as never)).toThrow(new TypeError(message));
    for (const input of [{ raw: der }, { rawData: der }, { rawData: der.slice().buffer }])
      expect(parseCertificate(input as never).thumbprint).toBe(leaf.certificate.thumbprint);
  });

  it('is not changed by a later write to the input, or to what it hands out', () => {
    const input = Buffer.from(der);
    const certificate = parseCertificate(input);
    input.fill(0);
    certificate.der.fill(0);
    certificate.publicKey.fill(0);
    certificate.notAfter.setTime(0);
    expect(certificate.thumbprint).toBe(leaf.certificate.thumbprint);
    expect(certificate.notAfter).toEqual(leaf.certificate.notAfter);
    expect(certificate.publicKey).toEqual(leaf.certificate.publicKey);
  });

  it('RFC 5280 §4.1.2.5: refuses times in any form but YYMMDDHHMMSSZ and YYYYMMDDHHMMSSZ', () => {
    const time = Buffer.from(der).indexOf(Buffer.of(0x17, 0x0d)) + 2;
    const withTime = (text: string) => codeOf(patched(time, ...Buffer.from(text)));
    expect(withTime('240229120000Z')).toBe('accepted');
    for (const text of [
      '230229120000Z',
      '241301120000Z',
      '240001120000Z',
      '240431120000Z',
      '240101240000Z',
      '240101126000Z',
      '240101120060Z',
      '24010112000 Z',
      '2401011200+00',
    ]) {
      expect(withTime(text)).toBe('ERR_ENCODING_DER');
    }
  });

  it('never answers a mutated certificate with anything but a typed error or a certificate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.nat(3),
        (changes, cut) => {
          const copy = der.slice(0, der.length - cut);
          for (const [at, byte] of changes) copy[at] = byte;
          expect(codeOf(copy)).toMatch(/^(?:accepted|ERR_(?:ENCODING|CERTIFICATE)_[A-Z_]+)$/);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('reads the certificate of Appendix A from a PEM file', () => {
    const pem = readFileSync(new URL('../../fixtures/appendix-a.pem', import.meta.url), 'utf8');
    expect(parseCertificate(pem).thumbprint).toBe(parseCertificate(appendixA).thumbprint);
  });
});
