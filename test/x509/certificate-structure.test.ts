import { isMtlsError, parseCertificate } from 'oauth-mtls';
import { selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { context, TAG } from '../../src/encoding/der.js';
import { concat, oid, sequence, tlv } from '../../src/testing/der-writer.js';
import { certificateFields } from '../../src/x509/certificate.js';
import { resigned, type ReplacedParts } from '../pki/resigned-certificate.js';

let model: TestCertificate;

beforeAll(async () => {
  model = await selfSignedCertificate();
});

function resultOf(der: Uint8Array): string {
  try {
    parseCertificate(der);
    return 'accepted';
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.detail.reason ?? error.code;
  }
}

const withParts = (parts: ReplacedParts) => resigned(model.certificate, model.privateKeyPem, parts);
const version = (...octets: number[]) => tlv(context(0, true), tlv(TAG.INTEGER, Uint8Array.from(octets)));
const none = new Uint8Array(0);
const uniqueId = (number: number, ...octets: number[]) => tlv(context(number), Uint8Array.from(octets));
const issuerId = uniqueId(1, 0, 0xff);
const subjectId = uniqueId(2, 7, 0x80);

describe('RFC 5280 §4.1: the fields of tbsCertificate', () => {
  it.each<[string, string, ReplacedParts]>([
    ['version 1, encoded', 'accepted', { version: version(0), extensions: none }],
    ['version 1, omitted', 'accepted', { version: none, extensions: none }],
    ['an issuer identifier in version 2', 'accepted', { version: version(1), extensions: issuerId }],
    ['a subject identifier in version 2', 'accepted', { version: version(1), extensions: subjectId }],
    ['both identifiers in version 3', 'accepted', { extensions: concat(issuerId, subjectId) }],
    ['identifiers in the other order', 'unexpected-tag', { extensions: concat(subjectId, issuerId) }],
    ['an identifier in version 1', 'trailing-bytes', { version: none, extensions: subjectId }],
    ['an identifier with eight unused bits', 'bit-string', { extensions: uniqueId(1, 8, 0) }],
    ['an identifier without content', 'bit-string', { extensions: uniqueId(2) }],
    ['a version in two octets', 'ERR_CERTIFICATE_MALFORMED', { version: version(0, 2) }],
    ['version 4', 'ERR_CERTIFICATE_MALFORMED', { version: version(3) }],
    [
      'a second number after the version',
      'trailing-bytes',
      {
        version: tlv(context(0, true), concat(tlv(TAG.INTEGER, Uint8Array.of(2)), tlv(TAG.INTEGER, Uint8Array.of(2)))),
      },
    ],
  ])('%s: %s', (_what, result, parts) => {
    expect(resultOf(withParts(parts))).toBe(result);
  });

  it.each([
    [64, 'accepted'],
    [65, 'extensions'],
  ])('%i extensions: %s', (count, result) => {
    const each = Array.from({ length: count }, (_, i) => sequence(oid(`1.2.3.${i}`), tlv(TAG.OCTET_STRING)));
    expect(resultOf(withParts({ extensions: tlv(context(3, true), sequence(...each)) }))).toBe(result);
  });

  it('nothing follows the signature', () => {
    const { bytes, tbsStart } = certificateFields(model.certificate);
    expect(resultOf(sequence(bytes.subarray(tbsStart)))).toBe('accepted');
    expect(resultOf(sequence(bytes.subarray(tbsStart), tlv(TAG.NULL)))).toBe('trailing-bytes');
  });

  it.each([0, 1, 7])('the signature has whole octets, not %i unused bits', (unused) => {
    const der = model.certificate.der;
    const { signatureStart } = certificateFields(model.certificate);
    der[signatureStart - 1] = unused;
    der[der.length - 1]! &= 0x80;
    expect(resultOf(der)).toBe(unused === 0 ? 'accepted' : 'bit-string');
  });
});

it.each([
  ['00', '00'],
  ['7f', '7f'],
  ['0080', '80'],
  ['00ff01', 'ff01'],
  ['0100', '0100'],
  // negative numbers, which RFC 5280 §4.1.2.2 forbids
  ['ff', '-01'],
  ['80', '-80'],
  ['ff7f', '-81'],
  ['f000', '-1000'],
  ['8000', '-8000'],
])('RFC 5280 §4.1.2.2: the INTEGER %s is the serial number %s', (octets, serialNumber) => {
  const serial = tlv(TAG.INTEGER, Buffer.from(octets, 'hex'));
  expect(parseCertificate(withParts({ serial })).serialNumber).toBe(serialNumber);
});
