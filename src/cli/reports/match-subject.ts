import { explainSubject } from '../../oauth/subject/explain-subject.js';
import type { TlsClientAuthParameter } from '../../oauth/subject/subject-matches.js';
import type { Certificate } from '../../x509/certificate.js';
import { rowsOf, type Report } from './report.js';

/** Reports whether a certificate contains a registered value, and why not. */
export function matchSubject(
  certificate: Certificate,
  parameter: TlsClientAuthParameter,
  expected: string,
  options: { readonly exactCase: boolean },
): Report {
  const report = explainSubject(certificate, parameter, expected, options);
  const { matches, cause, hint, found, suggestion, suggestedParameter = parameter } = report;
  return {
    verdict: matches,
    summary: matches ? 'The certificate matches.' : 'The certificate does not match.',
    sections: [
      {
        title: '',
        rows: rowsOf([
          ['Parameter', parameter],
          ['Registered', report.expected],
          ...found.map((value) => ['In the certificate', value] as const),
          ['Cause', cause],
          ['Explanation', hint],
          [`Register as ${suggestedParameter}`, suggestion],
        ]),
      },
    ],
    data: report,
  };
}
