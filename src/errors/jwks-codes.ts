import type { ErrorEntry } from './error-entry.js';

/** JWK Sets that are loaded. */
export const jwksCodes = {
  ERR_JWKS_URI: {
    meaning: 'The jwks_uri, or what it redirects to, is not a public https URL.',
    section: 'RFC 8705 §2.2',
    oauth: 'invalid_client_metadata',
  },
  ERR_JWKS_UNREACHABLE: {
    meaning: 'The JWK Set could not be loaded.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
  },
  ERR_JWKS_TIMEOUT: {
    meaning: 'The JWK Set did not arrive in time.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
  },
  ERR_JWKS_TOO_LARGE: {
    meaning: 'The JWK Set is larger than the limit.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
  },
  ERR_JWKS_MALFORMED: {
    meaning: 'What was loaded is not a JWK Set.',
    section: 'RFC 7517 §5',
    oauth: 'invalid_client',
  },
} as const satisfies Record<string, ErrorEntry>;
