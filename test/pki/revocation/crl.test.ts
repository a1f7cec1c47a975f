import 'reflect-metadata/lite';
import { Extension, X509CrlReason, type X509CrlEntryParams as CrlEntry } from '@peculiar/x509';
import { createPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  type TestAuthority,
  type TestCertificate,
  type TestCrlOptions,
  type TestExtension,
} from 'oauth-mtls/testing';
import { parseCertificate } from 'oauth-mtls';
import { beforeAll, describe, expect, it } from 'vitest';
import { context, DerReader, TAG } from '../../../src/encoding/der.js';
import { fromHex, oid, sequence, text, tlv } from '../../../src/testing/der-writer.js';
import { encodeSubject } from '../../../src/testing/names.js';
import { OpenSsl } from '../openssl.js';
import { resigned } from '../resigned-certificate.js';

const HOUR = 3_600_000;
const now = Date.now();

let root: TestAuthority;
let middle: TestAuthority;
let leaf: TestCertificate;
let rootCrl: string;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  middle = await root.issueAuthority({ subject: 'CN=Middle' });
  leaf = await middle.issue();
  rootCrl = (await root.crl()).pem;
});

type Options = Partial<PathVerifierOptions>;

/** What comes of the leaf below `middle`: how revocation was checked, or the code of the refusal. */
async function outcome(crls: readonly string[], options: Options = {}, target = leaf, intermediates = [middle.pem]) {
  const paths = createPathVerifier({ trustAnchors: [root.pem], crls, revocation: 'require', ...options });
  try {
    return (await paths.verify(target.pem, intermediates)).revocation.join();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const middleCrl = async (options?: TestCrlOptions) => (await middle.crl(options)).pem;

const GOOD = 'crl,crl';
const REVOKED = 'ERR_PATH_REVOKED';
const UNKNOWN = 'ERR_PATH_REVOCATION_UNKNOWN';
const IF_AVAILABLE: Options = { revocation: 'if-available' };

describe('RFC 5280 §6.3.3: complete CRLs', () => {
  it('show that nothing is revoked', async () => {
    expect(await outcome([rootCrl, await middleCrl()])).toBe(GOOD);
    const other = await middle.issue();
    expect(await outcome([rootCrl, await middleCrl({ revoked: [other] })])).toBe(GOOD);
  });

  it('show what is revoked, leaf or authority, whatever the reason', async () => {
    expect(await outcome([rootCrl, await middleCrl({ revoked: [leaf] })])).toBe(REVOKED);
    expect(await outcome([(await root.crl({ revoked: [middle] })).pem, await middleCrl()])).toBe(REVOKED);
    const { unspecified, keyCompromise, superseded, certificateHold, removeFromCRL } = X509CrlReason;
    for (const reason of [unspecified, keyCompromise, superseded, certificateHold, removeFromCRL]) {
      const { serialNumber } = leaf.certificate;
      expect(await outcome([rootCrl, await middleCrl({ revoked: [{ serialNumber, reason }] })])).toBe(REVOKED);
    }
  });

  it('missing for one certificate: unknown if required, ignored otherwise', async () => {
    for (const crls of [[], [rootCrl], [await middleCrl()]]) expect(await outcome(crls)).toBe(UNKNOWN);
    expect(await outcome([], IF_AVAILABLE)).toBe('not-checked,not-checked');
    expect(await outcome([rootCrl], IF_AVAILABLE)).toBe('not-checked,crl');
    expect(await outcome([await middleCrl({ revoked: [leaf] })], IF_AVAILABLE)).toBe(REVOKED);
    // given without saying how much is wanted
    const paths = createPathVerifier({ trustAnchors: [root.pem], crls: [await middleCrl({ revoked: [leaf] })] });
    await expect(paths.verify(leaf.pem, [middle.pem])).rejects.toMatchObject({ code: REVOKED });
  });

  it('none asked for, none checked', async () => {
    const path = await createPathVerifier({ trustAnchors: [root.pem] }).verify(leaf.pem, [middle.pem]);
    expect(path.revocation).toEqual(['not-checked', 'not-checked']);
  });

  it.each<[string, TestCrlOptions]>([
    ['from the future', { thisUpdate: new Date(now + HOUR), nextUpdate: new Date(now + 2 * HOUR) }],
    ['past its time', { thisUpdate: new Date(now - 2 * HOUR), nextUpdate: new Date(now - HOUR) }],
    ['without nextUpdate', { nextUpdate: null }],
    [
      'with an unknown critical extension',
      { extensions: [{ oid: '1.3.6.1.4.1.55738.1', critical: true, value: fromHex('0500') }] },
    ],
  ])('%s: cannot be used, required or not; another one beside it can', async (_what, options) => {
    const bad = await middleCrl(options);
    expect(await outcome([rootCrl, bad])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, bad], IF_AVAILABLE)).toBe(UNKNOWN);
    const good = await middleCrl();
    expect(await outcome([rootCrl, bad, good])).toBe(GOOD);
    expect(await outcome([rootCrl, good, bad])).toBe(GOOD);
  });

  it('signed by another key than the authority says: cannot be used', async () => {
    const impostor = await createCertificateAuthority({ subject: 'CN=Middle' });
    const forged = (await impostor.crl()).pem;
    expect(await outcome([rootCrl, forged])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, forged], IF_AVAILABLE)).toBe(UNKNOWN);
    // not even with the impostor among the intermediates
    expect(await outcome([rootCrl, forged], {}, leaf, [middle.pem, impostor.pem])).toBe(UNKNOWN);
  });

  it('of another authority with the same serial number: nothing to this certificate', async () => {
    const other = await root.issueAuthority({ subject: 'CN=Other' });
    expect(await outcome([rootCrl, await middleCrl(), (await other.crl({ revoked: [leaf] })).pem])).toBe(GOOD);
  });

  it('with a signature that is no whole number of octets: cannot be used', async () => {
    const { der } = await middle.crl();
    // the BIT STRING at the end holds a SEQUENCE of some 70 octets
    const bad = Buffer.from(der);
    const bits = bad.subarray(-75).indexOf(Buffer.of(0x00, 0x30)) + der.length - 75;
    expect(bad[bits - 2]).toBe(0x03);
    bad[bits] = 1;
    // X.690 §11.2.1: unused bits are zero
    bad[bad.length - 1]! &= 0xfe;
    const pem = `-----BEGIN X509 CRL-----\n${bad.toString('base64')}\n-----END X509 CRL-----\n`;
    expect(await outcome([rootCrl, pem])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, pem], IF_AVAILABLE)).toBe(UNKNOWN);
    expect(await outcome([rootCrl, pem, await middleCrl()])).toBe(GOOD);
    bad[bad.length - 1]! |= 1;
    expect(() => createPathVerifier({ trustAnchors: [root.pem], crls: [bad], revocation: 'require' })).toThrow(
      expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' }),
    );
  });

  it('signed with an algorithm that is not accepted: cannot be used', async () => {
    const bad = Buffer.from((await middle.crl()).der);
    // ecdsa-with-SHA256 to ecdsa-with-SHA224, inside and outside of what is signed
    const name = fromHex('2a8648ce3d040302');
    for (let at = bad.indexOf(name); at !== -1; at = bad.indexOf(name)) bad[at + 7] = 1;
    expect(await outcome([rootCrl, bad.toString('base64')])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, bad.toString('base64'), await middleCrl()])).toBe(GOOD);
  });

  it('signed by an authority without cRLSign: cannot be used', async () => {
    const mute = await root.issueAuthority({ subject: 'CN=Mute', keyUsage: ['keyCertSign'] });
    const target = await mute.issue();
    expect(await outcome([rootCrl, (await mute.crl()).pem], {}, target, [mute.pem])).toBe(UNKNOWN);
    const free = await root.issueAuthority({ subject: 'CN=Free', keyUsage: null });
    const other = await free.issue();
    expect(await outcome([rootCrl, (await free.crl()).pem], {}, other, [free.pem])).toBe(GOOD);
  });

  it('with a long serial number, with a negative one', async () => {
    const openssl = new OpenSsl();
    const [key, issuer] = [openssl.write(middle.privateKeyPem), openssl.write(middle.pem)];
    openssl.run('req', '-new', '-key', openssl.write(leaf.privateKeyPem), '-subj', '/CN=test', '-out', 'request');
    const made = ['-5', `0x7f${'ff'.repeat(19)}`].map((serial) =>
      openssl.run('x509', '-req', '-in', 'request', '-CA', issuer, '-CAkey', key, '-set_serial', serial, '-days', '9'),
    );
    openssl.dispose();
    const [negative, long] = made.map((pem) => ({ ...leaf, pem, certificate: parseCertificate(pem) }));
    expect(negative!.certificate.serialNumber).toBe('-05');
    expect(await outcome([rootCrl, await middleCrl({ revoked: [long!] })], {}, long)).toBe(REVOKED);
    expect(await outcome([rootCrl, await middleCrl({ revoked: [leaf] })], {}, long)).toBe(GOOD);
    // the kit writes 5 and 251, both positive: neither is -5
    const positive = [{ serialNumber: '05' }, { serialNumber: 'fb' }];
    expect(await outcome([rootCrl, await middleCrl({ revoked: positive })], {}, negative)).toBe(GOOD);
  });
});

/** An entry of a CRL with extensions of its own. */
function entry({ certificate }: TestCertificate, ...extensions: TestExtension[]): CrlEntry {
  const { serialNumber } = certificate;
  return {
    serialNumber,
    extensions: extensions.map(({ oid, critical, value }) => new Extension(oid, critical === true, value)),
  };
}

describe('RFC 5280 §5.3: entries', () => {
  it('with an unknown critical extension make the CRL useless for everybody', async () => {
    const other = await middle.issue();
    const unknown = { oid: '1.3.6.1.4.1.55738.1', value: fromHex('0500') };
    expect(await outcome([rootCrl, await middleCrl({ revoked: [entry(other, { ...unknown, critical: true })] })])).toBe(
      UNKNOWN,
    );
    expect(await outcome([rootCrl, await middleCrl({ revoked: [entry(other, unknown)] })])).toBe(GOOD);
  });

  it('with a serial number in more octets than needed are refused at once, not passed over', async () => {
    const { der } = await middle.crl({ revoked: [{ serialNumber: '0180' }] });
    const padded = Buffer.from(Buffer.from(der).toString('hex').replace('0202018017', '0202000517'), 'hex');
    expect(padded.equals(der)).toBe(false);
    expect(() => createPathVerifier({ trustAnchors: [root.pem], crls: [padded] })).toThrow(
      expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' }),
    );
  });

  it('with a certificateIssuer belong in an indirect CRL', async () => {
    const other = await middle.issue();
    expect(await outcome([rootCrl, await middleCrl({ revoked: [entry(other, certificateIssuer('CN=Other'))] })])).toBe(
      UNKNOWN,
    );
  });
});

const NUMBER = (number: number): TestExtension => ({
  oid: '2.5.29.20',
  value: tlv(TAG.INTEGER, Uint8Array.of(number)),
});
const BASE = (number: number): TestExtension => ({
  oid: '2.5.29.27',
  critical: true,
  value: tlv(TAG.INTEGER, Uint8Array.of(number)),
});

function certificateIssuer(name: string): TestExtension {
  return { oid: '2.5.29.29', critical: true, value: sequence(tlv(context(4, true), encodeSubject(name))) };
}

const uri = (value: string) => text(context(6), value);
const directory = (name: string) => tlv(context(4, true), encodeSubject(name));
/** DistributionPointName: full names, or one RDN below the name of the CRL's issuer. */
const fullName = (...names: Uint8Array[]) => tlv(context(0, true), tlv(context(0, true), ...names));
const relativeName = (rdn: string) =>
  tlv(
    context(0, true),
    tlv(context(1, true), new DerReader(encodeSubject(rdn)).expect(TAG.SEQUENCE).enter().expect(TAG.SET).content()),
  );
const flag = (number: number) => tlv(context(number), Uint8Array.of(0xff));
/** keyCompromise and cACompromise; and all the others. */
const someReasons = (number: number) => tlv(context(number), fromHex('0560'));
const otherReasons = (number: number) => tlv(context(number), fromHex('071f80'));

const scope = (...parts: Uint8Array[]): TestExtension => ({
  oid: '2.5.29.28',
  critical: true,
  value: sequence(...parts),
});
const points = (...of: Uint8Array[][]): TestExtension => ({
  oid: '2.5.29.31',
  value: sequence(...of.map((parts) => sequence(...parts))),
});

describe('RFC 5280 §6.3.3(b)(2): the scope of a CRL', () => {
  it.each<[string, Uint8Array[], string, string]>([
    ['user certificates only', [flag(1)], GOOD, UNKNOWN],
    ['authority certificates only', [flag(2)], UNKNOWN, GOOD],
    ['attribute certificates only', [flag(5)], UNKNOWN, UNKNOWN],
    ['some reasons only', [someReasons(3)], UNKNOWN, UNKNOWN],
    ['nothing of all that', [flag(4)], GOOD, GOOD],
  ])('%s', async (_what, parts, forLeaf, forAuthority) => {
    const scoped = { extensions: [scope(...parts)] };
    expect(await outcome([rootCrl, await middleCrl(scoped)])).toBe(forLeaf);
    expect(await outcome([rootCrl, await middleCrl(scoped)], IF_AVAILABLE)).toBe(forLeaf);
    expect(await outcome([(await root.crl(scoped)).pem, await middleCrl()])).toBe(forAuthority);
  });

  it('some reasons in one CRL and the others in another are all reasons', async () => {
    const some = await middleCrl({ extensions: [scope(someReasons(3))] });
    const others = await middleCrl({ extensions: [scope(otherReasons(3))] });
    expect(await outcome([rootCrl, some, others])).toBe(GOOD);
    expect(await outcome([rootCrl, some, some])).toBe(UNKNOWN);
    const revoking = await middleCrl({ revoked: [leaf], extensions: [scope(otherReasons(3))] });
    expect(await outcome([rootCrl, some, revoking])).toBe(REVOKED);
  });

  it.each<[string, Uint8Array[] | undefined, Uint8Array, string]>([
    ['the same URI', [fullName(uri('http://a.example/1'))], fullName(uri('http://a.example/1')), GOOD],
    ['another URI', [fullName(uri('http://a.example/1'))], fullName(uri('http://a.example/2')), UNKNOWN],
    ['one of several', [fullName(uri('http://a.example/1'), uri('ldap://b'))], fullName(uri('ldap://b')), GOOD],
    ['the same directory name', [fullName(directory('CN=dp,O=x'))], fullName(directory('CN=DP,O=X')), GOOD],
    ['a relative name for the same', [relativeName('CN=dp')], fullName(directory('CN=dp,CN=Middle')), GOOD],
    ['relative to the issuer of the CRL', [fullName(directory('CN=dp,CN=Middle'))], relativeName('CN=dp'), GOOD],
    ['another relative name', [relativeName('CN=dp')], relativeName('CN=dq'), UNKNOWN],
    ['a location, where the certificate names none', undefined, fullName(uri('http://a.example/1')), UNKNOWN],
    ['a location, and a point with nothing in it', [], fullName(uri('http://a.example/1')), UNKNOWN],
    ['the issuer itself as location', undefined, fullName(directory('CN=Middle')), GOOD],
  ])('its location and the distribution points of a certificate: %s', async (_what, point, location, expected) => {
    const target = await middle.issue(point === undefined ? {} : { extensions: [points(point)] });
    expect(await outcome([rootCrl, await middleCrl({ extensions: [scope(location)] })], {}, target)).toBe(expected);
  });

  it('reasons of a distribution point bound what a CRL there says', async () => {
    const here = fullName(uri('http://a.example/1'));
    const there = fullName(uri('http://a.example/2'));
    const target = await middle.issue({ extensions: [points([here, someReasons(1)], [there, otherReasons(1)])] });
    const at = (location: Uint8Array) => middleCrl({ extensions: [scope(location)] });
    expect(await outcome([rootCrl, await at(here)], {}, target)).toBe(UNKNOWN);
    expect(await outcome([rootCrl, await at(here), await at(there)], {}, target)).toBe(GOOD);
  });

  it('distribution points that are malformed are refused', async () => {
    for (const value of ['3000', '30023000ff', '3004300281000500', '30093007a005a103020105']) {
      const target = await middle.issue({ extensions: [{ oid: '2.5.29.31', value: fromHex(value) }] });
      expect(await outcome([rootCrl, await middleCrl()], {}, target)).toBe('ERR_PATH_MALFORMED');
    }
  });

  it('locations that are malformed, or of too many names, are refused at once', async () => {
    const names = Array.from({ length: 65 }, () => uri('http://a.example/1'));
    for (const location of [tlv(context(0, true), fromHex('a103020105')), fullName(...names)]) {
      const crl = await middleCrl({ extensions: [scope(location)] });
      expect(() => createPathVerifier({ trustAnchors: [root.pem], crls: [crl] })).toThrow(
        expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' }),
      );
    }
  });

  it('critical distribution points need revocation to be checked', async () => {
    const target = await middle.issue({
      extensions: [{ ...points([fullName(uri('http://a.example/1'))]), critical: true }],
    });
    expect(await outcome([rootCrl, await middleCrl()], {}, target)).toBe(GOOD);
    const paths = createPathVerifier({ trustAnchors: [root.pem] });
    await expect(paths.verify(target.pem, [middle.pem])).rejects.toMatchObject({ code: 'ERR_PATH_CRITICAL_EXTENSION' });
  });
});

describe('indirect CRLs', () => {
  let crlIssuer: TestAuthority;
  let target: TestCertificate;
  const indirect = scope(flag(4));

  beforeAll(async () => {
    crlIssuer = await root.issueAuthority({
      subject: 'CN=CRL Issuer',
      keyUsage: ['cRLSign'],
      basicConstraints: { ca: false },
    });
    target = await middle.issue({ extensions: [points([tlv(context(2, true), directory('CN=CRL Issuer'))])] });
  });

  const signed = async (options: TestCrlOptions) => (await crlIssuer.crl(options)).pem;
  const check = (crl: string, sent = [middle.pem, crlIssuer.pem]) => outcome([rootCrl, crl], {}, target, sent);

  it('speak for authorities that name their issuer', async () => {
    expect(await check(await signed({ extensions: [indirect] }))).toBe(GOOD);
    expect(await check(await signed({ extensions: [] }))).toBe(UNKNOWN);
    // a CRL of the right issuer that is not indirect cannot be used, and is not passed over
    const direct = await signed({ extensions: [] });
    expect(await outcome([rootCrl, direct], IF_AVAILABLE, target, [middle.pem, crlIssuer.pem])).toBe(UNKNOWN);
    expect(await check(await signed({ extensions: [indirect] }), [middle.pem])).toBe(UNKNOWN);
    // and for nobody else
    expect(
      await outcome([rootCrl, await signed({ extensions: [indirect] })], {}, leaf, [middle.pem, crlIssuer.pem]),
    ).toBe(UNKNOWN);
  });

  it('name the issuer of an entry once for all that follow', async () => {
    const other = await middle.issue();
    const revoked = (...entries: CrlEntry[]) => signed({ extensions: [indirect], revoked: entries });
    expect(await check(await revoked(entry(target, certificateIssuer('CN=Middle'))))).toBe(REVOKED);
    expect(await check(await revoked(entry(other, certificateIssuer('CN=Middle')), entry(target)))).toBe(REVOKED);
    expect(await check(await revoked(entry(target)))).toBe(GOOD);
    expect(
      await check(
        await revoked(entry(other, certificateIssuer('CN=Middle')), entry(target, certificateIssuer('CN=Other'))),
      ),
    ).toBe(GOOD);
  });

  it('have a location that is compared with that of the distribution point, or with the names of its issuer', async () => {
    const issuedBy = tlv(context(2, true), directory('CN=CRL Issuer'));
    const [here, there] = [fullName(uri('http://a.example/1')), fullName(uri('http://a.example/2'))];
    const at = async (point: Uint8Array[], location: Uint8Array) => {
      const one = await middle.issue({ extensions: [points([...point, issuedBy])] });
      const crl = await signed({ extensions: [scope(location, flag(4))] });
      return outcome([rootCrl, crl], {}, one, [middle.pem, crlIssuer.pem]);
    };
    expect(await at([here], here)).toBe(GOOD);
    expect(await at([here], there)).toBe(UNKNOWN);
    expect(await at([], here)).toBe(UNKNOWN);
    expect(await at([], fullName(directory('CN=CRL Issuer')))).toBe(GOOD);
    // relative to the issuer of the CRL
    expect(await at([relativeName('CN=dp')], fullName(directory('CN=dp,CN=CRL Issuer')))).toBe(GOOD);
    expect(await at([relativeName('CN=dp')], fullName(directory('CN=dp,CN=Middle')))).toBe(UNKNOWN);
  });

  it('cannot be verified with a signer that is malformed, or beyond the limits', async () => {
    const crl = await signed({ extensions: [indirect] });
    const keyUsage = tlv(
      context(3, true),
      sequence(sequence(oid('2.5.29.15'), tlv(TAG.OCTET_STRING, fromHex('0500')))),
    );
    const malformed = resigned(crlIssuer.certificate, root.privateKeyPem, { extensions: keyUsage });
    const base64 = Buffer.from(malformed).toString('base64');
    expect(await outcome([rootCrl, crl], {}, target, [middle.pem, base64])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, crl], {}, target, [middle.pem, base64, crlIssuer.pem])).toBe(GOOD);
    const limited = async (signatures: number) =>
      outcome([rootCrl, crl], { limits: { signatures } }, target, [middle.pem, crlIssuer.pem]);
    const results = [];
    for (let signatures = 0; signatures < 8; signatures++) results.push(await limited(signatures));
    const enough = results.indexOf(GOOD);
    expect(enough).toBeGreaterThan(2);
    expect(new Set(results.slice(0, enough))).toEqual(new Set(['ERR_PATH_LIMIT']));
    expect(new Set(results.slice(enough))).toEqual(new Set([GOOD]));
  });

  it('are of no use from an issuer that is revoked, or under another anchor', async () => {
    const crl = await signed({ extensions: [indirect] });
    const revoking = (await root.crl({ revoked: [crlIssuer] })).pem;
    expect(await outcome([revoking, crl], {}, target, [middle.pem, crlIssuer.pem])).toBe(UNKNOWN);
    const elsewhere = await createCertificateAuthority({ subject: 'CN=Elsewhere' });
    const stranger = await elsewhere.issueAuthority({ subject: 'CN=CRL Issuer', keyUsage: ['cRLSign'] });
    const strange = (await stranger.crl({ extensions: [indirect] })).pem;
    const paths = { trustAnchors: [root.pem, elsewhere.pem] };
    expect(
      await outcome([rootCrl, (await elsewhere.crl()).pem, strange], paths, target, [middle.pem, stranger.pem]),
    ).toBe(UNKNOWN);
  });

  it('may be signed by an issuer whose certificate the operator has', async () => {
    const crl = await signed({ extensions: [indirect] });
    expect(await outcome([rootCrl, crl], { intermediates: [crlIssuer.pem] }, target)).toBe(GOOD);
  });
});

describe('delta CRLs', () => {
  const complete = (options: TestCrlOptions = {}) => middleCrl({ extensions: [NUMBER(5)], ...options });
  const delta = (base: number, number: number, options: TestCrlOptions = {}) =>
    middleCrl({ ...options, extensions: [NUMBER(number), BASE(base), ...(options.extensions ?? [])] });
  const removed = () => entry(leaf, { oid: '2.5.29.21', value: tlv(TAG.ENUMERATED, Uint8Array.of(8)) });

  it('alone say nothing', async () => {
    expect(await outcome([rootCrl, await delta(1, 6)])).toBe(UNKNOWN);
  });

  it('revoke what the complete CRL does not', async () => {
    expect(await outcome([rootCrl, await complete(), await delta(5, 6)])).toBe(GOOD);
    expect(await outcome([rootCrl, await complete(), await delta(5, 6, { revoked: [leaf] })])).toBe(REVOKED);
  });

  it('take back what the complete CRL revokes', async () => {
    const revoking = await complete({ revoked: [leaf] });
    expect(await outcome([rootCrl, revoking, await delta(5, 6)])).toBe(REVOKED);
    expect(await outcome([rootCrl, revoking, await delta(5, 6, { revoked: [removed()] })])).toBe(GOOD);
    // not in a complete CRL
    expect(await outcome([rootCrl, await complete({ revoked: [removed()] })])).toBe(REVOKED);
  });

  it('have to fit the complete CRL', async () => {
    const revoking = await complete({ revoked: [leaf] });
    for (const unfit of [
      delta(6, 7, { revoked: [removed()] }),
      delta(4, 5, { revoked: [removed()] }),
      delta(5, 6, { revoked: [removed()], extensions: [scope(flag(1))] }),
    ]) {
      expect(await outcome([rootCrl, revoking, await unfit])).toBe(REVOKED);
    }
    const impostor = await createCertificateAuthority({ subject: 'CN=Middle' });
    const forged = (await impostor.crl({ revoked: [removed()], extensions: [NUMBER(6), BASE(5)] })).pem;
    expect(await outcome([rootCrl, revoking, forged])).toBe(REVOKED);
  });

  it('do not hide behind a newer one that is forged', async () => {
    const complete5 = await complete();
    const revoking = await delta(5, 6, { revoked: [leaf] });
    const der = (await middle.crl({ extensions: [NUMBER(7), BASE(5)] })).der.slice();
    der[der.length - 1]! ^= 1;
    expect(await outcome([rootCrl, complete5, revoking, Buffer.from(der).toString('base64')])).toBe(REVOKED);
  });

  it('bring a complete CRL up to date that is past its time', async () => {
    const past = { thisUpdate: new Date(now - 2 * HOUR), nextUpdate: new Date(now - HOUR) };
    const old = await complete(past);
    expect(await outcome([rootCrl, old])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, old, await delta(5, 6)])).toBe(GOOD);
    expect(await outcome([rootCrl, old, await delta(5, 6, past)])).toBe(UNKNOWN);
  });

  it('bring it up to date only with the key that signed it', async () => {
    const past = { thisUpdate: new Date(now - 2 * HOUR), nextUpdate: new Date(now - HOUR) };
    const renewed = await root.issueAuthority({ subject: 'CN=Middle' });
    const other = (await renewed.crl({ extensions: [NUMBER(6), BASE(5)] })).pem;
    expect(await outcome([rootCrl, await complete(past), other], {}, leaf, [middle.pem, renewed.pem])).toBe(UNKNOWN);
    const forged = (await middle.crl({ extensions: [NUMBER(6), BASE(5)] })).der.slice();
    forged[forged.length - 1]! ^= 1;
    expect(await outcome([rootCrl, await complete(past), Buffer.from(forged).toString('base64')])).toBe(UNKNOWN);
  });

  it('count by number: the newest decides', async () => {
    const crls = [
      rootCrl,
      await complete(),
      await delta(5, 6, { revoked: [leaf] }),
      await delta(5, 7, { revoked: [removed()] }),
    ];
    expect(await outcome(crls)).toBe(GOOD);
    expect(await outcome(crls.toReversed())).toBe(GOOD);
  });
});

describe('keys that change', () => {
  it('a CRL may be signed with another key of the same authority, old or new', async () => {
    const renewed = await root.issueAuthority({ subject: 'CN=Middle' });
    const crl = (await renewed.crl()).pem;
    expect(await outcome([rootCrl, crl])).toBe(UNKNOWN);
    expect(await outcome([rootCrl, crl], {}, leaf, [middle.pem, renewed.pem])).toBe(GOOD);
    expect(
      await outcome([rootCrl, (await renewed.crl({ revoked: [leaf] })).pem], {}, leaf, [renewed.pem, middle.pem]),
    ).toBe(REVOKED);
  });

  it('a new key certified by the old one, self-issued', async () => {
    const renewed = await middle.issueAuthority({ subject: 'CN=Middle' });
    const target = await renewed.issue();
    const evidence = 'crl,crl,crl';
    // signed with the old key: it covers both certificates that CN=Middle issued
    expect(await outcome([rootCrl, await middleCrl()], {}, target, [middle.pem, renewed.pem])).toBe(evidence);
    expect(
      await outcome([rootCrl, await middleCrl({ revoked: [target] })], {}, target, [middle.pem, renewed.pem]),
    ).toBe(REVOKED);
    expect(
      await outcome([rootCrl, await middleCrl({ revoked: [renewed] })], {}, target, [middle.pem, renewed.pem]),
    ).toBe(REVOKED);
  });

  it('a key for CRLs alone cannot vouch for itself', async () => {
    const signer = await middle.issueAuthority({ subject: 'CN=Middle', keyUsage: ['cRLSign'], basicConstraints: null });
    const crl = (await signer.crl()).pem;
    expect(await outcome([rootCrl, crl], {}, leaf, [middle.pem, signer.pem])).toBe(UNKNOWN);
    // where nothing has to be known of the signer's own certificate, the same CRL still speaks of it
    expect(await outcome([rootCrl, crl], IF_AVAILABLE, leaf, [middle.pem, signer.pem])).toBe(UNKNOWN);
  });
});

describe('what the caller gives', () => {
  it('may be DER or base64 too, and is copied', async () => {
    const { der } = await middle.crl({ revoked: [leaf] });
    const base64 = Buffer.from(der).toString('base64');
    expect(await outcome([rootCrl, base64])).toBe(REVOKED);
    const own = Buffer.from(der);
    const paths = createPathVerifier({ trustAnchors: [root.pem], crls: [own] });
    own.fill(0);
    await expect(paths.verify(leaf.pem, [middle.pem])).rejects.toMatchObject({ code: REVOKED });
  });

  it('is refused at once where it does not parse', async () => {
    const { der } = await middle.crl();
    const malformed = expect.objectContaining({ code: 'ERR_PATH_REVOCATION_MALFORMED' });
    for (const crl of ['', 'AAAA', root.pem, new Uint8Array(0), der.subarray(1), Uint8Array.of(...der, 0)]) {
      expect(() => createPathVerifier({ trustAnchors: [root.pem], crls: [crl] })).toThrow(malformed);
    }
    for (const crls of ['PEM', [1], [null], { length: 0 }]) {
      expect(() => createPathVerifier({ trustAnchors: [root.pem], crls: crls as never })).toThrow(TypeError);
    }
    expect(() => createPathVerifier({ trustAnchors: [root.pem], revocation: 'hard' as never })).toThrow(TypeError);
  });
});
