import { codesOf, type ErrorEntry } from './error-entry.js';
import { jwksCodes } from './jwks-codes.js';

/** Access tokens, and the metadata of servers. */
export const tokenCodes = {
  ERR_SERVER_METADATA: {
    meaning: 'The authorization server metadata is malformed.',
    section: 'RFC 8414 §2',
    oauth: 'invalid_request',
    reasons: ['not-an-object', 'not-https'],
  },
  ERR_SERVER_ENDPOINT: {
    meaning: 'The authorization server does not have this endpoint.',
    section: 'RFC 8705 §5',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_CNF_REQUIRED: {
    meaning: 'The token is not bound to a certificate, as this resource requires.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_CNF_MALFORMED: {
    meaning: 'The confirmation (cnf) of the token is malformed.',
    section: 'RFC 8705 §3.1',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_CNF_CERTIFICATE_MISSING: {
    meaning: 'The token is bound to a certificate, but the client did not present one.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_CNF_MISMATCH: {
    meaning: 'The token is bound to another certificate.',
    section: 'RFC 8705 §3',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_CNF_UNSUPPORTED: {
    meaning: 'The token is bound by a confirmation method that this resource does not accept.',
    section: 'RFC 7800 §3.1',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_CNF_DPOP: {
    meaning: 'The token is not bound to the key of the DPoP proof.',
    section: 'RFC 9449 §7.1',
    oauth: 'invalid_token',
    reasons: ['unbound', 'other-key'],
  },
  ERR_TOKEN_MISSING: {
    meaning: 'The request does not contain an access token.',
    section: 'RFC 6750 §3.1',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_TOKEN_REQUEST: {
    meaning: 'The request contains a malformed access token, or more than one access token.',
    section: 'RFC 6750 §2',
    oauth: 'invalid_request',
    reasons: ['too-large', 'malformed', 'second-token'],
  },
  ERR_TOKEN_INVALID: {
    meaning: 'The access token is malformed, expired, or not valid for this resource.',
    section: 'RFC 6750 §3.1',
    oauth: 'invalid_token',
    reasons: [
      'syntax',
      'signature',
      'key',
      'ERR_JWS_INVALID',
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
      'ERR_JWKS_NO_MATCHING_KEY',
      'ERR_JOSE_ALG_NOT_ALLOWED',
      'ERR_JOSE_NOT_SUPPORTED',
      'ERR_JWT_INVALID',
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      'ERR_JWT_EXPIRED',
    ],
  },
  ERR_TOKEN_INACTIVE: {
    meaning: 'The access token is not active.',
    section: 'RFC 7662 §2.2',
    oauth: 'invalid_token',
    reasons: [],
  },
  ERR_TOKEN_PROOF: {
    meaning: 'The DPoP proof is missing or invalid.',
    section: 'RFC 9449 §7.1',
    oauth: 'invalid_dpop_proof',
    reasons: ['missing', 'malformed', 'invalid'],
  },
  ERR_TOKEN_SCOPE: {
    meaning: 'The access token does not include the required scope.',
    section: 'RFC 6750 §3.1',
    oauth: 'insufficient_scope',
    reasons: [],
  },
  ERR_TOKEN_UNAVAILABLE: {
    meaning: 'The access token cannot be verified at the moment.',
    section: 'RFC 6749 §4.1.2.1',
    oauth: 'temporarily_unavailable',
    reasons: [
      'keys',
      'request',
      'status',
      'unsigned',
      'signature',
      'malformed',
      'ERR_JWKS_INVALID',
      'ERR_JOSE_GENERIC',
      ...codesOf(jwksCodes),
    ],
  },
} as const satisfies Record<string, ErrorEntry>;
