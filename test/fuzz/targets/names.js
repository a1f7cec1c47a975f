import { explainSubject, parseDistinguishedName, subjectMatches } from 'oauth-mtls';
import { DNS } from '../materials.js';
import { makeText } from '../mutate.js';
import { hold, must } from '../violation.js';

/** The members of client metadata that name a subject. */
export const PARAMETERS = /** @type {const} */ ([
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
]);
const REGISTERED = [
  ...DNS,
  'client.example',
  '*.example.com',
  'spiffe://example.org/pay',
  '192.0.2.1',
  '2001:db8::1',
  'a@example.com',
];

/** @param {import('../materials.js').Materials} materials @returns {import('../targets.js').Target[]} */
export function createNameTargets({ certificates }) {
  return [
    {
      name: 'names: distinguished names',
      make: (random) => [makeText(random, DNS), makeText(random, DNS), random.pick(DNS)],
      run(/** @type {[string, string, string]} */ texts) {
        const names = texts.flatMap((each) => {
          try {
            return [parseDistinguishedName(each)];
          } catch (error) {
            if (texts.indexOf(each) === 2) throw error;
            return [];
          }
        });
        for (const a of names) {
          hold(a.equals(a), 'a name does not equal itself');
          const again = must(() => parseDistinguishedName(a.toString()), 'the text of a name is refused');
          hold(again.equals(a), 'a name does not equal its own text');
          for (const b of names) {
            hold(a.equals(b) === b.equals(a), 'equality is not symmetric');
            for (const c of names) hold(!(a.equals(b) && b.equals(c)) || a.equals(c), 'equality is not transitive');
          }
        }
      },
    },
    {
      name: 'names: match and explain agree',
      make: (random) => [random.pick(PARAMETERS), makeText(random, REGISTERED), random.below(certificates.length)],
      run(/** @type {[typeof PARAMETERS[number], string, number]} */ [parameter, value, index]) {
        const certificate = certificates[index]?.certificate;
        if (certificate === undefined) return;
        const report = explainSubject(certificate, parameter, value);
        let matches = false;
        try {
          matches = subjectMatches(certificate, parameter, value);
        } finally {
          hold(report.matches === matches, 'explainSubject and subjectMatches disagree');
          if (report.suggestion !== undefined) {
            hold(
              subjectMatches(certificate, report.suggestedParameter ?? parameter, report.suggestion),
              'a suggestion does not match',
            );
          }
        }
        const exact = subjectMatches(certificate, parameter, value, { exactCase: true });
        hold(matches || !exact, 'exactCase accepts what is refused without it');
      },
    },
  ];
}
