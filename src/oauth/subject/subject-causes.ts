import type { TlsClientAuthParameter } from './subject-matches.js';

/**
 * Why a certificate does not contain a registered subject. The keys are stable, the sentences are not.
 */
export const subjectCauses = Object.freeze({
  // the certificate
  'malformed-certificate': 'The names in the certificate are malformed, so it matches nothing.',
  'empty-subject': 'The subject of the certificate is empty; its names are alternative names.',
  'no-san-of-type': 'The certificate has no alternative name of this type.',
  'value-in-common-name':
    'The value is the common name of the certificate, which is never used as an alternative name.',
  'other-san-type': 'The certificate has the value in an alternative name of another type.',
  'malformed-san': 'The alternative names of this type in the certificate contain characters that are invalid in them.',
  // the form of the registered value
  'empty-value': 'The registered value is empty.',
  'pem-value': 'The registered value is a PEM file instead of a name.',
  'surrounding-space': 'The registered value starts or ends with white space.',
  'label-prefix': 'The registered value starts with a label that a tool has added.',
  'several-values': 'The registered value contains several names. Exactly one can be registered.',
  'wrong-parameter': 'The certificate has this name, but as the value of another parameter.',
  'invalid-value': 'The registered value is invalid: no certificate can contain it.',
  // distinguished names
  'reversed-order': 'The RDNs are in reverse order: an RFC 4514 string starts with the last RDN of the certificate.',
  'different-order': 'The RDNs are the same, but in a different order.',
  'different-grouping': 'The attributes are the same, but are grouped into RDNs differently.',
  'openssl-oneline':
    'This is the one-line form of OpenSSL, with slashes. RFC 4514 separates RDNs by commas, the last one first.',
  'newline-form':
    'The RDNs are separated by line breaks, as Node.js prints them. RFC 4514 separates them by commas, ' +
    'the last one first.',
  'oid-prefix': 'An attribute type starts with OID and a dot. RFC 4514 uses the dotted number alone.',
  'quoted-value': 'A value is in quotation marks. RFC 4514 escapes special characters with backslashes instead.',
  'semicolon-separator': 'The RDNs are separated by semicolons. RFC 4514 separates them by commas.',
  'unknown-attribute': 'The name uses an unknown attribute name.',
  'surname-for-serial-number': 'SN is the surname. The serialNumber attribute is 2.5.4.5.',
  'missing-attribute': 'One of the two names has an attribute that the other does not have.',
  'string-type':
    'The text is the same, but the ASN.1 string type differs, and it counts for an attribute of unknown ' +
    'type and a TeletexString beyond ASCII. Register the octets.',
  'unusable-characters':
    'The name has blank text, or control, invisible, private-use or replacement characters. Such a name ' +
    'matches nothing.',
  // values
  'different-case': 'The values differ only in case, and this part is case-sensitive.',
  'different-value': 'The certificate has another value.',
  'u-label': 'A certificate contains an internationalised domain name as its A-label, in ASCII.',
  'trailing-dot': 'A domain name in a certificate has no trailing dot.',
  wildcard: 'A wildcard is not expanded. It matches only itself.',
  'ip-address': 'The value is an IP address, which belongs in tls_client_auth_san_ip.',
  'ip-text-form':
    'The value is not a plain IP address: IPv4 in decimals without leading zeros, or IPv6, without ' +
    'brackets, port, zone or prefix length.',
  'ipv4-mapped': 'An IPv4 address and its IPv4-mapped IPv6 address are different.',
  'uri-not-normalised': 'The URIs are the same only after normalisation, which is not applied.',
} as const);

/**
 * Why a certificate does not contain a registered subject.
 *
 * More causes may be added. Treat an unknown cause as `different-value`.
 */
export type SubjectMismatchCause = keyof typeof subjectCauses;

/** The first difference of two distinguished names. */
export interface SubjectDifference {
  /** Index of the RDN, counted in the RFC 4514 string of the name that has it, from 0. */
  readonly rdn: number;
  /** Attribute type as a dotted object identifier. */
  readonly type: string;
  /** Registered value. Absent if the registered name does not have the attribute. */
  readonly expected?: string;
  /** Value in the certificate. Absent if the certificate does not have the attribute. */
  readonly found?: string;
}

/** The explanation of a verdict. */
export interface SubjectExplanation {
  readonly cause: SubjectMismatchCause;
  /** The value that was probably meant. The certificate matches it. */
  readonly suggestion?: string;
  /** The parameter of the suggestion, if it differs from the registered one. */
  readonly suggestedParameter?: TlsClientAuthParameter;
  /** The first difference of the two distinguished names. */
  readonly difference?: SubjectDifference;
}
