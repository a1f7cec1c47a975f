import { isMtlsError } from '../../errors.js';
import { readRegisteredSpiffeId, type RegisteredSpiffeId } from '../../oauth/client/registered-spiffe-id.js';
import type { Certificate } from '../../x509/certificate.js';
import { inspectSvid, svidFaults } from './inspect-svid.js';
import { rowsOf, type Report } from './report.js';

const HINTS = {
  'invalid-value':
    'The registered value is not a spiffe_id: a SPIFFE ID with a path, or one that ends in /* below a path.',
  'different-case': 'The IDs differ only in case, and SPIFFE IDs are case-sensitive.',
  'different-id': 'The certificate is the X.509-SVID of another workload.',
} as const;

/** Reports whether a certificate is the X.509-SVID of a workload with a registered `spiffe_id`, and why not. */
export function matchSpiffeId(certificate: Certificate, expected: string): Report {
  const { spiffeId, fault } = inspectSvid(certificate);
  const registered = readRegistered(expected);
  const matches = spiffeId !== undefined && registered?.matches(spiffeId) === true;
  const cause = matches ? undefined : causeOf(registered, expected, spiffeId);
  const hint = cause === undefined ? undefined : cause === 'no-svid' ? svidFaults[fault!] : HINTS[cause];
  const suggestion = matches ? undefined : spiffeId;
  return {
    verdict: matches,
    summary: matches ? 'The certificate matches.' : 'The certificate does not match.',
    sections: [
      {
        title: '',
        rows: rowsOf([
          ['Parameter', 'spiffe_id'],
          ['Registered', expected],
          ['In the certificate', spiffeId],
          ['Cause', cause],
          ['Explanation', hint],
          ['Register as spiffe_id', suggestion],
        ]),
      },
    ],
    data: {
      matches,
      parameter: 'spiffe_id',
      expected,
      found: spiffeId === undefined ? [] : [spiffeId],
      ...(cause && { cause, hint }),
      ...(fault && { fault }),
      ...(suggestion && { suggestion }),
    },
  };
}

function readRegistered(expected: string): RegisteredSpiffeId | undefined {
  try {
    return readRegisteredSpiffeId(expected, undefined);
  } catch (error) {
    if (isMtlsError(error, 'ERR_METADATA_SPIFFE_ID')) return undefined;
    throw error;
  }
}

function causeOf(
  registered: RegisteredSpiffeId | undefined,
  expected: string,
  spiffeId: string | undefined,
): keyof typeof HINTS | 'no-svid' {
  if (registered === undefined) return 'invalid-value';
  if (spiffeId === undefined) return 'no-svid';
  return expected.toLowerCase() === spiffeId.toLowerCase() ? 'different-case' : 'different-id';
}
