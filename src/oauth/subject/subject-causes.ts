import type { TlsClientAuthParameter } from './subject-matches.js';

/**
 * Why a certificate does not carry a registered subject, and what to say about it. The sentences are for
 * people; the keys are stable.
 */
export const subjectCauses = Object.freeze({
  // the certificate
  'malformed-certificate': 'The names in the certificate are malformed, so that it matches nothing.',
  'empty-subject': 'The subject of the certificate is empty; its names are alternative names.',
  'no-san-of-type': 'The certificate has no alternative name of this type.',
  'value-in-common-name':
    'The value is the common name of the certificate, which is never looked at for an alternative name.',
  'other-san-type': 'The certificate has the value in an alternative name of another type.',
  'malformed-san': 'The alternative names of this type in the certificate hold characters that no such name can have.',
  // the form of the registered value
  'empty-value': 'The registered value is empty.',
  'pem-value': 'The registered value is a PEM file. What belongs here is a name.',
  'surrounding-space': 'The registered value starts or ends with white space.',
  'label-prefix': 'The registered value starts with the label that a tool has put before it.',
  'several-values': 'The registered value holds several names. Exactly one can be registered.',
  'wrong-parameter': 'The certificate has this name, but as the value of another parameter.',
  'invalid-value': 'The registered value is nothing that a certificate could hold.',
  // distinguished names
  'reversed-order': 'The RDNs are in reverse order: an RFC 4514 string starts with the last RDN of the certificate.',
  'different-order': 'The RDNs are the same, but in another order.',
  'different-grouping': 'The attributes are the same, but grouped into RDNs in another way.',
  'openssl-oneline':
    'This is the one-line form of OpenSSL, with slashes. RFC 4514 separates RDNs by commas, the last one first.',
  'newline-form':
    'The RDNs are separated by line breaks, as Node.js prints them. RFC 4514 separates them by commas, the last one first.',
  'oid-prefix': 'An attribute type starts with OID and a dot. RFC 4514 has the dotted number alone.',
  'quoted-value': 'A value is in quotation marks. RFC 4514 has backslashes before special characters instead.',
  'semicolon-separator': 'The RDNs are separated by semicolons. RFC 4514 separates them by commas.',
  'unknown-attribute': 'The name uses an attribute name that RFC 4514 does not know.',
  'surname-for-serial-number': 'SN is the surname; serialNumber is 2.5.4.5.',
  'missing-attribute': 'One of the two names has an attribute that the other has not.',
  'string-type':
    'The text is the same, but here the ASN.1 string type counts: in an attribute of unknown type, or a TeletexString beyond ASCII. Register the octets.',
  'unusable-characters':
    'The name has blank text, or control, invisible, private-use or replacement characters, and so matches nothing.',
  // values
  'different-case': 'The values differ in the case of letters alone, and this part is compared exactly.',
  'different-value': 'The certificate has another value.',
  'u-label': 'A certificate contains an internationalised domain name as its A-label, in ASCII.',
  'trailing-dot': 'A domain name in a certificate has no dot at its end.',
  wildcard: 'A wildcard is not expanded: it matches nothing but itself.',
  'ip-address': 'The value is an IP address, which is registered as tls_client_auth_san_ip.',
  'ip-text-form':
    'This is not the text of an IP address alone: IPv4 in decimals without leading zeros, or IPv6; no brackets, port, zone or prefix length.',
  'ipv4-mapped': 'An IPv4 address and the IPv6 address that it is mapped to are different.',
  'uri-not-normalised': 'The URIs would be the same after normalisation, which is not done.',
} as const);

/**
 * Why a certificate does not carry a registered subject.
 *
 * More causes may be added; treat one that you do not know as `different-value`.
 */
export type SubjectMismatchCause = keyof typeof subjectCauses;

/** Where two distinguished names part. */
export interface SubjectDifference {
  /** Index of the RDN, counted in the RFC 4514 string of the name that has it, from 0. */
  readonly rdn: number;
  /** Attribute type as a dotted object identifier. */
  readonly type: string;
  /** Value as registered; absent where the registered name has no such attribute. */
  readonly expected?: string;
  /** Value in the certificate; absent where the certificate has no such attribute. */
  readonly found?: string;
}

/** What an explanation adds to the verdict. */
export interface SubjectExplanation {
  readonly cause: SubjectMismatchCause;
  /** A value that this certificate matches, and that is what was probably meant. */
  readonly suggestion?: string;
  /** The parameter that the suggestion is for, where it is another one. */
  readonly suggestedParameter?: TlsClientAuthParameter;
  /** Where two distinguished names part first. */
  readonly difference?: SubjectDifference;
}
