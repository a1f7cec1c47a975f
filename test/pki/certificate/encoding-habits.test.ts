import { explainSubject, isMtlsError, parseCertificate, subjectMatches, suggestClientMetadata } from 'oauth-mtls';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { context, DerReader, TAG } from '../../../src/encoding/der.js';
import { concat, fromHex, oid, sequence, tlv } from '../../../src/testing/der-writer.js';
import { certificateFields, type Certificate } from '../../../src/x509/certificate.js';
import { resigned } from '../resigned-certificate.js';

let root: TestAuthority;
let leaf: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  leaf = await root.issue({ subject: 'CN=client,O=Acme', san: { dns: 'a.example' } });
});

/** How a certificate of `root` does, without and with the strict profile. */
async function outcomes(target: Uint8Array | string, options: Partial<PathVerifierOptions> = {}): Promise<string[]> {
  const outcome = async (strictProfile: boolean): Promise<string> => {
    try {
      const paths = createPathVerifier({ trustAnchors: [root.pem], strictProfile, ...options });
      await paths.verify(target, []);
      return 'accepted';
    } catch (error) {
      return isMtlsError(error) ? `${error.code} ${error.detail.reason ?? ''}`.trim() : String(error);
    }
  };
  return [await outcome(false), await outcome(true)];
}

const readButNotStrict = (reason: string) => ['accepted', `ERR_PATH_PROFILE ${reason}`];

const FALSE = tlv(TAG.BOOLEAN, Uint8Array.of(0));
const flag = (value: number) => tlv(TAG.BOOLEAN, Uint8Array.of(value));
const integer = (value: number) => tlv(TAG.INTEGER, Uint8Array.of(value));

/** The extensions of a certificate, each with `written` after its identifier where it is not critical. */
function extensionsWith({ der }: Certificate, written: Uint8Array): Uint8Array {
  const { extensions, bytes } = certificateFields(parseCertificate(der));
  const list = extensions.map(({ oidStart, oidEnd, critical, start, end }) =>
    sequence(
      tlv(TAG.OID, bytes.subarray(oidStart, oidEnd)),
      critical ? flag(0xff) : written,
      tlv(TAG.OCTET_STRING, bytes.subarray(start, end)),
    ),
  );
  return tlv(context(3, true), sequence(...list));
}

describe('a default that is written out', () => {
  it('critical FALSE in a certificate', async () => {
    const extensions = extensionsWith(leaf.certificate, FALSE);
    const der = resigned(leaf.certificate, root.privateKeyPem, { extensions });
    expect(parseCertificate(der).subjectAltNames).toEqual(leaf.certificate.subjectAltNames);
    expect(await outcomes(der)).toEqual(readButNotStrict('written-default'));
  });

  it('is nothing but 00', () => {
    for (const value of [1, 0x7f]) {
      const extensions = extensionsWith(leaf.certificate, flag(value));
      const der = resigned(leaf.certificate, root.privateKeyPem, { extensions });
      expect(() => parseCertificate(der)).toThrow(
        expect.objectContaining({ detail: expect.objectContaining({ reason: 'boolean' }) }),
      );
    }
  });

  it.each([
    ['cA FALSE', sequence(FALSE), readButNotStrict('written-default')],
    ['cA FALSE with pathLenConstraint', sequence(FALSE, integer(0)), readButNotStrict('written-default')],
    ['pathLenConstraint without cA', sequence(integer(0)), readButNotStrict('path-length')],
    ['cA 01', sequence(flag(1)), ['ERR_PATH_MALFORMED ERR_ENCODING_DER', 'ERR_PATH_MALFORMED ERR_ENCODING_DER']],
  ])('basicConstraints with %s', async (_what, value, expected) => {
    const options = { basicConstraints: null, extensions: [{ oid: '2.5.29.19', critical: true, value }] };
    expect(await outcomes((await root.issue(options)).pem)).toEqual(expected);
  });

  it.each<[string, Uint8Array[], string[]]>([
    ['trailerField 1', [tlv(context(3, true), integer(1))], readButNotStrict('written-default')],
    [
      'trailerField 2',
      [tlv(context(3, true), integer(2))],
      ['ERR_PATH_ALGORITHM signatureAlgorithm', 'ERR_PATH_ALGORITHM signatureAlgorithm'],
    ],
    [
      'trailerField 0',
      [tlv(context(3, true), integer(0))],
      ['ERR_PATH_ALGORITHM signatureAlgorithm', 'ERR_PATH_ALGORITHM signatureAlgorithm'],
    ],
  ])('RSASSA-PSS-params with %s', async (_what, trailer, expected) => {
    const pss = await createCertificateAuthority({ subject: 'CN=Root', keyType: 'RSA-PSS-2048' });
    const child = await pss.issue();
    const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'), tlv(TAG.NULL));
    const parameters = sequence(
      tlv(context(0, true), sha256),
      tlv(context(1, true), sequence(oid('1.2.840.113549.1.1.8'), sha256)),
      tlv(context(2, true), integer(32)),
      ...trailer,
    );
    const algorithm = sequence(oid('1.2.840.113549.1.1.10'), parameters);
    const der = resigned(child.certificate, pss.privateKeyPem, { algorithm }, (tbs, key) =>
      sign('sha256', tbs, { key, padding: 6, saltLength: 32 }),
    );
    expect(await outcomes(der, { trustAnchors: [pss.pem] })).toEqual(expected);
  });

  it('version v1, which authorities do not use', async () => {
    const der = resigned(leaf.certificate, root.privateKeyPem, {
      version: tlv(context(0, true), integer(0)),
      extensions: new Uint8Array(0),
    });
    expect(await outcomes(der)).toEqual(readButNotStrict('written-default'));
    expect(certificateFields(parseCertificate(der)).version).toBe(1);
    // RFC 5280 §4.1.2.9: extensions in version 3 alone
    const extended = resigned(leaf.certificate, root.privateKeyPem, { version: tlv(context(0, true), integer(0)) });
    expect(() => parseCertificate(extended)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_DER' }));
  });

  it('flags of a CRL’s scope, and critical FALSE in a CRL', async () => {
    const number = { oid: '2.5.29.20', value: integer(1) };
    const scope = (...flags: Uint8Array[]) => ({ oid: '2.5.29.28', critical: true, value: sequence(...flags) });
    const written = [1, 2, 4, 5].map((tag) => tlv(context(tag), Uint8Array.of(0)));
    const revocation = 'require' as const;
    const { der: scoped } = await root.crl({ extensions: [number, scope(...written)] });
    expect(await outcomes(leaf.pem, { crls: [scoped], revocation })).toEqual(readButNotStrict('written-default'));
    const { der: revoked } = await root.crl({ extensions: [number, scope(...written)], revoked: [leaf] });
    expect((await outcomes(leaf.pem, { crls: [revoked], revocation }))[0]).toBe('ERR_PATH_REVOKED');
    const { der: wrong } = await root.crl({ extensions: [scope(tlv(context(1), Uint8Array.of(1)))] });
    expect((await outcomes(leaf.pem, { crls: [wrong], revocation }))[0]).toBe('ERR_PATH_REVOCATION_MALFORMED');
  });
});

describe('an empty list', () => {
  it('of extensions in a certificate', async () => {
    const der = resigned(leaf.certificate, root.privateKeyPem, { extensions: fromHex('a3023000') });
    expect(parseCertificate(der).subjectAltNames).toEqual([]);
    expect(await outcomes(der)).toEqual(readButNotStrict('empty-extensions'));
    const garbage = resigned(leaf.certificate, root.privateKeyPem, { extensions: fromHex('a30430000500') });
    expect(() => parseCertificate(garbage)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_DER' }));
  });

  it('of extensions in a CRL', async () => {
    const { der } = await root.crl();
    const tbs = new DerReader(new DerReader(der).expect(TAG.SEQUENCE).content()).expect(TAG.SEQUENCE);
    const fields = new DerReader(tbs.content());
    const kept: Uint8Array[] = [];
    while (!fields.done) if (fields.next() !== context(0, true)) kept.push(fields.element());
    const list = sequence(...kept, tlv(context(0, true), sequence()));
    const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
    const signature = concat(Uint8Array.of(0), sign('sha256', list, root.privateKeyPem));
    const crl = sequence(list, algorithm, tlv(TAG.BIT_STRING, signature));
    const expected = readButNotStrict('empty-extensions');
    expect(await outcomes(leaf.pem, { crls: [crl], revocation: 'require' })).toEqual(expected);
  });

  it.each([true, false])('of alternative names (critical: %s): no names, for every function', async (critical) => {
    const extensions = [{ oid: '2.5.29.17', critical, value: sequence() }];
    const { certificate, pem } = await root.issue({ subject: 'CN=client', extensions });
    expect(certificate.subjectAltNames).toEqual([]);
    expect(subjectMatches(certificate, 'tls_client_auth_san_dns', 'a.example')).toBe(false);
    const report = explainSubject(certificate, 'tls_client_auth_san_dns', 'a.example');
    expect(report).toMatchObject({ matches: false, found: [] });
    expect(report.cause).not.toBe('malformed-certificate');
    expect(suggestClientMetadata(certificate).map(({ value }) => value)).toEqual(['CN=client']);
    expect(await outcomes(pem)).toEqual(readButNotStrict('empty-subject-alt-name'));
  });
});
