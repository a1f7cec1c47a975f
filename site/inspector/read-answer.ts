import { decodeToken, explainToken } from '../../src/cli/reports/explain-token.js';
import { inspectCertificates } from '../../src/cli/reports/inspect-certificates.js';
import { matchSubject } from '../../src/cli/reports/match-subject.js';
import { holdsPrivateKey } from '../../src/cli/reports/private-key.js';
import type { Report } from '../../src/cli/reports/report.js';
import { isMtlsError } from '../../src/errors.js';
import type { TlsClientAuthParameter } from '../../src/oauth/subject/subject-matches.js';
import { parseCertificate, type Certificate } from '../../src/x509/certificate.js';
import { parseCertificates } from '../../src/x509/parse-certificates.js';

/** What the page shows for a question: a report of the command, or one sentence. Undefined: nothing was asked. */
export type Answer = Report | { readonly problem: string } | undefined;

/** What is in the fields of the page. */
export interface Fields {
  readonly certificate: string;
  readonly parameter: TlsClientAuthParameter;
  readonly value: string;
  readonly exactCase: boolean;
  readonly token: string;
}

/** The three answers of the page. */
export interface Answers {
  readonly certificate: Answer;
  readonly value: Answer;
  readonly token: Answer;
}

const PRIVATE_KEY = {
  problem:
    'This is a private key. Nothing of it is shown, and it has not left this page. Remove it: only the certificate is needed here.',
} as const;
const NO_TOKEN = { problem: 'This is neither a signed JWT nor an introspection response in JSON.' } as const;

/** Answers all questions. Nothing is repeated of a field with a private key, and then of no other field. */
export function readAnswers(fields: Fields, now: Date): Answers {
  const { certificate, value, token } = fields;
  const decoded = token.trim() === '' ? undefined : decodeToken(token);
  const secret = {
    certificate: holdsPrivateKey(certificate),
    value: holdsPrivateKey(value),
    token: holdsPrivateKey(token) || (decoded !== undefined && holdsPrivateKey(JSON.stringify(decoded))),
  };
  if (secret.certificate || secret.value || secret.token) {
    const warn = (isSecret: boolean) => (isSecret ? PRIVATE_KEY : undefined);
    return { certificate: warn(secret.certificate), value: warn(secret.value), token: warn(secret.token) };
  }
  const read = readCertificates(certificate);
  const readable = read === undefined || !('problem' in read);
  const leaf = read !== undefined && !('problem' in read) ? read[0] : undefined;
  const unreadable = { problem: 'The certificate above cannot be read.' };
  return {
    certificate: read === undefined || 'problem' in read ? read : inspectCertificates(read, now),
    value: value === '' ? undefined : !readable ? unreadable : compare(leaf, fields),
    token:
      token.trim() === ''
        ? undefined
        : decoded === undefined
          ? NO_TOKEN
          : !readable
            ? unreadable
            : explainToken(decoded, leaf, [], now),
  };
}

function compare(leaf: Certificate | undefined, { parameter, value, exactCase }: Fields): Answer {
  if (leaf === undefined) return { problem: 'Paste the certificate above, to compare this value with it.' };
  return matchSubject(leaf, parameter, value, { exactCase });
}

/** The certificates in the text of a PEM file, or in base64 of DER. */
function readCertificates(text: string): readonly Certificate[] | { readonly problem: string } | undefined {
  if (text.trim() === '') return undefined;
  try {
    return text.includes('-----BEGIN ') ? parseCertificates(text) : [parseCertificate(text.replace(/\s/g, ''))];
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    const reason = error.detail.reason === undefined ? '' : ` (${error.detail.reason})`;
    return { problem: `${error.message} ${error.code}${reason}` };
  }
}
