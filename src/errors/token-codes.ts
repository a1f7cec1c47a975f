import type { ErrorEntry } from './error-entry.js';

/** Access tokens, and the metadata of servers. */
export const tokenCodes = {
  ERR_SERVER_METADATA: {
    meaning: 'The authorization server metadata is malformed.',
    section: 'RFC 8414 §2',
    oauth: 'invalid_request',
  },
  ERR_SERVER_ENDPOINT: {
    meaning: 'The authorization server has no such endpoint.',
    section: 'RFC 8705 §5',
    oauth: 'invalid_request',
  },
  ERR_CNF_REQUIRED: {
    meaning: 'The token is not bound to a certificate, and the policy asks for that.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_token',
  },
  ERR_CNF_MALFORMED: {
    meaning: 'The confirmation of the token is malformed.',
    section: 'RFC 8705 §3.1',
    oauth: 'invalid_token',
  },
  ERR_CNF_CERTIFICATE_MISSING: {
    meaning: 'The token is bound to a certificate, and none was presented.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_token',
  },
  ERR_CNF_MISMATCH: {
    meaning: 'The token is bound to another certificate.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_token',
  },
  ERR_CNF_UNSUPPORTED: {
    meaning: 'The token is bound by a confirmation method that is not accepted here.',
    section: 'RFC 7800 §3.1',
    oauth: 'invalid_token',
  },
  ERR_CNF_DPOP: {
    meaning: 'The token is not bound to the key of the DPoP proof.',
    section: 'RFC 9449 §7.1',
    oauth: 'invalid_token',
  },
  ERR_TOKEN_MISSING: {
    meaning: 'The request carries no access token.',
    section: 'RFC 6750 §3.1',
    oauth: 'invalid_token',
  },
  ERR_TOKEN_REQUEST: {
    meaning: 'The request carries a malformed access token, or more than one.',
    section: 'RFC 6750 §2',
    oauth: 'invalid_request',
  },
  ERR_TOKEN_INVALID: {
    meaning: 'The access token is missing, malformed, expired or not for this resource.',
    section: 'RFC 6750 §3.1',
    oauth: 'invalid_token',
  },
  ERR_TOKEN_INACTIVE: {
    meaning: 'The token is not active.',
    section: 'RFC 7662 §2.2',
    oauth: 'invalid_token',
  },
  ERR_TOKEN_PROOF: {
    meaning: 'The DPoP proof is missing or not valid.',
    section: 'RFC 9449 §7.1',
    oauth: 'invalid_dpop_proof',
  },
  ERR_TOKEN_SCOPE: {
    meaning: 'The access token does not cover the required scope.',
    section: 'RFC 6750 §3.1',
    oauth: 'insufficient_scope',
  },
  ERR_TOKEN_UNAVAILABLE: {
    meaning: 'The access token cannot be verified at the moment.',
    section: 'RFC 6749 §4.1.2.1',
    oauth: 'temporarily_unavailable',
  },
} as const satisfies Record<string, ErrorEntry>;
