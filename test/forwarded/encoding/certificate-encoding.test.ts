import { MtlsError } from 'oauth-mtls';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import {
  decodeField,
  decoders,
  type CertificateEncoding,
} from '../../../src/forwarded/encoding/certificate-encoding.js';

const [a, b] = await Promise.all([selfSignedCertificate(), selfSignedCertificate()]);
const both = [a.certificate.thumbprint, b.certificate.thumbprint];
const several = (encoding: CertificateEncoding, text: string) =>
  decoders
    .get(encoding)!
    .several(text)
    .map(({ thumbprint }) => thumbprint);
const base64 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('base64');
const ders = (count: number) => Array.from({ length: count }, () => a.certificate.der);

/** Texts of a number of certificates. */
const MANY: readonly [what: string, CertificateEncoding, (count: number) => string][] = [
  ['PEM', 'pem', (count) => a.pem.repeat(count)],
  ['escaped PEM', 'percent-pem', (count) => encodeURIComponent(a.pem.repeat(count))],
  ['DER in one text', 'base64-der', (count) => base64(...ders(count))],
  [
    'DER in several texts',
    'base64-der',
    (count) =>
      ders(count)
        .map((der) => base64(der))
        .join(),
  ],
  [
    'byte sequences',
    'rfc9440',
    (count) =>
      ders(count)
        .map((der) => `:${base64(der)}:`)
        .join(),
  ],
];

describe('several certificates', () => {
  it.each<[what: string, CertificateEncoding, text: string]>([
    ['PEM', 'pem', a.pem + b.pem],
    ['PEM in one line', 'pem', (a.pem + b.pem).replaceAll('\n', ' ')],
    ['PEM with white space around', 'pem', `\r\n\t\v\f ${a.pem}\n\n${b.pem}\r\n\t\v\f `],
    ['escaped PEM', 'percent-pem', encodeURIComponent(a.pem + b.pem)],
    ['DER in one text', 'base64-der', base64(a.certificate.der, b.certificate.der)],
    ['DER in two texts', 'base64-der', `${base64(a.certificate.der)},${base64(b.certificate.der)}`],
    ['byte sequences', 'rfc9440', `:${base64(a.certificate.der)}:, :${base64(b.certificate.der)}:`],
  ])('in %s', (_what, encoding, text) => {
    expect(several(encoding, text)).toEqual(both);
    expect(() => decoders.get(encoding)!.one(text)).toThrow(MtlsError);
  });

  it.each(MANY)('in %s: one to 32', (_what, encoding, text) => {
    expect(decoders.get(encoding)!.one(text(1)).thumbprint).toBe(both[0]);
    for (const count of [1, 32]) expect(several(encoding, text(count))).toHaveLength(count);
    const reason = encoding === 'rfc9440' ? 'members' : 'certificates';
    expect(() => several(encoding, text(33))).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_TOO_LARGE', detail: { reason, limit: 32 } }),
    );
  });

  const end = a.pem.trimEnd().length;
  it.each<[what: string, text: string, offset: number]>([
    ['nothing', '', 0],
    ['white space', ' \n', 0],
    ['text', 'x', 0],
    ['text after the last one', `${a.pem}x`, end],
    ['a NUL after the last one', `${a.pem}\0`, end],
    ['a block that does not end', a.pem + b.pem.slice(0, -10), end],
  ])('are not %s', (_what, text, offset) => {
    expect(() => several('pem', text)).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_PEM', detail: { offset } }),
    );
  });
});

describe('decodeField', () => {
  const failing = (error: Error) => () =>
    decodeField(
      () => {
        throw error;
      },
      '',
      'x-cert',
    );

  it('reads the value', () => {
    expect(decodeField((value) => `${value}!`, 'a', 'x-cert')).toBe('a!');
  });

  it('reports a fault of a lower layer as a malformed field', () => {
    const cause = new MtlsError('ERR_ENCODING_BASE64', { offset: 1 });
    const detail = { field: 'x-cert', reason: 'ERR_ENCODING_BASE64' };
    expect(failing(cause)).toThrow(expect.objectContaining({ code: 'ERR_FORWARDED_MALFORMED', detail, cause }));
  });

  it('names the field in an error of this layer', () => {
    const detail = { reason: 'members', limit: 32 } as const;
    expect(failing(new MtlsError('ERR_FORWARDED_TOO_LARGE', detail))).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_TOO_LARGE', detail: { ...detail, field: 'x-cert' } }),
    );
  });

  it('passes on any other exception', () => {
    const error = new RangeError('x');
    expect(failing(error)).toThrow(error);
  });
});
