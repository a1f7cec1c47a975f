import { isMtlsError } from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameConstraints } from '../constraints.js';
import { OpenSsl } from '../openssl.js';

const openssl = new OpenSsl();
afterAll(() => openssl.dispose());

const BASIC = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign';
const IDS = 'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid';

let root: TestAuthority;
let middle: TestAuthority;
let leaf: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority({ subject: 'CN=Root' });
  middle = await root.issueAuthority({ subject: 'CN=Middle' });
  leaf = await middle.issue();
});

/** A certificate for the key of `middle`, or for another one, with these extensions. */
function issue(extensions: string, authority = true): string {
  const key = openssl.write(authority ? middle.privateKeyPem : leaf.privateKeyPem);
  openssl.run('req', '-new', '-key', key, '-subj', authority ? '/CN=Middle' : '/CN=test', '-out', 'request');
  const issuer = authority ? root : middle;
  const signer = ['-CA', openssl.write(issuer.pem), '-CAkey', openssl.write(issuer.privateKeyPem), '-set_serial', '77'];
  return openssl.run('x509', '-req', '-in', 'request', ...signer, '-extfile', openssl.write(extensions), '-days', '9');
}

/** How a path does, without and with the strict profile. */
async function outcomes(target: string, authority: string, anchor = root.pem): Promise<string[]> {
  const outcome = async (strictProfile: boolean): Promise<string> => {
    try {
      const paths = createPathVerifier({ trustAnchors: [anchor], strictProfile, extendedKeyUsage: 'any' });
      await paths.verify(target, [authority]);
      return 'accepted';
    } catch (error) {
      return isMtlsError(error) ? `${error.code} ${error.detail.reason ?? ''}` : String(error);
    }
  };
  return [await outcome(false), await outcome(true)];
}

const broken = (reason: string) => ['accepted', `ERR_PATH_PROFILE ${reason}`];

it('accepts what keeps to it', async () => {
  expect(await outcomes(leaf.pem, middle.pem)).toEqual(['accepted', 'accepted']);
  expect(await outcomes(leaf.pem, issue(`${BASIC}\n${IDS}`))).toEqual(['accepted', 'accepted']);
  const limited = issue(`${BASIC.replace('CA:TRUE', 'CA:TRUE,pathlen:0')}\n${IDS}`);
  expect(await outcomes(leaf.pem, limited)).toEqual(['accepted', 'accepted']);
});

it.each([
  [
    'an authority without subjectKeyIdentifier',
    'subject-key-identifier',
    `${BASIC}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=none`,
  ],
  [
    'an authority without authorityKeyIdentifier',
    'authority-key-identifier',
    `${BASIC}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=none`,
  ],
  ['basicConstraints that are not critical', 'basic-constraints', `basicConstraints=CA:TRUE\n${IDS}`],
  [
    'name constraints that are not critical',
    'name-constraints',
    `${BASIC}\n${IDS}\nnameConstraints=excluded;DNS:a.example`,
  ],
  [
    'a dNSName constraint with a leading period',
    'name-constraints',
    `${BASIC}\n${IDS}\nnameConstraints=critical,excluded;DNS:.a.example`,
  ],
  [
    'policy constraints that are not critical',
    'policy-constraints',
    `${BASIC}\n${IDS}\npolicyConstraints=inhibitPolicyMapping:1`,
  ],
])('%s', async (_what, reason, extensions) => {
  expect(await outcomes(leaf.pem, issue(extensions))).toEqual(broken(reason));
});

it.each([
  ['a critical subjectKeyIdentifier', `${BASIC}\nsubjectKeyIdentifier=critical,hash`],
  ['a critical authorityKeyIdentifier', `${BASIC}\nauthorityKeyIdentifier=critical,keyid`],
])('%s is refused without it too', async (_what, extensions) => {
  const refused = 'ERR_PATH_CRITICAL_EXTENSION ';
  expect(await outcomes(leaf.pem, issue(extensions))).toEqual([refused, refused]);
  const useless = 'ERR_PATH_ANCHOR ERR_PATH_CRITICAL_EXTENSION';
  expect(await outcomes(leaf.pem, middle.pem, issue(extensions))).toEqual([useless, useless]);
});

/** A target below `middle` that OpenSSL makes. */
function target({
  serial = '79',
  subject = '/CN=test',
  extensions,
}: {
  serial?: string;
  subject?: string;
  extensions?: string;
}): string {
  openssl.run('req', '-new', '-key', openssl.write(leaf.privateKeyPem), '-subj', subject, '-out', 'request');
  const signer = [
    '-CA',
    openssl.write(middle.pem),
    '-CAkey',
    openssl.write(middle.privateKeyPem),
    '-set_serial',
    serial,
  ];
  const added = extensions === undefined ? [] : ['-extfile', openssl.write(extensions)];
  return openssl.run('x509', '-req', '-in', 'request', ...signer, ...added, '-days', '9');
}

it('a target of version 1, which has no extensions', async () => {
  expect(await outcomes(target({}), middle.pem)).toEqual(broken('version'));
});

it.each([
  ['zero', '0'],
  ['negative', '-5'],
  ['of 21 octets', `0x01${'00'.repeat(20)}`],
])('a serial number that is %s', async (_what, serial) => {
  expect(await outcomes(target({ serial, extensions: IDS }), middle.pem)).toEqual(broken('serial-number'));
});

it.each([
  [
    'an empty subject with a subjectAltName that is not critical',
    'subject-alt-name',
    'subjectAltName=DNS:a.example',
    '/',
  ],
  ['an underscore in a dNSName', 'dns-name', 'subjectAltName=DNS:a_b.example', '/CN=test'],
])('%s', async (_what, reason, san, subject) => {
  expect(await outcomes(target({ subject, extensions: `${IDS}\n${san}` }), middle.pem)).toEqual(broken(reason));
});

it('keyCertSign in an end entity, name constraints in an end entity', async () => {
  const signs = await middle.issue({ keyUsage: ['digitalSignature', 'keyCertSign'] });
  expect(await outcomes(signs.pem, middle.pem)).toEqual(broken('key-usage'));
  const constrains = await middle.issue({ extensions: [nameConstraints({ excluded: [['dns', 'a.example']] })] });
  expect(await outcomes(constrains.pem, middle.pem)).toEqual(broken('name-constraints'));
});

it('an anchor is held to it', async () => {
  const anchor = await createCertificateAuthority({
    extensions: [nameConstraints({ excluded: [['dns', 'x.example']] }, false)],
  });
  const below = await anchor.issueAuthority({ subject: 'CN=Below' });
  const client = await below.issue();
  const useless = 'ERR_PATH_ANCHOR ERR_PATH_PROFILE';
  expect(await outcomes(client.pem, below.pem, anchor.pem)).toEqual(['accepted', useless]);
});

it('a CRL has a number that is not critical (RFC 5280 §5.2.3)', async () => {
  const number = { oid: '2.5.29.20', value: Uint8Array.of(2, 1, 5) };
  const crl = async (extensions: (typeof number & { critical?: boolean })[]) => (await middle.crl({ extensions })).pem;
  const create = (pem: string, strictProfile: boolean) =>
    createPathVerifier({ trustAnchors: [root.pem], crls: [pem], strictProfile });
  for (const bad of [await crl([]), await crl([{ ...number, critical: true }])]) {
    expect(() => create(bad, false)).not.toThrow();
    expect(() => create(bad, true)).toThrow(expect.objectContaining({ code: 'ERR_PATH_PROFILE' }));
  }
  const good = await crl([number]);
  expect(() => create(good, true)).not.toThrow();
});
