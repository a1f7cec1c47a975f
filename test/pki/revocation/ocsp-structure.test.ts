import type { MtlsErrorReason } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { context, TAG } from '../../../src/encoding/der.js';
import { writePem } from '../../../src/encoding/pem.js';
import { readOcspResponse } from '../../../src/pki/revocation/ocsp-response.js';
import { oid, sequence, text, tlv } from '../../../src/testing/der-writer.js';

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const TIME = text(TAG.GENERALIZED_TIME, '20260101000000Z');
const NONE = new Uint8Array(0);
const octets = (tag: number, ...values: number[]) => tlv(tag, Uint8Array.from(values));
const GOOD = octets(context(0));

interface Parts {
  readonly type?: string;
  readonly status?: Uint8Array;
  readonly version?: Uint8Array;
  readonly hash?: string;
  readonly singleExtensions?: Uint8Array;
  readonly extensions?: Uint8Array;
  readonly certificates?: readonly Uint8Array[];
}

/** The DER of a response whose signature is empty: only the structure is read. */
function responseDer({ type = BASIC, status = GOOD, version = NONE, ...parts }: Parts = {}): Uint8Array {
  const { hash = '1.3.14.3.2.26', singleExtensions = NONE, extensions = NONE, certificates } = parts;
  const id = sequence(sequence(oid(hash)), tlv(TAG.OCTET_STRING), tlv(TAG.OCTET_STRING), octets(TAG.INTEGER, 5));
  const single = sequence(id, status, TIME, tlv(context(0, true), TIME), singleExtensions);
  const responder = tlv(context(2, true), tlv(TAG.OCTET_STRING));
  const data = sequence(version, responder, TIME, sequence(single), extensions);
  const list = certificates === undefined ? NONE : tlv(context(0, true), sequence(...certificates));
  const basic = sequence(data, sequence(oid('1.2.840.10045.4.3.2')), octets(TAG.BIT_STRING, 0), list);
  const typed = sequence(oid(type), tlv(TAG.OCTET_STRING, basic));
  return sequence(octets(TAG.ENUMERATED, 0), tlv(context(0, true), typed));
}

/** The optional list of extensions, in both places. */
function listOf(dotted: string, value: Uint8Array, critical: boolean): Uint8Array {
  const flag = critical ? octets(TAG.BOOLEAN, 0xff) : NONE;
  return tlv(context(1, true), sequence(sequence(oid(dotted), flag, tlv(TAG.OCTET_STRING, value))));
}

describe('RFC 6960 §4.2.1: the structure of a response', () => {
  it.each<[string, MtlsErrorReason<'ERR_ENCODING_DER'>, Parts]>([
    ['of another type', 'response-type', { type: '1.2.3' }],
    ['of version 2', 'version', { version: tlv(context(0, true), octets(TAG.INTEGER, 1)) }],
    ['with another status', 'cert-status', { status: octets(context(3)) }],
    ['with a status in primitive form', 'cert-status', { status: octets(context(1)) }],
    ['with content in the status good', 'null', { status: octets(context(0), 0) }],
    [
      'with a nonce that is not an OCTET STRING',
      'unexpected-tag',
      { extensions: listOf(`${BASIC.slice(0, -1)}2`, TIME, false) },
    ],
  ])('%s is refused', (_what, reason, parts) => {
    expect(() => readOcspResponse(responseDer(parts))).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason }) }),
    );
  });

  it.each<[string, string, Parts]>([
    ['good', 'good', {}],
    ['revoked', 'revoked', { status: tlv(context(1, true), TIME) }],
    ['unknown', 'unknown', { status: octets(context(2)) }],
  ])('the status %s', (_what, status, parts) => {
    const { responses } = readOcspResponse(responseDer(parts));
    expect(responses).toMatchObject([{ status, serial: '05', hash: 'SHA-1', unprocessed: false }]);
  });

  it.each([
    ['none', NONE, false],
    ['an unknown one', listOf('1.2.3', NONE, false), false],
    ['an unknown critical one', listOf('1.2.3', NONE, true), true],
  ])('extensions: %s', (_what, extensions, unprocessed) => {
    expect(readOcspResponse(responseDer({ extensions })).unprocessed).toBe(unprocessed);
    const { responses } = readOcspResponse(responseDer({ singleExtensions: extensions }));
    expect(responses).toMatchObject([{ unprocessed }]);
  });

  it('has a hash that is not known, for no certificate', () => {
    expect(readOcspResponse(responseDer({ hash: '1.2.3' })).responses).toMatchObject([{ hash: undefined }]);
  });

  it('reads the first eight certificates that parse', async () => {
    const { der } = (await createCertificateAuthority()).certificate;
    const { certificates } = readOcspResponse(
      responseDer({ certificates: [sequence(), ...Array<typeof der>(9).fill(der)] }),
    );
    expect(certificates).toHaveLength(7);
  });
});

it('is one response for each option', async () => {
  const root = await createCertificateAuthority();
  const pem = writePem('OCSP RESPONSE', responseDer());
  const create = (response: string) => createPathVerifier({ trustAnchors: [root.pem], ocspResponses: [response] });
  expect(() => create(pem)).not.toThrow();
  expect(() => create(pem + pem)).toThrow(expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' }));
});
