import type { MtlsErrorReason } from 'oauth-mtls';
import { createPathVerifier, createReloadingPathVerifier, type PathVerifierOptions } from 'oauth-mtls/pki';
import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestCertificateOptions,
  type TestAuthority,
} from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/testing/der-writer.js';
import { parseCertificate } from '../../../src/x509/certificate.js';
import { nameConstraints } from '../constraints.js';
import { shortKeyPair } from '../short-key-pair.js';

const DAY = 86_400_000;
const UNKNOWN = { oid: '1.3.6.1.4.1.55738.1', critical: true, value: Uint8Array.of(5, 0) };
/** CRLDistributionPoints of `http://crl.test/`. */
const DISTRIBUTION_POINTS = {
  oid: '2.5.29.31',
  critical: true,
  value: fromHex('30183016a014a0128610687474703a2f2f63726c2e746573742f'),
};

let root: TestAuthority;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
});

const useless = (reason: MtlsErrorReason<'ERR_PATH_ANCHOR'>, index: number, pem: string) => {
  const { subject, thumbprint } = parseCertificate(pem);
  return expect.objectContaining({
    code: 'ERR_PATH_ANCHOR',
    detail: expect.objectContaining({ reason, index, subject: subject.toString(), thumbprint }),
    cause: expect.objectContaining({ code: reason }),
  });
};

const authority = async (options: TestCertificateOptions) =>
  (await createCertificateAuthority({ subject: 'CN=Bad,O=Acme', ...options })).pem;

/** The certificate of an authority in which octets are replaced: nothing verifies the signature of an anchor. */
async function withOctets(hex: string, replacement: string): Promise<string> {
  const der = Buffer.from(parseCertificate(await authority({})).der);
  const at = der.indexOf(fromHex(hex));
  der.set(fromHex(replacement), at);
  return der.toString('base64');
}

type Reason = MtlsErrorReason<'ERR_PATH_ANCHOR'>;

describe('an anchor that can be part of no valid path is an error with its index and subject', () => {
  it.each<[what: string, Reason, () => Promise<string>, options?: Partial<PathVerifierOptions>]>([
    ['a leaf, as in a full chain', 'ERR_PATH_BASIC_CONSTRAINTS', async () => (await root.issue()).pem],
    [
      'a self-signed certificate of an end entity',
      'ERR_PATH_BASIC_CONSTRAINTS',
      async () => (await selfSignedCertificate({ subject: 'CN=Bad', basicConstraints: { ca: false } })).pem,
    ],
    ['without keyCertSign', 'ERR_PATH_KEY_USAGE', () => authority({ keyUsage: ['cRLSign'] })],
    ['for servers only', 'ERR_PATH_EXTENDED_KEY_USAGE', () => authority({ extendedKeyUsage: ['serverAuth'] })],
    [
      'with name constraints that are malformed',
      'ERR_PATH_MALFORMED',
      () => authority({ extensions: [{ oid: '2.5.29.30', value: fromHex('3000') }] }),
    ],
    [
      'without a subject, which what it issues would have to name',
      'ERR_PATH_MALFORMED',
      async () => (await root.issueAuthority({ subject: '' })).pem,
    ],
    ['on P-192', 'ERR_PATH_ALGORITHM', () => withOctets('06082a8648ce3d030107', '06082a8648ce3d030101')],
    // the first octets of x, which only the runtime looks at
    ['with a point off its curve', 'ERR_PATH_ALGORITHM', () => withOctets('03420004', '0342000400000000')],
    ['with RSA of 1,024 bits', 'ERR_PATH_WEAK_KEY', async () => authority({ keyPair: await shortKeyPair() })],
    [
      'with name constraints that are not critical, for strictProfile',
      'ERR_PATH_PROFILE',
      () => authority({ extensions: [nameConstraints({ excluded: [['dns', 'x.example']] }, false)] }),
      { strictProfile: true },
    ],
  ])('%s: %s', async (_what, reason, make, options = {}) => {
    const bad = await make();
    const { strictProfile, ...others } = options;
    expect(() => createPathVerifier({ trustAnchors: [root.pem, bad], ...options })).toThrow(useless(reason, 1, bad));
    if (strictProfile) expect(() => createPathVerifier({ trustAnchors: [bad], ...others })).not.toThrow();
    const block = `-----BEGIN CERTIFICATE-----\n${Buffer.from(parseCertificate(bad).der).toString('base64')}\n-----END CERTIFICATE-----\n`;
    const file = Buffer.from(`${root.pem}\n${root.pem}\n${block}`);
    expect(() => createPathVerifier({ trustAnchors: [file], ...options })).toThrow(useless(reason, 2, bad));
    const load = () => Promise.resolve({ trustAnchors: [bad, root.pem], ...options });
    await expect(createReloadingPathVerifier({ load })).rejects.toEqual(useless(reason, 0, bad));
  });
});

describe('an unsupported critical extension', () => {
  it('is an error where no other anchor can be used', async () => {
    const [one, two] = await Promise.all([authority({ extensions: [UNKNOWN] }), authority({ extensions: [UNKNOWN] })]);
    for (const trustAnchors of [[one], [one, two]]) {
      expect(() => createPathVerifier({ trustAnchors })).toThrow(useless('ERR_PATH_CRITICAL_EXTENSION', 0, one));
    }
    const leaf = (await root.issue()).pem;
    expect(() => createPathVerifier({ trustAnchors: [one, leaf] })).toThrow(
      useless('ERR_PATH_BASIC_CONSTRAINTS', 1, leaf),
    );
  });

  it('does no harm beside an anchor that can be used, and nothing below it is accepted', async () => {
    const odd = await createCertificateAuthority({ subject: 'CN=Odd', extensions: [UNKNOWN] });
    const paths = createPathVerifier({ trustAnchors: [odd.pem, root.pem] });
    await expect(paths.verify((await root.issue()).pem)).resolves.toBeDefined();
    await expect(paths.verify((await odd.issue()).pem)).rejects.toMatchObject({ code: 'ERR_PATH_CRITICAL_EXTENSION' });
  });

  it('of CRL distribution points is supported where revocation is checked', async () => {
    const anchor = await createCertificateAuthority({ extensions: [DISTRIBUTION_POINTS] });
    const leaf = await anchor.issue();
    const trustAnchors = [anchor.pem];
    expect(() => createPathVerifier({ trustAnchors })).toThrow(useless('ERR_PATH_CRITICAL_EXTENSION', 0, anchor.pem));
    const crls = [(await anchor.crl()).pem];
    for (const options of [{ crls }, { crls, revocation: 'require' }, { revocation: 'if-available' }] as const) {
      await expect(createPathVerifier({ trustAnchors, ...options }).verify(leaf.pem)).resolves.toBeDefined();
    }
  });
});

it('an anchor that has expired, or is not valid yet, is no error: the time is given later', async () => {
  const now = Date.now();
  for (const days of [-20, 20]) {
    const period = { notBefore: new Date(now + days * DAY), notAfter: new Date(now + (days + 10) * DAY) };
    const anchor = await createCertificateAuthority(period);
    const leaf = await anchor.issue(period);
    const paths = createPathVerifier({ trustAnchors: [root.pem, anchor.pem] });
    const code = days < 0 ? 'ERR_PATH_EXPIRED' : 'ERR_PATH_NOT_YET_VALID';
    await expect(paths.verify(leaf.pem)).rejects.toMatchObject({ code });
    const then = new Date(now + (days + 5) * DAY);
    await expect(paths.verify(leaf.pem, [], { now: then })).resolves.toBeDefined();
  }
});
