import { isMtlsError, type MtlsErrorReason } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';
import { context, TAG } from '../../../src/encoding/der.js';
import { CertificateRevocationList } from '../../../src/pki/revocation/crl.js';
import { fromHex, oid, sequence, text, tlv } from '../../../src/testing/der-writer.js';
import { encodeSubject } from '../../../src/testing/names.js';
import { readName } from '../../../src/x509/name/distinguished-name.js';

const ALGORITHM = sequence(oid('1.2.840.10045.4.3.2'));
const TIME = text(TAG.UTC_TIME, '260101000000Z');
const NONE = new Uint8Array(0);
const issuerDer = encodeSubject('CN=Issuer');
const issuer = readName(issuerDer, 0, issuerDer.length);
const octets = (tag: number, ...values: number[]) => tlv(tag, Uint8Array.from(values));

interface Parts {
  readonly version?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly nextUpdate?: Uint8Array;
  readonly entries?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
}

/** The DER of a CRL whose signature is empty: only the structure is read. */
function crlDer({ version = octets(TAG.INTEGER, 1), algorithm = ALGORITHM, ...parts }: Parts = {}): Uint8Array {
  const { nextUpdate = TIME, entries, extensions } = parts;
  const tbs = sequence(
    ...[version, algorithm, issuerDer, TIME, nextUpdate],
    entries === undefined ? NONE : sequence(...entries),
    extensions === undefined ? NONE : tlv(context(0, true), sequence(...extensions)),
  );
  return sequence(tbs, ALGORITHM, octets(TAG.BIT_STRING, 0));
}

function extension(dotted: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(dotted), critical ? octets(TAG.BOOLEAN, 0xff) : NONE, tlv(TAG.OCTET_STRING, value));
}

function entry(serial: number, ...extensions: readonly Uint8Array[]): Uint8Array {
  const number = Uint8Array.of(0, serial >> 16, serial >> 8, serial);
  const start = number.findIndex((octet, at) => at === 3 || octet !== 0 || number[at + 1]! >= 0x80);
  const rest = extensions.length === 0 ? NONE : sequence(...extensions);
  return sequence(tlv(TAG.INTEGER, number.subarray(start)), TIME, rest);
}

const read = (parts: Parts) => new CertificateRevocationList(crlDer(parts));
const INVALIDITY_DATE = extension('2.5.29.24', text(TAG.GENERALIZED_TIME, '20260101000000Z'));
const directoryName = tlv(context(4, true), issuerDer);
const dnsName = text(context(2), 'a.example');

describe('RFC 5280 §5: the structure of a CRL', () => {
  it.each<[string, MtlsErrorReason<'ERR_ENCODING_DER'>, Parts]>([
    ['version 1, encoded', 'version', { version: octets(TAG.INTEGER, 0) }],
    ['version 3', 'version', { version: octets(TAG.INTEGER, 2) }],
    ['extensions in version 1', 'trailing-bytes', { version: NONE, extensions: [] }],
    ['another algorithm than the signature', 'signature-algorithm', { algorithm: sequence(oid('1.2.3')) }],
    ['a next update that is no Time', 'trailing-bytes', { nextUpdate: octets(TAG.INTEGER, 1) }],
    [
      'the issuer of an entry without a directoryName',
      'certificate-issuer',
      { entries: [entry(1, extension('2.5.29.29', sequence(dnsName)))] },
    ],
    ['an extension that is no reason', 'unexpected-tag', { entries: [entry(1, extension('2.5.29.21', TIME))] }],
  ])('is not %s', (_what, reason, parts) => {
    expect(() => read(parts)).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODING_DER', detail: expect.objectContaining({ reason }) }),
    );
  });

  it.each<[string, boolean, Parts]>([
    ['version 1', true, { version: NONE }],
    ['no entries', true, {}],
    ['an empty list of entries', true, { entries: [] }],
    ['an unknown extension', true, { extensions: [extension('1.2.3', NONE)] }],
    ['an unknown critical extension', false, { extensions: [extension('1.2.3', NONE, true)] }],
    ['the date of an entry', true, { entries: [entry(1, INVALIDITY_DATE)] }],
    ['an unknown extension of an entry', true, { entries: [entry(1, extension('1.2.3', NONE))] }],
    ['an unknown critical extension of an entry', false, { entries: [entry(1, extension('1.2.3', NONE, true))] }],
    [
      'the issuer of an entry in a CRL that is not indirect',
      false,
      { entries: [entry(1, extension('2.5.29.29', sequence(directoryName)))] },
    ],
  ])('%s: usable is %s', (_what, usable, parts) => {
    expect(read(parts).usable).toBe(usable);
  });

  it('finds each entry for a serial number, by the issuer of the certificate', () => {
    const other = encodeSubject('CN=Other');
    const named = extension('2.5.29.29', sequence(dnsName, tlv(context(4, true), other), directoryName));
    const crl = read({
      entries: [
        entry(5, extension('2.5.29.21', octets(TAG.ENUMERATED, 1))),
        entry(5, named, extension('2.5.29.21', octets(TAG.ENUMERATED, 4))),
      ],
      extensions: [extension('2.5.29.28', fromHex('30038401ff'), true)],
    });
    expect(crl.find('05', issuer)).toMatchObject({ reason: 1 });
    expect(crl.find('05', readName(other, 0, other.length))).toMatchObject({ reason: 4 });
    expect(crl.find('06', issuer)).toBeUndefined();
  });

  it('is read in turns as it is read at once', async () => {
    const entries = Array.from({ length: 8001 }, (_, at) => entry(at + 1));
    const inTurns = await CertificateRevocationList.read(crlDer({ entries }));
    for (const serial of ['01', '0fa0', '0fa1', '1f40', '1f41'])
      expect([serial, inTurns.find(serial, issuer)]).toMatchObject([serial, { reason: 0 }]);
    expect(inTurns.find('1f42', issuer)).toBeUndefined();
    const bad = crlDer({ entries: [...entries, sequence()] });
    const error = await CertificateRevocationList.read(bad).catch((thrown: unknown) => thrown);
    expect(isMtlsError(error, 'ERR_ENCODING_DER')).toBe(true);
  });
});
