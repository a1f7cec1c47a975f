import { TAG } from '../../encoding/der.js';

/** An attribute type of a distinguished name. */
export interface AttributeType {
  /** Dotted object identifier. */
  readonly oid: string;
  /** ASN.1 string type for a value given as text, if its characters allow it. */
  readonly tag: number;
  /** One of the nine names of RFC 4514 §3, if the type has one. Only these are used with text values. */
  readonly shortName?: string;
  /** The common name of the type. */
  readonly name: string;
}

/**
 * The types whose values are compared as text, by caseIgnoreMatch or caseIgnoreIA5Match. Values of other types are
 * compared as bytes.
 */
const BY_OID = new Map<string, AttributeType>();
const BY_NAME = new Map<string, AttributeType>();

/** RFC 2985 §5.2.1, RFC 5280 §4.1.2.6. */
export const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

// RFC 4514 §3: the nine mandatory names
short('CN', '2.5.4.3', ['commonName']);
short('L', '2.5.4.7', ['localityName']);
short('ST', '2.5.4.8', ['stateOrProvinceName']);
short('O', '2.5.4.10', ['organizationName']);
short('OU', '2.5.4.11', ['organizationalUnitName']);
short('C', '2.5.4.6', ['countryName'], TAG.PRINTABLE_STRING);
short('STREET', '2.5.4.9', ['streetAddress']);
short('DC', '0.9.2342.19200300.100.1.25', ['domainComponent'], TAG.IA5_STRING);
short('UID', '0.9.2342.19200300.100.1.1', ['userId']);
// RFC 4519 §2, RFC 5280 appendix A.1, X.520
add('2.5.4.4', ['surname', 'SN']);
add('2.5.4.5', ['serialNumber'], TAG.PRINTABLE_STRING);
add('2.5.4.12', ['title']);
add('2.5.4.13', ['description']);
add('2.5.4.15', ['businessCategory']);
add('2.5.4.17', ['postalCode']);
add('2.5.4.18', ['postOfficeBox']);
add('2.5.4.19', ['physicalDeliveryOfficeName']);
add('2.5.4.20', ['telephoneNumber'], TAG.PRINTABLE_STRING);
add('2.5.4.41', ['name']);
add('2.5.4.42', ['givenName', 'GN']);
add('2.5.4.43', ['initials']);
add('2.5.4.44', ['generationQualifier']);
add('2.5.4.46', ['dnQualifier'], TAG.PRINTABLE_STRING);
add('2.5.4.51', ['houseIdentifier']);
add('2.5.4.54', ['dmdName']);
add('2.5.4.65', ['pseudonym']);
add('2.5.4.97', ['organizationIdentifier']); // ETSI EN 319 412-1 §5.1.4
// RFC 2985 §5.2.1, §5.4.1; RFC 4524 §2.16
add(EMAIL_ADDRESS, ['emailAddress'], TAG.IA5_STRING);
add('1.2.840.113549.1.9.2', ['unstructuredName']);
add('0.9.2342.19200300.100.1.3', ['mail', 'rfc822Mailbox'], TAG.IA5_STRING);
// CA/Browser Forum EV Guidelines §7.1.4.2.3, and the names that OpenSSL prints
add('1.3.6.1.4.1.311.60.2.1.1', ['jurisdictionLocalityName', 'jurisdictionL']);
add('1.3.6.1.4.1.311.60.2.1.2', ['jurisdictionStateOrProvinceName', 'jurisdictionST']);
add('1.3.6.1.4.1.311.60.2.1.3', ['jurisdictionCountryName', 'jurisdictionC'], TAG.PRINTABLE_STRING);

function short(shortName: string, oid: string, names: readonly string[], tag: number = TAG.UTF8_STRING): void {
  register({ oid, tag, shortName, name: shortName }, [shortName, ...names]);
}

function add(oid: string, names: readonly string[], tag: number = TAG.UTF8_STRING): void {
  register({ oid, tag, name: names[0]! }, names);
}

function register(type: AttributeType, names: readonly string[]): void {
  BY_OID.set(type.oid, type);
  for (const name of names) BY_NAME.set(name.toLowerCase(), type);
}

/** The textual attribute type with this dotted object identifier, if it is known. */
export function attributeType(oid: string): AttributeType | undefined {
  return BY_OID.get(oid);
}

/** The attribute type with this name, case-insensitively, if it is known. */
export function attributeTypeNamed(name: string): AttributeType | undefined {
  return BY_NAME.get(name.toLowerCase());
}
