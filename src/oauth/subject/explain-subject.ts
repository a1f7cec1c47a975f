import { assertMtlsError, isMtlsError } from '../../errors.js';
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

/** Longest value in a report, in UTF-16 code units. */
const LONGEST_ECHO = 4096;

/** A report for logs and support. */
export interface SubjectReport extends Partial<SubjectExplanation> {
  readonly matches: boolean;
  readonly parameter: TlsClientAuthParameter;
  /** The registered value, truncated to 4096 characters. Empty if it is PEM. */
  readonly expected: string;
  /** The certificate's values for this parameter: its subject as an RFC 4514 string, or its names of the type. */
  readonly found: readonly string[];
  /** Human-readable sentences that include the suggestion. Empty for a match. */
  readonly hint: string;
}

/**
 * Explains why a certificate does not contain a registered subject, for logs, support and registration forms. The
 * decision is made by `authenticateClient`. `matches` is the result of `subjectMatches`, or false if it throws.
 *
 * The report contains names from the certificate and the registered value, but no certificate.
 *
 * @example
 * ```ts
 * import { explainSubject, parseCertificate } from 'oauth-mtls';
 * declare const pem: string;
 * const report = explainSubject(parseCertificate(pem), 'tls_client_auth_subject_dn', 'C = US, O = Acme, CN = client');
 * if (!report.matches) console.warn(report.cause, report.hint); // reversed-order …
 * ```
 * @throws TypeError for an unknown parameter, or arguments of the wrong type
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
    assertMtlsError(error);
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
      // a registered DN may contain line breaks, which are unsafe in a log
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

/** Parses a registered value. Undefined for an invalid one. */
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
