import type { ErrorEntry } from './error-entry.js';

/** Lengths and nesting, single types, the structures of RFC 5280 and RFC 6960. */
const derReasons = [
  'truncated',
  'trailing-bytes',
  'unexpected-tag',
  'tag',
  'length',
  'indefinite-length',
  'non-minimal-length',
  'boolean',
  'integer',
  'enumerated',
  'bit-string',
  'null',
  'oid',
  'oid-arc',
  'time',
  'general-name',
  'general-names',
  'version',
  'signature-algorithm',
  'extensions',
  'authority-key-identifier',
  'name-constraints',
  'duplicate-policy',
  'policy-qualifier',
  'policy-constraints',
  'mapped-any-policy',
  'certificate-issuer',
  'response-type',
  'cert-status',
] as const;

/** What every parser refuses. */
export const encodingCodes = {
  ERR_ENCODING_EMPTY: {
    meaning: 'The input is empty.',
    section: 'RFC 7468 §3',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_ENCODING_TOO_LARGE: {
    meaning: 'The input is larger than the limit.',
    section: 'RFC 8705 §7.5',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_ENCODING_BASE64: {
    meaning: 'The input is not base64 in canonical form.',
    section: 'RFC 4648 §4',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_ENCODING_PEM: {
    meaning: 'The input is not exactly one PEM block.',
    section: 'RFC 7468 §3',
    oauth: 'invalid_request',
    reasons: ['no-begin', 'no-end', 'end-label', 'trailing-text'],
  },
  ERR_ENCODING_PEM_LABEL: {
    meaning: 'The PEM block does not have the expected label.',
    section: 'RFC 7468 §5.1',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_ENCODING_DER: {
    meaning: 'The input is not strict DER.',
    section: 'X.690 §10',
    oauth: 'invalid_request',
    reasons: derReasons,
  },
} as const satisfies Record<string, ErrorEntry>;
