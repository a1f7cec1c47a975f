import 'reflect-metadata/lite';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  Extension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { toBase64 } from '../encoding/bytes.js';
import { writePem } from '../encoding/pem.js';
import { decodeOid, OID } from '../x509/oid.js';
import { concat } from './der-writer.js';
import {
  checkCertificateOptions,
  checkCrlOptions,
  type TestCertificate,
  type TestCertificateOptions,
  type TestCrlEntry,
  type TestCrlOptions,
  type TestExtension,
} from './certificate-options.js';
import { withExactNames } from './exact-names.js';
import { createKeyPair, type TestKeyPair } from './key-pair.js';
import { encodeSubject, encodeSubjectAltNames } from './names.js';

const DAY = 86_400_000;

const KEY_PURPOSES = new Map([
  ['serverAuth', decodeOid(OID.serverAuth)],
  ['clientAuth', decodeOid(OID.clientAuth)],
  ['codeSigning', '1.3.6.1.5.5.7.3.3'],
  ['emailProtection', '1.3.6.1.5.5.7.3.4'],
  ['ocspSigning', decodeOid(OID.ocspSigning)],
  ['any', decodeOid(OID.anyExtendedKeyUsage)],
]);

export interface TestAuthority extends TestCertificate {
  readonly keyPair: TestKeyPair;
  /** Issues an end-entity certificate. */
  issue(options?: TestCertificateOptions): Promise<TestCertificate>;
  /** Issues an intermediate authority. */
  issueAuthority(options?: TestCertificateOptions): Promise<TestAuthority>;
  /** Signs a CRL. */
  crl(options?: TestCrlOptions): Promise<{ readonly pem: string; readonly der: Uint8Array }>;
}

interface Issuer {
  /** Name element. */
  readonly name: Uint8Array<ArrayBuffer>;
  readonly keyPair: TestKeyPair;
  readonly chainPem: string;
}

interface Profile extends TestCertificateOptions {
  readonly keyPair: TestKeyPair;
}

/**
 * A root certification authority with keys of its own, for tests.
 *
 * @example
 * ```ts
 * import { createCertificateAuthority } from 'oauth-mtls/testing';
 * const root = await createCertificateAuthority({ subject: 'CN=Test Root' });
 * const intermediate = await root.issueAuthority({ subject: 'CN=Test Intermediate' });
 * const client = await intermediate.issue({ subject: 'CN=client,O=Acme,C=US', san: { dns: 'client.example' } });
 * console.log(client.certificate.thumbprint, client.chainPem, client.privateKeyPem);
 * ```
 */
export async function createCertificateAuthority(options: TestCertificateOptions = {}): Promise<TestAuthority> {
  checkCertificateOptions(options);
  const profile = await authorityProfile({ subject: 'CN=Test Root CA', ...options });
  return authority(profile, await build(profile), '');
}

/**
 * A self-signed certificate, as a client registers it for `self_signed_tls_client_auth`.
 *
 * @example
 * ```ts
 * import { selfSignedCertificate } from 'oauth-mtls/testing';
 * const { jwk, pem, privateKeyPem } = await selfSignedCertificate({ subject: 'CN=client' });
 * ```
 */
export async function selfSignedCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  checkCertificateOptions(options);
  const keyPair = options.keyPair ?? (await createKeyPair(options.keyType ?? 'P-256'));
  const profile = { basicConstraints: { ca: false }, ...options, keyPair };
  return testCertificate(profile, await build(profile), '');
}

async function authorityProfile(options: TestCertificateOptions): Promise<Profile> {
  return {
    basicConstraints: { ca: true },
    keyUsage: ['keyCertSign', 'cRLSign'],
    ...options,
    keyPair: options.keyPair ?? (await createKeyPair(options.keyType ?? 'P-256')),
  };
}

function authority(profile: Profile, der: Uint8Array, issuerChainPem: string, root = true): TestAuthority {
  const self = testCertificate(profile, der, issuerChainPem);
  const issuer: Issuer = {
    name: subjectName(profile),
    keyPair: profile.keyPair,
    // a root is not sent
    chainPem: root ? '' : self.chainPem,
  };
  return {
    ...self,
    keyPair: profile.keyPair,
    async issue(options = {}) {
      checkCertificateOptions(options);
      const keyPair = options.keyPair ?? (await createKeyPair(options.keyType ?? 'P-256'));
      const leaf = { extendedKeyUsage: ['clientAuth'], basicConstraints: { ca: false }, ...options, keyPair };
      return testCertificate(leaf, await build(leaf, issuer), issuer.chainPem);
    },
    async issueAuthority(options = {}) {
      checkCertificateOptions(options);
      const child = await authorityProfile({ subject: 'CN=Test Intermediate CA', ...options });
      return authority(child, await build(child, issuer), issuer.chainPem, false);
    },
    crl: (options = {}) => buildCrl(issuer, options),
  };
}

function testCertificate(profile: Profile, der: Uint8Array, issuerChainPem: string): TestCertificate {
  const pem = writePem('CERTIFICATE', der);
  return {
    certificate: parseCertificate(der),
    pem,
    privateKeyPem: profile.keyPair.privateKeyPem,
    chainPem: pem + issuerChainPem,
    jwk: { ...profile.keyPair.publicJwk, x5c: [toBase64(der)] },
  };
}

/** Signs a certificate, with the issuer's key or its own. */
async function build(profile: Profile, issuer?: Issuer): Promise<Uint8Array> {
  const { keys } = profile.keyPair;
  const signer = issuer?.keyPair ?? profile.keyPair;
  const subject = subjectName(profile);
  // both names are put in place below
  const placeholder = new Name('CN=name');
  const now = Date.now();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: profile.serialNumber ?? randomSerial(),
    subject: placeholder,
    issuer: placeholder,
    notBefore: profile.notBefore ?? new Date(now - DAY / 24),
    notAfter: profile.notAfter ?? new Date(now + 365 * DAY),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: signer.algorithm,
    extensions: await buildExtensions(profile, signer),
  });
  return withExactNames(new Uint8Array(certificate.rawData), issuer?.name ?? subject, subject, signer);
}

async function buildExtensions(profile: Profile, signer: TestKeyPair): Promise<Extension[]> {
  const { basicConstraints, keyUsage = ['digitalSignature'], extendedKeyUsage = [], san } = profile;
  const extensions: Extension[] = [
    await SubjectKeyIdentifierExtension.create(profile.keyPair.keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
  ];
  if (basicConstraints) {
    extensions.push(new BasicConstraintsExtension(basicConstraints.ca, basicConstraints.pathLength, true));
  }
  if (keyUsage && keyUsage.length > 0) {
    const flags = keyUsage.map((name) => KeyUsageFlags[name]).reduce((bits, bit) => bits | bit);
    extensions.push(new KeyUsagesExtension(flags, true));
  }
  if (extendedKeyUsage.length > 0) {
    extensions.push(new ExtendedKeyUsageExtension(extendedKeyUsage.map((name) => KEY_PURPOSES.get(name) ?? name)));
  }
  if (san !== undefined) {
    // RFC 5280 §4.2.1.6: critical where the subject is empty
    extensions.push(new Extension(decodeOid(OID.subjectAltName), profile.subject === '', encodeSubjectAltNames(san)));
  }
  return [...extensions, ...rawExtensions(profile.extensions)];
}

async function buildCrl(issuer: Issuer, options: TestCrlOptions): Promise<{ pem: string; der: Uint8Array }> {
  checkCrlOptions(options);
  const { revoked = [], thisUpdate, nextUpdate } = options;
  const now = Date.now();
  const crl = await X509CrlGenerator.create({
    issuer: new Name(issuer.name),
    thisUpdate: thisUpdate ?? new Date(now - DAY / 24),
    nextUpdate: nextUpdate === null ? undefined : (nextUpdate ?? new Date(now + DAY)),
    entries: revoked.map(crlEntry),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(issuer.keyPair.keys.publicKey),
      ...rawExtensions(options.extensions),
    ],
    signingAlgorithm: issuer.keyPair.algorithm,
    signingKey: issuer.keyPair.keys.privateKey,
  });
  const der = new Uint8Array(crl.rawData);
  return { der, pem: writePem('X509 CRL', der) };
}

function crlEntry(entry: Certificate | TestCertificate | TestCrlEntry): TestCrlEntry {
  if ('certificate' in entry) return { serialNumber: entry.certificate.serialNumber };
  return 'thumbprint' in entry ? { serialNumber: entry.serialNumber } : entry;
}

function rawExtensions(extensions: readonly TestExtension[] = []): Extension[] {
  return extensions.map(({ oid, critical = false, value }) => new Extension(oid, critical, value));
}

function subjectName(profile: TestCertificateOptions): Uint8Array<ArrayBuffer> {
  return encodeSubject(profile.subject ?? 'CN=test');
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function randomSerial(): string {
  const octets = concat(Uint8Array.of(0x40), crypto.getRandomValues(new Uint8Array(15)));
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
