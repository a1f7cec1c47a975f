import type { ErrorEntry } from './error-entry.js';

/**
 * All of them are invalid_request, because nothing has been decided about the client's credentials: invalid_client or
 * invalid_token would ask it for others, and a 5xx would let anybody raise alarms.
 */
export const forwardedCodes = {
  ERR_FORWARDED_UNTRUSTED: {
    meaning: 'A request that does not come from the proxy carries a certificate header.',
    section: 'RFC 9440 §4',
    oauth: 'invalid_request',
  },
  ERR_FORWARDED_DUPLICATE: {
    meaning: 'A header that the proxy sets once came more than once.',
    section: 'RFC 9440 §2.2',
    oauth: 'invalid_request',
  },
  ERR_FORWARDED_TOO_LARGE: {
    meaning: 'The certificate headers are larger than the limit.',
    section: 'RFC 8705 §7.5',
    oauth: 'invalid_request',
  },
  ERR_FORWARDED_MALFORMED: {
    meaning: 'The forwarded certificate is not in the configured format.',
    section: 'RFC 9440 §2',
    oauth: 'invalid_request',
  },
  ERR_FORWARDED_CONTRADICTION: {
    meaning: 'What the proxy says about the certificate does not fit the certificate that it sent.',
    section: 'RFC 9440 §4',
    oauth: 'invalid_request',
  },
} as const satisfies Record<string, ErrorEntry>;
