import { rangesEqual } from '../../encoding/bytes.js';
import { assertMtlsError, MtlsError, reasonOf } from '../../errors.js';
import { certificateFields, findExtension, type Certificate } from '../../x509/certificate.js';
import {
  namesIdentify,
  parseDistinguishedName,
  readExactCase,
  type SubjectMatchOptions,
} from '../../x509/name/distinguished-name.js';
import { forEachGeneralName, GENERAL_NAME } from '../../x509/general-name.js';
import { parseIpAddress } from '../../x509/ip-address.js';
import { OID } from '../../x509/oid.js';
import { dnsName, emailName, matchesPattern, uriName, type InvalidName, type NamePattern } from './registered-name.js';

/** The five members of client metadata that name the subject of a certificate (RFC 8705 §2.1.2). */
export const tlsClientAuthParameters = Object.freeze([
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const);

/** One of the five members of client metadata that name the subject of a certificate. */
export type TlsClientAuthParameter = (typeof tlsClientAuthParameters)[number];

export type { SubjectMatchOptions };

/** A registered value, parsed once and compared with any number of certificates. */
export interface RegisteredSubject {
  readonly parameter: TlsClientAuthParameter;
  /** As it was registered. */
  readonly value: string;
  /** @throws MtlsError ERR_ENCODING_DER if the names of the certificate are malformed */
  readonly matches: (certificate: Certificate) => boolean;
}

/**
 * Returns whether a certificate contains the registered subject of a `tls_client_auth` client.
 *
 * - `…_subject_dn`: the whole subject, RDN by RDN in the order of RFC 4514; see `DistinguishedName.equals`. A name with
 *   blank text, or with control, invisible, private-use or replacement characters, matches nothing.
 * - `…_san_dns`: a dNSName, case-insensitively. Wildcards are not expanded.
 * - `…_san_uri`: a URI. Scheme and host are case-insensitive, the rest is compared exactly, without normalisation.
 * - `…_san_ip`: an iPAddress, by its octets. IPv4 and IPv4-mapped IPv6 addresses are different.
 * - `…_san_email`: an rfc822Name. The local part is compared exactly, the host case-insensitively.
 *
 * Any entry of the type may match. Values are not trimmed or converted, and the common name is not used as an
 * alternative name.
 *
 * Does not check: the issuer of the certificate, its validity period, and possession of its key. A subject identifies a
 * client only under a restricted set of trust anchors (RFC 8705 §7.4). Use `authenticateClient` for the decision.
 *
 * @param options `exactCase` compares the letters of a DN exactly
 * @example
 * ```ts
 * import { parseCertificate, subjectMatches } from 'oauth-mtls';
 * declare const pem: string;
 * const certificate = parseCertificate(pem);
 * subjectMatches(certificate, 'tls_client_auth_subject_dn', 'CN=client,O=Acme,C=US');
 * subjectMatches(certificate, 'tls_client_auth_san_uri', 'spiffe://example.org/client');
 * ```
 * @throws MtlsError ERR_METADATA_VALUE if `expected` is not a valid registered value (`detail.reason` is the reason),
 * ERR_ENCODING_DER if the names of the certificate are malformed
 * @throws TypeError for an unknown parameter, or arguments of the wrong type
 * @see RFC 8705 §2.1.2, RFC 4517 §4.2.15, RFC 5280 §4.2.1.6, §7
 */
export function subjectMatches(
  certificate: Certificate,
  parameter: TlsClientAuthParameter,
  expected: string,
  options?: SubjectMatchOptions,
): boolean {
  const { matches } = parseRegisteredSubject(parameter, expected, options);
  certificateFields(certificate);
  return matches(certificate);
}

/**
 * Parses a registered value.
 *
 * @throws MtlsError ERR_METADATA_VALUE
 * @throws TypeError for an unknown parameter, or a value that is not a string
 */
export function parseRegisteredSubject(
  parameter: TlsClientAuthParameter,
  value: string,
  options?: SubjectMatchOptions,
): RegisteredSubject {
  const exactCase = readExactCase(options);
  if (typeof value !== 'string') throw new TypeError('A registered subject must be a string');
  switch (parameter) {
    case 'tls_client_auth_subject_dn':
      return subjectDn(parameter, value, { exactCase });
    case 'tls_client_auth_san_dns':
      return alternativeName(parameter, value, GENERAL_NAME.dNSName, dnsName(value));
    case 'tls_client_auth_san_uri':
      return alternativeName(parameter, value, GENERAL_NAME.uniformResourceIdentifier, uriName(value));
    case 'tls_client_auth_san_email':
      return alternativeName(parameter, value, GENERAL_NAME.rfc822Name, emailName(value));
    case 'tls_client_auth_san_ip':
      return address(parameter, value);
    default:
      throw new TypeError('Unknown tls_client_auth_* parameter');
  }
}

function subjectDn(parameter: TlsClientAuthParameter, value: string, options: SubjectMatchOptions): RegisteredSubject {
  let name;
  try {
    name = parseDistinguishedName(value);
  } catch (cause) {
    assertMtlsError(cause);
    const { offset, found } = cause.detail;
    const reason = reasonOf('ERR_METADATA_VALUE', cause.detail.reason ?? 'unknown-attribute');
    throw new MtlsError('ERR_METADATA_VALUE', { field: parameter, reason, expected: value, offset, found }, { cause });
  }
  return { parameter, value, matches: (certificate) => namesIdentify(name, certificate.subject, options) };
}

function alternativeName(
  parameter: TlsClientAuthParameter,
  value: string,
  tag: number,
  pattern: NamePattern | InvalidName,
): RegisteredSubject {
  if (typeof pattern === 'string') throw invalidValue(parameter, value, pattern);
  const test = (bytes: Uint8Array, start: number, end: number): boolean => matchesPattern(pattern, bytes, start, end);
  return { parameter, value, matches: (certificate) => someAlternativeName(certificate, tag, test) };
}

function address(parameter: TlsClientAuthParameter, value: string): RegisteredSubject {
  const octets = parseIpAddress(value);
  if (octets === undefined) throw invalidValue(parameter, value, value === '' ? 'empty' : 'ip-address');
  const test = (bytes: Uint8Array, start: number, end: number): boolean =>
    rangesEqual(bytes, start, end, octets, 0, octets.length);
  return { parameter, value, matches: (certificate) => someAlternativeName(certificate, GENERAL_NAME.iPAddress, test) };
}

function invalidValue(parameter: TlsClientAuthParameter, value: string, reason: InvalidName): MtlsError {
  return new MtlsError('ERR_METADATA_VALUE', { field: parameter, reason, expected: value });
}

/** Whether the octets of an entry of the subjectAltName extension with this tag pass a test. */
function someAlternativeName(
  certificate: Certificate,
  tag: number,
  test: (bytes: Uint8Array, start: number, end: number) => boolean,
): boolean {
  const fields = certificateFields(certificate);
  const extension = findExtension(fields, OID.subjectAltName);
  if (extension === undefined) return false;
  const { bytes } = fields;
  let found = false;
  forEachGeneralName(bytes, extension.start, extension.end, (entryTag, start, end) => {
    found ||= entryTag === tag && test(bytes, start, end);
  });
  return found;
}
