import type { ErrorEntry } from './error-entry.js';

/** Why DER is not a certificate, for errors whose reason is the code of their cause. */
export const certificateReasons = [
  'ERR_ENCODING_EMPTY',
  'ERR_ENCODING_TOO_LARGE',
  'ERR_ENCODING_DER',
  'ERR_CERTIFICATE_MALFORMED',
  'ERR_CERTIFICATE_DUPLICATE_EXTENSION',
] as const;

/** Certificates, and the names in them. */
export const certificateCodes = {
  ERR_CERTIFICATE_MALFORMED: {
    meaning: 'The input is not an X.509 certificate.',
    section: 'RFC 5280 §4.1',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_CERTIFICATE_DUPLICATE_EXTENSION: {
    meaning: 'The certificate contains an extension more than once.',
    section: 'RFC 5280 §4.2',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_CERTIFICATE_UNAVAILABLE: {
    meaning: 'The client certificate is not available on this connection.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_request',
    reasons: ['closed', 'renegotiated', 'runtime'],
  },
  ERR_CERTIFICATE_KEY: {
    meaning: 'The public key of the certificate cannot be represented as a JWK.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_request',
    reasons: ['algorithm', 'curve', 'explicit-parameters', 'compressed-point', 'encoding'],
  },
  ERR_NAME_SYNTAX: {
    meaning: 'The text is not an RFC 4514 distinguished name.',
    section: 'RFC 4514 §3',
    oauth: 'invalid_request',
    reasons: ['empty', 'lone-surrogate', 'attribute-type', 'hex', 'quote', 'unescaped', 'escape'],
  },
  ERR_NAME_ATTRIBUTE: {
    meaning: 'The distinguished name contains an unknown attribute name.',
    section: 'RFC 4514 §3',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_NAME_VALUE: {
    meaning: 'The distinguished name contains a value that no certificate can contain.',
    section: 'RFC 4514 §2.4',
    oauth: 'invalid_request',
    reasons: ['empty', 'ber', 'nul', 'ia5-string', 'utf-8', 'encoding'],
  },
} as const satisfies Record<string, ErrorEntry>;
