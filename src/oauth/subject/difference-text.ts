import { attributeType } from '../../x509/name/attribute-types.js';
import { quoteValue } from './quote-value.js';
import type { SubjectDifference } from './subject-causes.js';

/** Maximum number of names of the certificate in a hint. */
const LONGEST_LIST = 3;

/** Describes the attribute in which two distinguished names differ, and its two values. */
export function differenceText({ type, expected, found }: SubjectDifference): string {
  const known = attributeType(type)?.name;
  const attribute = known === undefined ? type : `${known} (${type})`;
  const registered = expected === undefined ? 'is not registered' : `is registered as ${quoteValue(expected)}`;
  return `${attribute} ${registered}; the certificate has ${found === undefined ? 'none' : quoteValue(found)}.`;
}

/** Describes the names of a certificate, and the registered name if it is given. */
export function namesText(expected: string | undefined, found: readonly string[]): string {
  const registered = expected === undefined ? 'The' : `${quoteValue(expected)} is registered; the`;
  const more = found.length > LONGEST_LIST ? ` and ${found.length - LONGEST_LIST} more` : '';
  return `${registered} certificate has ${found.slice(0, LONGEST_LIST).map(quoteValue).join(', ')}${more}.`;
}
