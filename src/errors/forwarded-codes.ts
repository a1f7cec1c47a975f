import { certificateReasons } from './certificate-codes.js';
import type { ErrorEntry } from './error-entry.js';

/**
 * Forwarded certificates. All errors are invalid_request, because the client's credentials have not been checked.
 * invalid_client and invalid_token would ask for other credentials, and a 5xx would let any client raise alarms.
 */
export const forwardedCodes = {
  ERR_FORWARDED_UNTRUSTED: {
    meaning: 'The request contains a certificate header but was not sent by a trusted proxy.',
    section: 'RFC 9440 §4',
    oauth: 'invalid_request',
    reasons: ['address', 'unix-socket', 'shared-secret', 'proxy-certificate', 'no-connection'],
  },
  ERR_FORWARDED_DUPLICATE: {
    meaning: 'The request contains a certificate more than once.',
    section: 'RFC 9440 §2.2',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_FORWARDED_TOO_LARGE: {
    meaning: 'The forwarded certificate is larger than the limit.',
    section: 'RFC 8705 §7.5',
    oauth: 'invalid_request',
    reasons: ['members', 'elements', 'certificates'],
  },
  ERR_FORWARDED_MALFORMED: {
    meaning: 'The forwarded certificate is not in the configured format.',
    section: 'RFC 9440 §2',
    oauth: 'invalid_request',
    reasons: [
      'byte-sequence',
      'percent-encoding',
      'key',
      'quote',
      'unbalanced-quote',
      'no-cert',
      'cert',
      'chain',
      'hash',
      'uri',
      'dns',
      'ERR_ENCODING_BASE64',
      'ERR_ENCODING_PEM',
      'ERR_ENCODING_PEM_LABEL',
      ...certificateReasons,
    ],
  },
  ERR_FORWARDED_CONTRADICTION: {
    meaning: 'The forwarded certificate and the verification result of the proxy contradict each other.',
    section: 'RFC 9440 §4',
    oauth: 'invalid_request',
    reasons: ['certificate-missing', 'chain-without-certificate', 'certificate-not-presented'],
  },
} as const satisfies Record<string, ErrorEntry>;
