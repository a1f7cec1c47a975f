import { contentStart, context, type EncodingHabit } from '../../encoding/der.js';
import type { MtlsErrorReason } from '../../errors.js';
import { findExtension, type CertificateFields } from '../../x509/certificate.js';
import { GENERAL_NAME } from '../../x509/general-name.js';
import { ADDITIONAL_CURVES } from '../../platform/signature-scheme.js';
import { writesDefault } from '../../x509/extensions.js';
import { OID } from '../../x509/oid.js';
import { KEY_USAGE, readCertificateExtensions } from './certificate-extensions.js';
import type { PathCertificate } from './path-certificate.js';
import { readPublicKey } from './public-key.js';
import { readAlgorithm } from './signature.js';

/** A rule for issuers of certificates, and whether a certificate breaks it. */
type Rule = readonly [
  reason: MtlsErrorReason<'ERR_PATH_PROFILE'>,
  broken: (certificate: PathCertificate, habits: ReadonlySet<EncodingHabit>) => boolean,
];

const RULES: readonly Rule[] = [
  // X.690 §11.5: defaults must not be encoded
  ['written-default', (_, habits) => habits.has('written-default')],
  // RFC 5280 §4.1: Extensions ::= SEQUENCE SIZE (1..MAX)
  ['empty-extensions', (_, habits) => habits.has('empty-extensions')],
  // RFC 5280 §4.2.1.6: GeneralNames ::= SEQUENCE SIZE (1..MAX)
  ['empty-subject-alt-name', (_, habits) => habits.has('empty-subject-alt-name')],
  // RFC 5280 §4.1.2.1: version 3 with extensions, which the next rules require
  ['version', ({ fields }) => fields.version !== 3],
  // RFC 5280 §4.1.2.2: positive, and at most 20 octets
  ['serial-number', ({ fields }) => !isPositiveSerial(fields)],
  // RFC 5280 §4.1.2.6
  ['empty-subject', (certificate) => isAuthority(certificate) && isEmptySubject(certificate)],
  // RFC 5280 §4.2.1.1: in all but self-signed certificates, with a key identifier; critical is refused elsewhere
  [
    'authority-key-identifier',
    (certificate) => !certificate.selfIssued && certificate.extensions.authorityKeyId === undefined,
  ],
  // RFC 5280 §4.2.1.2: in every authority; critical is refused elsewhere
  [
    'subject-key-identifier',
    (certificate) => isAuthority(certificate) && certificate.extensions.subjectKeyId === undefined,
  ],
  // RFC 5280 §4.2.1.6: critical if it is the only name; dNSName in the preferred name syntax
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
  // RFC 5280 §4.2.1.9: pathLenConstraint only if cA and keyCertSign are asserted
  ['path-length', (certificate) => limitsPathLength(certificate) && !signsAsAuthority(certificate)],
  ['key-usage', (certificate) => !isAuthority(certificate) && signsCertificates(certificate)],
  // RFC 5280 §4.2.1.10: only in authorities, critical, and a dNSName without leading period
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
 * Checks the requirements of RFC 5280 on issuers, in addition to those on relying parties. They apply to every
 * certificate of the path, including the anchor.
 *
 * @throws MtlsError ERR_PATH_PROFILE
 * @see RFC 5280 §4
 */
export function checkStrictProfile(path: readonly PathCertificate[]): void {
  for (const certificate of path) {
    const habits = habitsOf(certificate);
    for (const [reason, broken] of RULES) {
      if (broken(certificate, habits)) throw certificate.error('ERR_PATH_PROFILE', reason);
    }
  }
}

function isAuthority({ extensions }: PathCertificate): boolean {
  return extensions.basicConstraints?.ca === true;
}

function limitsPathLength({ extensions }: PathCertificate): boolean {
  return (extensions.basicConstraints?.pathLength ?? Infinity) !== Infinity;
}

function signsAsAuthority(certificate: PathCertificate): boolean {
  return isAuthority(certificate) && signsCertificates(certificate);
}

/** The deviations from DER or RFC 5280 in a certificate that are otherwise accepted. */
function habitsOf({ fields, extensions, anchor }: PathCertificate): ReadonlySet<EncodingHabit> {
  const { bytes, tbsStart, publicKeyStart, publicKeyEnd } = fields;
  const habits = new Set<EncodingHabit>();
  const first = contentStart(bytes, tbsStart);
  if (fields.version === 1 && bytes[first] === context(0, true)) habits.add('written-default');
  if (fields.extensions.some((extension) => writesDefault(bytes, extension))) habits.add('written-default');
  if (fields.emptyExtensions) habits.add('empty-extensions');
  // SEQUENCE {}
  const names = extensions.subjectAltName;
  if (names !== undefined && names.end - names.start === 2) habits.add('empty-subject-alt-name');
  readCertificateExtensions(fields, habits);
  readPublicKey(bytes, publicKeyStart, publicKeyEnd, ADDITIONAL_CURVES, habits);
  // an anchor's own signature may have any algorithm
  if (!anchor) readAlgorithm(fields, habits);
  return habits;
}

function isEmptySubject({ fields }: PathCertificate): boolean {
  return fields.subjectEnd - fields.subjectStart === 2;
}

function signsCertificates({ extensions: { keyUsage = 0 } }: PathCertificate): boolean {
  return (keyUsage & KEY_USAGE.keyCertSign) !== 0;
}

/** Whether an extension is critical. Undefined if the certificate does not have it. */
function isCritical({ fields }: PathCertificate, oid: Uint8Array): boolean | undefined {
  return findExtension(fields, oid)?.critical;
}

function isPositiveSerial({ bytes, serialStart, serialEnd }: CertificateFields): boolean {
  const zero = serialEnd - serialStart === 1 && bytes[serialStart] === 0;
  return !zero && bytes[serialStart]! < 0x80 && serialEnd - serialStart <= 20;
}

/** RFC 1034 §3.5. In addition, `readConstrainedName` only accepts underscores. */
function isPreferredName(name: unknown): boolean {
  return typeof name === 'string' && !name.includes('_');
}
