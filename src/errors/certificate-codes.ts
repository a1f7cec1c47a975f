import type { ErrorEntry } from './error-entry.js';

/** Certificates, and the names in them. */
export const certificateCodes = {
  ERR_CERTIFICATE_MALFORMED: {
    meaning: 'The input is not an X.509 certificate.',
    section: 'RFC 5280 §4.1',
    oauth: 'invalid_request',
  },
  ERR_CERTIFICATE_DUPLICATE_EXTENSION: {
    meaning: 'The certificate carries an extension twice.',
    section: 'RFC 5280 §4.2',
    oauth: 'invalid_request',
  },
  ERR_CERTIFICATE_UNAVAILABLE: {
    meaning: 'The connection no longer tells, or never told, which certificate was presented.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_request',
  },
  ERR_NAME_SYNTAX: {
    meaning: 'The text is not an RFC 4514 distinguished name.',
    section: 'RFC 4514 §3',
    oauth: 'invalid_request',
  },
  ERR_NAME_ATTRIBUTE: {
    meaning: 'The distinguished name uses an attribute name that is not known.',
    section: 'RFC 4514 §3',
    oauth: 'invalid_request',
  },
  ERR_NAME_VALUE: {
    meaning: 'The distinguished name holds a value that no certificate can carry.',
    section: 'RFC 4514 §2.4',
    oauth: 'invalid_request',
  },
} as const satisfies Record<string, ErrorEntry>;
