import { checkOption, checkOptions } from '../options.js';
import type { Certificate } from '../x509/certificate.js';
import type { KeyMembers } from '../x509/public-key.js';
import { TEST_KEY_TYPES, type TestKeyPair, type TestKeyType } from './key-pair.js';
import type { TestSubject, TestSubjectAltName, TestSubjectAltNames } from './names.js';

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** Bits of the keyUsage extension (RFC 5280 §4.2.1.3). */
export type TestKeyUsage = (typeof KEY_USAGES)[number];

/** A certificate with its private key, in the forms that tests use. */
export interface TestCertificate {
  readonly certificate: Certificate;
  readonly pem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
  readonly keyPair: TestKeyPair;
  /** The certificate and the authorities above it without the root, as a TLS client sends them. */
  readonly chainPem: string;
  /** The public key with `x5c`, as a client registers it for `self_signed_tls_client_auth`. */
  readonly jwk: KeyMembers & { readonly x5c: readonly string[] };
}

/** An extension in raw form, for extensions without an option. */
export interface TestExtension {
  readonly oid: string;
  readonly critical?: boolean;
  /** Content of the extension in DER. */
  readonly value: Uint8Array<ArrayBuffer>;
}

export interface TestCertificateOptions {
  /** Default `CN=test`. The empty string is an empty subject. */
  readonly subject?: TestSubject;
  readonly san?: TestSubjectAltNames;
  /** The time from which default dates are computed. Default: that of the authority, or the current time. */
  readonly now?: Date;
  /** Default `P-256`. */
  readonly keyType?: TestKeyType;
  /** Default: an hour before `now`. */
  readonly notBefore?: Date;
  /** Default: a year after `now`. */
  readonly notAfter?: Date;
  /** Hexadecimal. Default: random. */
  readonly serialNumber?: string;
  /** Names such as `clientAuth`, or dotted OIDs. Default `['clientAuth']` for `issue`, otherwise none. */
  readonly extendedKeyUsage?: readonly string[];
  /** Default digitalSignature, or keyCertSign and cRLSign for authorities. Null omits the extension. */
  readonly keyUsage?: readonly TestKeyUsage[] | null;
  /** basicConstraints: `ca` and `pathLength`. Null omits the extension. */
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number } | null;
  readonly extensions?: readonly TestExtension[];
  /** Keys to certify, for tests with two certificates for one key. */
  readonly keyPair?: TestKeyPair;
}

/** An entry of a CRL with more than a serial number. */
export interface TestCrlEntry {
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** Default: the current time. */
  readonly revocationDate?: Date;
  /** CRLReason (RFC 5280 §5.3.1), such as 1 for keyCompromise. */
  readonly reason?: number;
}

export interface TestCrlOptions {
  readonly revoked?: readonly (Certificate | TestCertificate | TestCrlEntry)[];
  /** Default: an hour before `now` of the authority. */
  readonly thisUpdate?: Date;
  /** Default: a day after it. Null omits it. */
  readonly nextUpdate?: Date | null;
  readonly extensions?: readonly TestExtension[];
}

/**
 * Checks the options of a certificate, or of its renewal.
 *
 * @throws TypeError that names the member
 */
export function checkCertificateOptions(options: TestCertificateOptions, renewal = false): void {
  checkOptions<TestCertificateOptions>(options, {
    ...(renewal && { key: ['new', 'same'] as const }),
    subject: 'any',
    san: 'any',
    now: 'date',
    keyType: TEST_KEY_TYPES,
    notBefore: 'date',
    notAfter: 'date',
    serialNumber: 'string',
    extendedKeyUsage: 'strings',
    keyUsage: 'any',
    basicConstraints: 'any',
    extensions: 'array',
    keyPair: 'object',
  });
  const { subject, san, keyUsage, basicConstraints, extensions = [] } = options;
  if (subject !== undefined && typeof subject !== 'string') checkOption('subject', subject, 'array');
  if (san !== undefined) checkSubjectAltNames(san);
  if (keyUsage !== undefined && keyUsage !== null) checkOption('keyUsage', keyUsage, { arrayOf: KEY_USAGES });
  if (basicConstraints !== undefined && basicConstraints !== null) {
    const table = { ca: 'boolean', pathLength: 'count' } as const;
    checkOptions<typeof basicConstraints>(basicConstraints, table, ['ca'], 'basicConstraints');
  }
  extensions.forEach(checkExtension);
}

function checkSubjectAltNames(names: TestSubjectAltNames): void {
  if (!isList(names)) {
    const table = { dns: 'any', uri: 'any', email: 'any', ip: 'any', dn: 'any', other: 'any' } as const;
    checkOptions<Exclude<TestSubjectAltNames, readonly unknown[]>>(names, table, [], 'san');
    return;
  }
  const table = { type: ['dns', 'uri', 'email', 'ip', 'dn', 'other'], value: 'any' } as const;
  for (const name of names) checkOptions<TestSubjectAltName>(name, table, ['type', 'value'], 'san');
}

function isList(names: TestSubjectAltNames): names is readonly TestSubjectAltName[] {
  return Array.isArray(names);
}

/**
 * Checks the options of a CRL.
 *
 * @throws TypeError that names the member
 */
export function checkCrlOptions(options: TestCrlOptions): void {
  checkOptions<TestCrlOptions>(options, {
    revoked: 'array',
    thisUpdate: 'date',
    nextUpdate: 'any',
    extensions: 'array',
  });
  const { nextUpdate, extensions = [] } = options;
  if (nextUpdate !== undefined && nextUpdate !== null) checkOption('nextUpdate', nextUpdate, 'date');
  extensions.forEach(checkExtension);
}

function checkExtension(extension: TestExtension): void {
  checkOptions<TestExtension>(
    extension,
    { oid: 'string', critical: 'boolean', value: 'bytes' },
    ['oid', 'value'],
    'extensions',
  );
}
