import type { MtlsErrorReason } from '../../errors.js';
import { findExtension, type CertificateFields } from '../../x509/certificate.js';
import { GENERAL_NAME } from '../../x509/general-name.js';
import { OID } from '../../x509/oid.js';
import { KEY_USAGE } from './certificate-extensions.js';
import type { PathCertificate } from './path-certificate.js';

/** A rule for issuers of certificates, and whether a certificate breaks it. */
type Rule = readonly [reason: MtlsErrorReason<'ERR_PATH_PROFILE'>, broken: (certificate: PathCertificate) => boolean];

const RULES: readonly Rule[] = [
  // RFC 5280 §4.1.2.1: version 3 where there are extensions, and the next rules ask for some
  ['version', ({ fields }) => fields.version !== 3],
  // RFC 5280 §4.1.2.2: positive, and at most 20 octets
  ['serial-number', ({ fields }) => !isPositiveSerial(fields)],
  // RFC 5280 §4.1.2.6
  ['empty-subject', (certificate) => isAuthority(certificate) && isEmptySubject(certificate)],
  // RFC 5280 §4.2.1.1: in all but self-signed certificates, with a key identifier, not critical
  [
    'authority-key-identifier',
    (certificate) => !certificate.selfIssued && certificate.extensions.authorityKeyId === undefined,
  ],
  ['critical-authority-key-identifier', (certificate) => isCritical(certificate, OID.authorityKeyIdentifier) === true],
  // RFC 5280 §4.2.1.2: in every authority, not critical
  [
    'subject-key-identifier',
    (certificate) => isAuthority(certificate) && certificate.extensions.subjectKeyId === undefined,
  ],
  ['critical-subject-key-identifier', (certificate) => isCritical(certificate, OID.subjectKeyIdentifier) === true],
  // RFC 5280 §4.2.1.6: critical where it is the only name; dNSName in the preferred name syntax
  [
    'subject-alt-name',
    (certificate) => isEmptySubject(certificate) && isCritical(certificate, OID.subjectAltName) !== true,
  ],
  [
    'dns-name',
    (certificate) =>
      certificate.names.some(({ form, name }) => form === GENERAL_NAME.dNSName && !isPreferredName(name)),
  ],
  // RFC 5280 §4.2.1.9
  [
    'basic-constraints',
    (certificate) => isAuthority(certificate) && isCritical(certificate, OID.basicConstraints) !== true,
  ],
  ['key-usage', (certificate) => !isAuthority(certificate) && signsCertificates(certificate)],
  // RFC 5280 §4.2.1.10: in authorities only, critical, and a dNSName without leading period
  [
    'name-constraints',
    (certificate) => !isAuthority(certificate) && certificate.extensions.nameConstraints !== undefined,
  ],
  ['name-constraints', (certificate) => isCritical(certificate, OID.nameConstraints) === false],
  [
    'name-constraints',
    ({ extensions }) => extensions.nameConstraints?.forms.get(GENERAL_NAME.dNSName)?.leadingPeriod === true,
  ],
  // RFC 5280 §4.2.1.11
  ['policy-constraints', (certificate) => isCritical(certificate, OID.policyConstraints) === false],
];

/**
 * What RFC 5280 asks of those who issue certificates, beyond what it asks of those who rely on them. Every
 * certificate of the path is held to it, the anchor too.
 *
 * @throws MtlsError ERR_PATH_PROFILE
 * @see RFC 5280 §4
 */
export function checkStrictProfile(path: readonly PathCertificate[]): void {
  for (const certificate of path) {
    for (const [reason, broken] of RULES) if (broken(certificate)) throw certificate.error('ERR_PATH_PROFILE', reason);
  }
}

function isAuthority({ extensions }: PathCertificate): boolean {
  return extensions.basicConstraints?.ca === true;
}

function isEmptySubject({ fields }: PathCertificate): boolean {
  return fields.subjectEnd - fields.subjectStart === 2;
}

function signsCertificates({ extensions: { keyUsage = 0 } }: PathCertificate): boolean {
  return (keyUsage & KEY_USAGE.keyCertSign) !== 0;
}

/** Undefined where the certificate does not have the extension. */
function isCritical({ fields }: PathCertificate, oid: Uint8Array): boolean | undefined {
  return findExtension(fields, oid)?.critical;
}

function isPositiveSerial({ bytes, serialStart, serialEnd }: CertificateFields): boolean {
  const zero = serialEnd - serialStart === 1 && bytes[serialStart] === 0;
  return !zero && bytes[serialStart]! < 0x80 && serialEnd - serialStart <= 20;
}

/** RFC 1034 §3.5: `readConstrainedName` lets underscores pass, and nothing else beyond it. */
function isPreferredName(name: unknown): boolean {
  return typeof name === 'string' && !name.includes('_');
}
