import type { ErrorEntry } from './error-entry.js';

/** Loaded JWK Sets. */
export const jwksCodes = {
  ERR_JWKS_URI: {
    meaning: 'The URL of the JWK Set, or a redirect from it, is not a public https URL.',
    section: 'RFC 8705 §2.2',
    oauth: 'invalid_client_metadata',
    reasons: ['syntax', 'scheme', 'credentials', 'private-address'],
  },
  ERR_JWKS_UNREACHABLE: {
    meaning: 'The JWK Set could not be loaded.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
    reasons: ['status', 'redirects', 'network'],
  },
  ERR_JWKS_TIMEOUT: {
    meaning: 'The JWK Set could not be loaded in time.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_JWKS_TOO_LARGE: {
    meaning: 'The JWK Set is larger than the limit.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_JWKS_MALFORMED: {
    meaning: 'The loaded document is not a JWK Set.',
    section: 'RFC 7517 §5',
    oauth: 'invalid_client',
    reasons: ['not-json'],
  },
} as const satisfies Record<string, ErrorEntry>;
