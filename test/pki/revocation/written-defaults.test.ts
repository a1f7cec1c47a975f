import { sign } from 'node:crypto';
import { isMtlsError } from 'oauth-mtls';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { context, DerReader, TAG } from '../../../src/encoding/der.js';
import { fromHex, oid, sequence, tlv } from '../../../src/testing/der-writer.js';

const root = await createCertificateAuthority({ subject: 'CN=Root' });
const leaf = await root.issue({ serialNumber: '41' });
const integer = (value: number) => tlv(TAG.INTEGER, Uint8Array.of(value));

async function outcomes(options: Partial<PathVerifierOptions>): Promise<string[]> {
  const outcome = async (strictProfile: boolean): Promise<string> => {
    try {
      const paths = createPathVerifier({ trustAnchors: [root.pem], revocation: 'require', strictProfile, ...options });
      return (await paths.verify(leaf.pem)).revocation.join();
    } catch (error) {
      return isMtlsError(error) ? `${error.code} ${error.detail.reason ?? ''}`.trim() : String(error);
    }
  };
  return [await outcome(false), await outcome(true)];
}

function elements(reader: DerReader): Uint8Array[] {
  const found: Uint8Array[] = [];
  while (!reader.done) {
    reader.next();
    found.push(reader.element());
  }
  return found;
}

const membersOf = (element: Uint8Array): Uint8Array[] =>
  elements(new DerReader(new DerReader(element).expect(element[0]!).content()));

/** What is signed, changed and signed again; certificates behind the signature are left out. */
function resigned(signed: Uint8Array, change: (members: Uint8Array[]) => Uint8Array[]): Uint8Array {
  const tbs = sequence(...change(membersOf(membersOf(signed)[0]!)));
  const signature = sign('sha256', tbs, root.privateKeyPem);
  return sequence(tbs, sequence(oid('1.2.840.10045.4.3.2')), tlv(TAG.BIT_STRING, Uint8Array.of(0), signature));
}

describe('a DEFAULT that is written out', () => {
  it.each([
    ['version v1', 0, ['ocsp', 'ERR_PATH_PROFILE written-default']],
    ['version v2', 1, ['ERR_PATH_REVOCATION_MALFORMED', 'ERR_PATH_REVOCATION_MALFORMED']],
  ])('of an OCSP response: %s', async (_what, version, expected) => {
    const { der } = await root.ocspResponse(leaf);
    const [status, wrapper] = membersOf(der);
    const [type, octets] = membersOf(membersOf(wrapper!)[0]!);
    const basic = new DerReader(octets!).expect(TAG.OCTET_STRING).content();
    const rewrite = (change: (members: Uint8Array[]) => Uint8Array[]): Uint8Array =>
      sequence(status!, tlv(context(0, true), sequence(type!, tlv(TAG.OCTET_STRING, resigned(basic, change)))));
    expect(await outcomes({ ocspResponses: [rewrite((members) => members)] })).toEqual(['ocsp', 'ocsp']);
    const versioned = rewrite((members) => [tlv(context(0, true), integer(version)), ...members]);
    expect(await outcomes({ ocspResponses: [versioned] })).toEqual(expected);
  });

  const reasonCode = (...written: Uint8Array[]) =>
    sequence(sequence(oid('2.5.29.21'), ...written, tlv(TAG.OCTET_STRING, fromHex('0a0101'))));
  const entry = (serial: number, extensions: Uint8Array) =>
    sequence(integer(serial), tlv(0x17, new TextEncoder().encode('250101000000Z')), extensions);

  it.each([
    ['left out', [], 0x42, ['crl', 'crl']],
    ['FALSE', [tlv(TAG.BOOLEAN, Uint8Array.of(0))], 0x42, ['crl', 'ERR_PATH_PROFILE written-default']],
    [
      'FALSE, of the target',
      [tlv(TAG.BOOLEAN, Uint8Array.of(0))],
      0x41,
      ['ERR_PATH_REVOKED', 'ERR_PATH_PROFILE written-default'],
    ],
    [
      '1',
      [tlv(TAG.BOOLEAN, Uint8Array.of(1))],
      0x42,
      ['ERR_PATH_REVOCATION_MALFORMED', 'ERR_PATH_REVOCATION_MALFORMED'],
    ],
  ] as const)('of an entry in a CRL: critical %s', async (_what, written, serial, expected) => {
    const { der } = await root.crl({ extensions: [{ oid: '2.5.29.20', value: integer(1) }] });
    const crl = resigned(der, (members) => [
      ...members.slice(0, 5),
      sequence(entry(serial, reasonCode(...written))),
      ...members.slice(5),
    ]);
    expect(await outcomes({ crls: [crl] })).toEqual(expected);
  });
});
