import { readCount } from '../../encoding/asn1.js';
import { context, malformed, TAG, type DerReader } from '../../encoding/der.js';
import { decodeOid, isOid, OID } from '../../x509/oid.js';

export const ANY_POLICY = decodeOid(OID.anyPolicy);

/** Policies of the issuer's domain, each with the equivalent policies of the subject's domain. */
export type PolicyMappings = ReadonlyMap<string, ReadonlySet<string>>;

/** Numbers of certificates that may follow. Infinity without a limit. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number;
  readonly inhibitPolicyMapping: number;
}

/**
 * CertificatePolicies ::= SEQUENCE SIZE (1..MAX) OF PolicyInformation
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §4.2.1.4
 */
export function readPolicies(reader: DerReader, critical: boolean): ReadonlySet<string> {
  const list = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const policies = new Set<string>();
  do {
    const information = list.expect(TAG.SEQUENCE).enter();
    const policy = readOid(information);
    // RFC 5280 §4.2.1.4: a policy must not be repeated
    if (policies.has(policy)) throw malformed('duplicate-policy', information.header);
    policies.add(policy);
    if (!information.done) checkQualifiers(information, critical);
    information.finish();
  } while (!list.done);
  return policies;
}

/**
 * SEQUENCE SIZE (1..MAX) OF PolicyQualifierInfo. Qualifiers are not used, but those of a critical extension must be of
 * a known type (RFC 5280 §4.2.1.4).
 */
function checkQualifiers(information: DerReader, critical: boolean): void {
  const list = information.expect(TAG.SEQUENCE).enter();
  do {
    const qualifier = list.expect(TAG.SEQUENCE).enter();
    const { bytes, start, end } = qualifier.expect(TAG.OID);
    const known = isOid(bytes, start, end, OID.qualifierCps) || isOid(bytes, start, end, OID.qualifierUserNotice);
    if (critical && !known) throw malformed('policy-qualifier', start);
    qualifier.next();
    qualifier.finish();
  } while (!list.done);
}

/**
 * PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §4.2.1.5
 */
export function readPolicyMappings(reader: DerReader): PolicyMappings {
  const list = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const mappings = new Map<string, Set<string>>();
  do {
    const mapping = list.expect(TAG.SEQUENCE).enter();
    const issuerPolicy = readOid(mapping);
    const subjectPolicy = readOid(mapping);
    mapping.finish();
    // RFC 5280 §6.1.4(a)
    if (issuerPolicy === ANY_POLICY || subjectPolicy === ANY_POLICY)
      throw malformed('mapped-any-policy', mapping.header);
    const mapped = mappings.get(issuerPolicy);
    if (mapped === undefined) mappings.set(issuerPolicy, new Set([subjectPolicy]));
    else mapped.add(subjectPolicy);
  } while (!list.done);
  return mappings;
}

/**
 * PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] OPTIONAL, inhibitPolicyMapping [1] OPTIONAL }
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §4.2.1.11
 */
export function readPolicyConstraints(reader: DerReader): PolicyConstraints {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  // RFC 5280 §4.2.1.11: the sequence is not empty
  if (sequence.done) throw malformed('policy-constraints', sequence.header);
  const requireExplicitPolicy = sequence.optional(context(0)) ? readCount(sequence) : Infinity;
  const inhibitPolicyMapping = sequence.optional(context(1)) ? readCount(sequence) : Infinity;
  sequence.finish();
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

/**
 * InhibitAnyPolicy ::= SkipCerts
 *
 * @throws MtlsError ERR_ENCODING_DER
 * @see RFC 5280 §4.2.1.14
 */
export function readInhibitAnyPolicy(reader: DerReader): number {
  const count = readCount(reader.expect(TAG.INTEGER));
  reader.finish();
  return count;
}

function readOid(reader: DerReader): string {
  const { bytes, start, end } = reader.expect(TAG.OID);
  return decodeOid(bytes, start, end);
}
