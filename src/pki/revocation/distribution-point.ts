import { readFlag, readNamedBits } from '../../encoding/asn1.js';
import { toHex } from '../../encoding/bytes.js';
import { context, DerReader, malformed, TAG } from '../../encoding/der.js';
import { derElement } from '../../encoding/der-element.js';
import { readName, type DistinguishedName } from '../../x509/name/distinguished-name.js';
import { GENERAL_NAME, readGeneralName } from '../../x509/general-name.js';

/** Every reason for which a certificate can be revoked, as bits 1 to 8 (RFC 5280 §4.2.1.13). */
export const ALL_REASONS = 0x1fe;

/** Larger than the number of names of any distribution point. Each is compared with those of a certificate. */
const MAX_NAMES = 64;

const EMPTY_NAME = derElement(TAG.SEQUENCE);

/** A GeneralName for comparison: a distinguished name, or tag and content of any other form. */
export type PointName = DistinguishedName | string;

/** The location of a CRL: names, or an RDN that is appended to the name of the CRL issuer. */
type PointLocation = { readonly names: readonly PointName[] } | { readonly relative: Uint8Array };

/** One entry of the cRLDistributionPoints extension. */
export interface DistributionPoint {
  readonly location: PointLocation | undefined;
  /** Bits of {@link ALL_REASONS}. All of them if the point lists none. */
  readonly reasons: number;
  readonly crlIssuer: readonly PointName[] | undefined;
}

/** The issuingDistributionPoint extension of a CRL, its scope, under the names of RFC 5280 §5.2.5. */
export interface IssuingDistributionPoint {
  readonly location: PointLocation | undefined;
  readonly onlyContainsUserCerts: boolean;
  readonly onlyContainsCACerts: boolean;
  readonly onlyContainsAttributeCerts: boolean;
  readonly onlySomeReasons: number | undefined;
  readonly indirectCRL: boolean;
}

/**
 * CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §4.2.1.13
 */
export function readDistributionPoints(reader: DerReader): readonly DistributionPoint[] {
  const list = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const points: DistributionPoint[] = [];
  do {
    const point = list.expect(TAG.SEQUENCE).enter();
    const location = readLocation(point);
    const reasons = point.optional(context(1)) ? readNamedBits(point) & ALL_REASONS : ALL_REASONS;
    const crlIssuer = point.optional(context(2, true)) ? readNames(point.enter()) : undefined;
    point.finish();
    points.push({ location, reasons, crlIssuer });
  } while (!list.done);
  return points;
}

/**
 * IssuingDistributionPoint ::= SEQUENCE { … }
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §5.2.5
 */
export function readIssuingDistributionPoint(reader: DerReader): IssuingDistributionPoint {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const location = readLocation(sequence);
  const onlyContainsUserCerts = readFlag(sequence, context(1));
  const onlyContainsCACerts = readFlag(sequence, context(2));
  const onlySomeReasons = sequence.optional(context(3)) ? readNamedBits(sequence) & ALL_REASONS : undefined;
  const indirectCRL = readFlag(sequence, context(4));
  const onlyContainsAttributeCerts = readFlag(sequence, context(5));
  sequence.finish();
  return {
    location,
    onlyContainsUserCerts,
    onlyContainsCACerts,
    onlyContainsAttributeCerts,
    onlySomeReasons,
    indirectCRL,
  };
}

/** Resolves a location to names, given the name of the CRL issuer in DER. */
export function resolveLocation(location: PointLocation, issuer: Uint8Array): readonly PointName[] {
  return 'names' in location ? location.names : [appendRdn(issuer, location.relative)];
}

/** Whether two lists have a name in common. */
export function shareName(a: readonly PointName[], b: readonly PointName[]): boolean {
  return a.some((name) => b.some((other) => samePointName(name, other)));
}

export function samePointName(a: PointName, b: PointName): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.equals(b);
}

/** DistributionPointName ::= [0] CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RDN } */
function readLocation(reader: DerReader): PointLocation | undefined {
  if (!reader.optional(context(0, true))) return undefined;
  const choice = reader.enter();
  const location = choice.optional(context(0, true))
    ? { names: readNames(choice.enter()) }
    : { relative: readRelativeName(choice.expect(context(1, true)).content()) };
  choice.finish();
  return location;
}

/** RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue, without the outer tag */
function readRelativeName(rdn: Uint8Array): Uint8Array {
  appendRdn(EMPTY_NAME, rdn);
  return rdn;
}

/** GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, without the outer tag */
function readNames(list: DerReader): readonly PointName[] {
  const names: PointName[] = [];
  do {
    const form = readGeneralName(list);
    const { bytes, header, start, end } = list;
    names.push(form === GENERAL_NAME.directoryName ? readName(bytes, start, end) : toHex(bytes, header, end));
    if (names.length > MAX_NAMES) throw malformed('general-names', header);
  } while (!list.done);
  return names;
}

/** RFC 5280 §4.2.1.13: the RDN is appended to the name of the CRL issuer. */
function appendRdn(issuer: Uint8Array, rdn: Uint8Array): DistinguishedName {
  const rdns = new DerReader(issuer).expect(TAG.SEQUENCE).content();
  const bytes = derElement(TAG.SEQUENCE, rdns, derElement(TAG.SET, rdn));
  return readName(bytes, 0, bytes.length);
}
