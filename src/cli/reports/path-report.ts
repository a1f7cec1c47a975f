import { assertMtlsError, type MtlsError } from '../../errors.js';
import type { Certificate } from '../../x509/certificate.js';
import { rowsOf, timeText, type Report } from './report.js';

/** Reports a path. @param spiffeId the SPIFFE ID, if the first certificate was verified as an SVID */
export function pathFound(
  certificates: readonly Certificate[],
  revocation: readonly string[],
  spiffeId?: string,
): Report {
  const path = certificates.map((certificate, index) => ({
    subject: certificate.subject.toString(),
    thumbprint: certificate.thumbprint,
    notAfter: timeText(certificate.notAfter),
    // the revocation of the anchor is not checked
    revocation: revocation[index] ?? null,
  }));
  return {
    verdict: true,
    summary: spiffeId === undefined ? 'The chain leads to a trust anchor.' : 'The SVID belongs to the trust domain.',
    sections: [
      ...(spiffeId === undefined ? [] : [{ title: '', rows: rowsOf([['SPIFFE ID', spiffeId]]) }]),
      {
        title: 'Path',
        rows: path.map(({ subject, notAfter, revocation: status }, index) => [
          index === path.length - 1 ? 'Trust anchor' : index === 0 ? 'Certificate' : 'Authority',
          `${subject} (until ${notAfter}${status === null ? '' : `, revocation: ${status}`})`,
        ]),
      },
    ],
    data: { valid: true, ...(spiffeId !== undefined && { spiffeId }), path },
  };
}

/** Reports why no path was found, and at which certificate. */
export function pathRefused(error: MtlsError, certificates: readonly Certificate[]): Report {
  const { code, message, detail } = error;
  const about = certificates.find((each) => each.thumbprint === detail.thumbprint);
  const subject = about && subjectText(about);
  return {
    verdict: false,
    summary: message,
    sections: [
      {
        title: '',
        rows: rowsOf([
          ['Code', code],
          ['Reason', detail.reason],
          ['Certificate', subject],
        ]),
      },
    ],
    data: { valid: false, code, message, reason: detail.reason ?? null, subject: subject ?? null },
  };
}

/** Undefined for a malformed name. Names are decoded on first use, so a certificate with one parses. */
function subjectText(certificate: Certificate): string | undefined {
  try {
    return certificate.subject.toString();
  } catch (error) {
    assertMtlsError(error);
    return undefined;
  }
}
