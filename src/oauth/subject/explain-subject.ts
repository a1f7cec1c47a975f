import { isMtlsError } from '../../errors.js';
import { certificateFields, type Certificate } from '../../x509/certificate.js';
import { explainAlternativeName } from './explain-alternative-name.js';
import { explainDistinguishedName } from './explain-distinguished-name.js';
import { differenceText, namesText } from './difference-text.js';
import { quoteValue } from './quote-value.js';
import { subjectCauses, type SubjectExplanation } from './subject-causes.js';
import {
  parseRegisteredSubject,
  tlsClientAuthParameters,
  type RegisteredSubject,
  type SubjectMatchOptions,
  type TlsClientAuthParameter,
} from './subject-matches.js';

/** Longest value that is repeated in a report without need, in UTF-16 code units. */
const LONGEST_ECHO = 4096;

/** A report for logs and support. */
export interface SubjectReport extends Partial<SubjectExplanation> {
  readonly matches: boolean;
  readonly parameter: TlsClientAuthParameter;
  /** The registered value; not repeated where it is PEM, and cut off after 4096 characters. */
  readonly expected: string;
  /** What the certificate has for this parameter: its subject in RFC 4514 form, or its names of the type. */
  readonly found: readonly string[];
  /** Sentences for logs and support, with the suggestion in them. Empty for a match. */
  readonly hint: string;
}

/**
 * Explains why a certificate does not carry a registered subject: for logs, support, and a registration form
 * that helps. It decides nothing: `matches` is what `subjectMatches` says, and false where that throws.
 *
 * The report holds names from the certificate and the registered value, and never a certificate.
 *
 * @example
 * ```ts
 * import { explainSubject, parseCertificate } from 'oauth-mtls';
 * declare const pem: string;
 * const report = explainSubject(parseCertificate(pem), 'tls_client_auth_subject_dn', 'C = US, O = Acme, CN = client');
 * if (!report.matches) console.warn(report.cause, report.hint); // reversed-order …
 * ```
 * @throws TypeError for another parameter, or arguments of another type
 * @see RFC 8705 §2.1.2
 */
export function explainSubject(
  certificate: Certificate,
  parameter: TlsClientAuthParameter,
  expected: string,
  options?: SubjectMatchOptions,
): SubjectReport {
  const subject = tryParse(parameter, expected, options);
  certificateFields(certificate);
  const echo = { parameter, expected: cut(expected) };
  let found: readonly string[] = [];
  try {
    found = namesFor(certificate, parameter);
    if (subject?.matches(certificate) === true) return Object.freeze({ matches: true, ...echo, found, hint: '' });
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return report(echo, found, { cause: 'malformed-certificate' });
  }
  if (expected.includes('-----BEGIN ')) return report({ parameter, expected: '' }, found, { cause: 'pem-value' });
  if (expected.trim() === '') return report(echo, found, { cause: 'empty-value' });
  return report(echo, found, explain(certificate, parameter, expected, options));
}

function explain(
  certificate: Certificate,
  parameter: TlsClientAuthParameter,
  expected: string,
  options: SubjectMatchOptions | undefined,
): SubjectExplanation {
  const explanation =
    parameter === 'tls_client_auth_subject_dn'
      ? explainDistinguishedName(certificate.subject, expected, options)
      : explainAlternativeName(certificate, parameter, expected);
  if (explanation.suggestion !== undefined) return explanation;
  for (const other of tlsClientAuthParameters) {
    if (other !== parameter && tryParse(other, expected, options)?.matches(certificate) === true) {
      // a DN may hold line breaks, which have no business in a log
      const suggestion = other === 'tls_client_auth_subject_dn' ? certificate.subject.toString() : expected;
      return { cause: 'wrong-parameter', suggestion, suggestedParameter: other };
    }
  }
  return explanation;
}

function report(
  echo: { readonly parameter: TlsClientAuthParameter; readonly expected: string },
  found: readonly string[],
  explanation: SubjectExplanation,
): SubjectReport {
  const { cause, suggestion, suggestedParameter = echo.parameter, difference } = explanation;
  let hint: string = subjectCauses[cause];
  if (suggestion !== undefined) hint += ` This certificate matches ${suggestedParameter}: ${suggestion}`;
  else if (difference !== undefined) hint += ` ${differenceText(difference)}`;
  else if (found.length > 0) hint += ` ${namesText(cause === 'different-value' ? echo.expected : undefined, found)}`;
  else if (cause === 'no-san-of-type') hint += ` ${quoteValue(echo.expected)} is registered as ${echo.parameter}.`;
  return Object.freeze({ matches: false, ...echo, found, ...explanation, hint });
}

function cut(text: string): string {
  return text.length > LONGEST_ECHO ? `${text.slice(0, LONGEST_ECHO)}…` : text;
}

/** A registered value, if it can be one. */
function tryParse(
  parameter: TlsClientAuthParameter,
  value: string,
  options: SubjectMatchOptions | undefined,
): RegisteredSubject | undefined {
  try {
    return parseRegisteredSubject(parameter, value, options);
  } catch (error) {
    if (isMtlsError(error, 'ERR_METADATA_VALUE')) return undefined;
    throw error;
  }
}

function namesFor({ subject, subjectAltNames }: Certificate, parameter: TlsClientAuthParameter): readonly string[] {
  if (parameter === 'tls_client_auth_subject_dn')
    return Object.freeze(subject.rdns.length === 0 ? [] : [subject.toString()]);
  const type = parameter.slice('tls_client_auth_san_'.length);
  return Object.freeze(subjectAltNames.filter((name) => name.type === type).map(({ value }) => value));
}
