import type { ErrorEntry } from './error-entry.js';

/** Trust anchors and their sources. */
export const trustCodes = {
  ERR_PATH_STALE: {
    meaning: 'The trust anchors of the server are out of date.',
    section: 'RFC 5280 §6.2',
    oauth: 'temporarily_unavailable',
    reasons: [],
  },
  ERR_PATH_ANCHOR: {
    meaning: 'A trust anchor of the server cannot validate any certificate.',
    section: 'RFC 5280 §6.1.1(d)',
    oauth: 'temporarily_unavailable',
    reasons: [
      'ERR_PATH_ALGORITHM',
      'ERR_PATH_BASIC_CONSTRAINTS',
      'ERR_PATH_CRITICAL_EXTENSION',
      'ERR_PATH_EXTENDED_KEY_USAGE',
      'ERR_PATH_KEY_USAGE',
      'ERR_PATH_MALFORMED',
      'ERR_PATH_PROFILE',
      'ERR_PATH_WEAK_KEY',
    ],
  },
  ERR_TRUST_SOURCE: {
    meaning: 'A source of trust anchors, CRLs or keys cannot be used.',
    section: 'RFC 5280 §6.2',
    oauth: 'temporarily_unavailable',
    reasons: [
      'unreadable',
      'timeout',
      'empty',
      'truncated',
      'malformed',
      'key-mismatch',
      'expired',
      'unusable',
      'scheme',
      'status',
      'redirects',
      'too-large',
      'unreachable',
      'signature',
      'scope',
      'older',
      'not-current',
    ],
  },
} as const satisfies Record<string, ErrorEntry>;
