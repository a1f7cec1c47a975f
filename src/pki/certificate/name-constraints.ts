import { readCount } from '../../encoding/asn1.js';
import { context, DerReader, malformed, TAG } from '../../encoding/der.js';
import { certificateFields, type Certificate } from '../../x509/certificate.js';
import type { ExtensionRange } from '../../x509/extensions.js';
import { EMAIL_ADDRESS } from '../../x509/name/attribute-types.js';
import { forEachGeneralName, GENERAL_NAME, readGeneralName } from '../../x509/general-name.js';
import { isOid, OID } from '../../x509/oid.js';
import type { Budget } from '../budget.js';
import { readConstrainedName, readMailbox, readSubtree, type ConstrainedName, type Subtree } from './name-subtrees.js';

const PERIOD = 0x2e;

/** A name of a certificate, with the identifier octet of its GeneralName. */
export interface FormedName {
  readonly form: number;
  readonly name: ConstrainedName;
}

/** The subtrees of one form. */
interface FormConstraints {
  readonly permitted: Subtree[];
  readonly excluded: Subtree[];
  /** Whether all of them can be processed. */
  processed: boolean;
  /** Whether a base starts with a period. */
  leadingPeriod: boolean;
}

/** The content of a NameConstraints extension. */
export interface NameConstraints {
  /** By identifier octet of the GeneralName. */
  readonly forms: ReadonlyMap<number, FormConstraints>;
  /** Number of subtrees of all forms. */
  readonly size: number;
}

/**
 * Reads a NameConstraints extension. One without subtrees is malformed. If a subtree cannot be processed (a form
 * without defined constraints, an invalid base, a `minimum` or `maximum`), every name of its form is refused, but no
 * other (RFC 5280 §4.2.1.10).
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readNameConstraints(reader: DerReader): NameConstraints {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const forms = new Map<number, FormConstraints>();
  // RFC 5280 §4.2.1.10: the sequence is not empty
  let size = 0;
  if (sequence.optional(context(0, true))) size += readSubtrees(sequence.enter(), 'permitted', forms);
  if (sequence.optional(context(1, true))) size += readSubtrees(sequence.enter(), 'excluded', forms);
  if (size === 0) throw malformed('name-constraints', reader.header);
  sequence.finish();
  return { forms, size };
}

/** GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree. Returns their number. */
function readSubtrees(list: DerReader, kind: 'permitted' | 'excluded', forms: Map<number, FormConstraints>): number {
  let count = 0;
  do {
    count++;
    // GeneralSubtree ::= SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
    const subtree = list.expect(TAG.SEQUENCE).enter();
    const form = readGeneralName(subtree);
    const base = readSubtree(form, subtree.bytes, subtree.start, subtree.end);
    const leadingPeriod = subtree.start < subtree.end && subtree.bytes[subtree.start] === PERIOD;
    const minimum = subtree.optional(context(0)) ? readCount(subtree) : undefined;
    const bounded = subtree.optional(context(1));
    subtree.finish();
    if (minimum === 0) subtree.habits?.add('written-default');
    let constraints = forms.get(form);
    if (constraints === undefined) {
      constraints = { permitted: [], excluded: [], processed: true, leadingPeriod: false };
      forms.set(form, constraints);
    }
    constraints.leadingPeriod ||= leadingPeriod;
    if (base === undefined || (minimum ?? 0) > 0 || bounded) constraints.processed = false;
    else constraints[kind].push(base);
  } while (!list.done);
  return count;
}

/**
 * Reads every name of a certificate that constraints apply to: the subject, email addresses in it, and the
 * subjectAltName entries.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readConstrainedNames(certificate: Certificate, subjectAltName?: ExtensionRange): readonly FormedName[] {
  const { bytes } = certificateFields(certificate);
  const { subject } = certificate;
  const names: FormedName[] = [];
  // RFC 5280 §4.2.1.10: a subject that is not empty
  if (subject.rdns.length > 0) names.push({ form: GENERAL_NAME.directoryName, name: subject });
  for (const { type, value } of subject.rdns.flat()) {
    // RFC 5280 §4.2.1.10 requires this without subjectAltName; applying it always is stricter
    if (type === EMAIL_ADDRESS) names.push({ form: GENERAL_NAME.rfc822Name, name: readMailbox(value) });
  }
  if (subjectAltName === undefined) return names;
  forEachGeneralName(bytes, subjectAltName.start, subjectAltName.end, (form, start, end) => {
    names.push({ form, name: readConstrainedName(form, bytes, start, end) });
    // RFC 9598 §6: constraints on rfc822Name apply to SmtpUTF8Mailbox, which is not decoded and therefore refused
    if (form === GENERAL_NAME.otherName && isSmtpUtf8Mailbox(bytes, start, end)) {
      names.push({ form: GENERAL_NAME.rfc822Name, name: undefined });
    }
  });
  return names;
}

function isSmtpUtf8Mailbox(bytes: Uint8Array, start: number, end: number): boolean {
  const type = new DerReader(bytes, start, end).expect(TAG.OID);
  return isOid(bytes, type.start, type.end, OID.smtpUtf8Mailbox);
}

/**
 * Whether names satisfy the constraints of one authority. Those of all authorities must be satisfied, which is the
 * intersection of their permitted subtrees and the union of their excluded subtrees.
 *
 * @throws MtlsError ERR_PATH_LIMIT
 * @see RFC 5280 §6.1.3(b), (c)
 */
export function satisfiesConstraints(
  names: readonly FormedName[],
  constraints: NameConstraints,
  budget: Budget,
): boolean {
  // counted as in OpenSSL: every name with every constraint of any form
  budget.spend('nameComparisons', names.length * constraints.size);
  return names.every(({ form, name }) => {
    const subtrees = constraints.forms.get(form);
    if (subtrees === undefined) return true;
    const { permitted, excluded, processed } = subtrees;
    // RFC 5280 §4.2.1.10: an unprocessed constraint refuses every name of its form
    if (!processed || name === undefined) return false;
    if (permitted.length > 0 && !permitted.some((subtree) => subtree.permits(name))) return false;
    return !excluded.some((subtree) => subtree.overlaps(name));
  });
}
