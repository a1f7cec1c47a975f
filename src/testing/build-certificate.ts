import type * as X509 from '@peculiar/x509';
import { decodeOid, OID } from '../x509/oid.js';
import { concat } from './der-writer.js';
import type { TestCertificateOptions, TestExtension } from './certificate-options.js';
import { withExactNames } from './exact-names.js';
import { loadX509 } from './load-packages.js';
import type { TestKeyPair } from './key-pair.js';
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

/** The signer of a certificate. */
export interface Issuer {
  /** Name element. */
  readonly name: Uint8Array<ArrayBuffer>;
  readonly keyPair: TestKeyPair;
  /** The chain that follows its certificates. */
  readonly chainPem: string;
}

/** All inputs of a certificate. */
export interface Profile extends TestCertificateOptions {
  readonly keyPair: TestKeyPair;
  /** Name element, instead of `subject`. */
  readonly name?: Uint8Array<ArrayBuffer>;
}

/** Signs a certificate with the issuer's key, or with its own. */
export async function buildCertificate(profile: Profile, issuer?: Issuer): Promise<Uint8Array> {
  const x509 = await loadX509();
  const { keys } = profile.keyPair;
  const signer = issuer?.keyPair ?? profile.keyPair;
  const subject = subjectName(profile);
  // both names are replaced below
  const placeholder = new x509.Name('CN=name');
  const now = (profile.now ?? new Date()).getTime();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: profile.serialNumber ?? randomSerial(),
    subject: placeholder,
    issuer: placeholder,
    notBefore: profile.notBefore ?? new Date(now - DAY / 24),
    notAfter: profile.notAfter ?? new Date(now + 365 * DAY),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: signer.algorithm,
    extensions: await buildExtensions(x509, profile, signer),
  });
  return withExactNames(new Uint8Array(certificate.rawData), issuer?.name ?? subject, subject, signer);
}

async function buildExtensions(x509: typeof X509, profile: Profile, signer: TestKeyPair): Promise<X509.Extension[]> {
  const { basicConstraints, keyUsage = ['digitalSignature'], extendedKeyUsage = [], san } = profile;
  const extensions: X509.Extension[] = [
    await x509.SubjectKeyIdentifierExtension.create(profile.keyPair.keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
  ];
  if (basicConstraints) {
    extensions.push(new x509.BasicConstraintsExtension(basicConstraints.ca, basicConstraints.pathLength, true));
  }
  if (keyUsage && keyUsage.length > 0) {
    const flags = keyUsage.map((name) => x509.KeyUsageFlags[name]).reduce((bits, bit) => bits | bit);
    extensions.push(new x509.KeyUsagesExtension(flags, true));
  }
  if (extendedKeyUsage.length > 0) {
    extensions.push(new x509.ExtendedKeyUsageExtension(extendedKeyUsage.map((name) => KEY_PURPOSES.get(name) ?? name)));
  }
  if (san !== undefined) {
    // RFC 5280 §4.2.1.6: critical where the subject is empty
    extensions.push(
      new x509.Extension(decodeOid(OID.subjectAltName), profile.subject === '', encodeSubjectAltNames(san)),
    );
  }
  return [...extensions, ...rawExtensions(x509, profile.extensions)];
}

/** Extensions in raw form. */
export function rawExtensions(x509: typeof X509, extensions: readonly TestExtension[] = []): X509.Extension[] {
  return extensions.map(({ oid, critical = false, value }) => new x509.Extension(oid, critical, value));
}

/** The Name element of a subject. */
export function subjectName(profile: Profile): Uint8Array<ArrayBuffer> {
  return profile.name ?? encodeSubject(profile.subject ?? 'CN=test');
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function randomSerial(): string {
  const octets = concat(Uint8Array.of(0x40), crypto.getRandomValues(new Uint8Array(15)));
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
