import { codesOf, type ErrorEntry } from './error-entry.js';
import { jwksCodes } from './jwks-codes.js';
import { metadataCodes } from './metadata-codes.js';
import { pathCodes } from './path-codes.js';

/** Clients: authentication, grants. */
export const clientCodes = {
  ERR_CLIENT_UNKNOWN: {
    meaning: 'The client_id is missing or unknown.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
    reasons: [
      'no-client-id',
      'malformed-client-id',
      'repeated-client-id',
      'no-such-client',
      'other-client',
      'not-a-form',
      'unreadable-body',
      'body-already-read',
      'no-middleware',
    ],
  },
  ERR_CLIENT_METHOD: {
    meaning: 'The client is not registered for mutual-TLS authentication.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_METADATA: {
    meaning: 'The registered metadata of the client is invalid.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
    reasons: [
      ...new Set([
        ...metadataCodes.ERR_METADATA_SUBJECT.reasons,
        ...metadataCodes.ERR_METADATA_VALUE.reasons,
        ...metadataCodes.ERR_METADATA_KEYS.reasons,
        ...metadataCodes.ERR_METADATA_JWKS.reasons,
        ...metadataCodes.ERR_METADATA_X5C.reasons,
        ...metadataCodes.ERR_METADATA_SPIFFE_ID.reasons,
      ]),
    ],
  },
  ERR_CLIENT_CERTIFICATE_MISSING: {
    meaning: 'The client did not present a certificate.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_UNVERIFIED: {
    meaning: 'The certificate chain has not been validated.',
    section: 'RFC 8705 §2.1',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_PATH: {
    meaning: 'The certificate chain is not valid.',
    section: 'RFC 8705 §2.1',
    oauth: 'invalid_client',
    reasons: ['no-path', 'ERR_CLIENT_TRUST_ANCHORS', ...codesOf(pathCodes)],
  },
  ERR_CLIENT_TRUST_ANCHORS: {
    meaning: 'No trust anchors are configured for this client.',
    section: 'RFC 8705 §7.4',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_SVID: {
    meaning: 'The client certificate is not a valid X.509-SVID.',
    section: 'draft-ietf-oauth-spiffe-client-auth-02 §3.2',
    oauth: 'invalid_client',
    reasons: ['no-id', 'ERR_SPIFFE_ID', 'ERR_SPIFFE_SVID', 'ERR_SPIFFE_TRUST_DOMAIN', 'ERR_SPIFFE_BUNDLE'],
  },
  ERR_CLIENT_SUBJECT_MISMATCH: {
    meaning: 'The client certificate does not contain the registered subject.',
    section: 'RFC 8705 §2.1',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_CERTIFICATE_UNKNOWN: {
    meaning: 'The client certificate is not one of the registered certificates.',
    section: 'RFC 8705 §2.2',
    oauth: 'invalid_client',
    reasons: ['ERR_METADATA_JWKS', 'ERR_METADATA_X5C'],
  },
  ERR_CLIENT_EXPIRED: {
    meaning: 'The client certificate has expired.',
    section: 'RFC 5280 §4.1.2.5',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_NOT_YET_VALID: {
    meaning: 'The client certificate is not yet valid.',
    section: 'RFC 5280 §4.1.2.5',
    oauth: 'invalid_client',
    reasons: [],
  },
  ERR_CLIENT_KEYS_UNAVAILABLE: {
    meaning: 'The registered certificates of the client could not be loaded.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
    reasons: ['other-uri', 'ERR_SPIFFE_BUNDLE_UNAVAILABLE', ...codesOf(jwksCodes)],
  },
  ERR_CLIENT_ID_REPEATED: {
    meaning: 'The request contains more than one client_id.',
    section: 'RFC 6749 §3.2',
    oauth: 'invalid_request',
    reasons: [],
  },
  ERR_GRANT_CERTIFICATE_MISSING: {
    meaning: 'The tokens of this client are bound to a certificate, but the client did not present one.',
    section: 'RFC 8705 §3.4',
    oauth: 'invalid_grant',
    reasons: [],
  },
  ERR_GRANT_MISMATCH: {
    meaning: 'The grant is bound to another certificate.',
    section: 'RFC 8705 §4',
    oauth: 'invalid_grant',
    reasons: [],
  },
  ERR_GRANT_CONFIRMATION: {
    meaning: 'The certificate binding of the grant is missing or malformed.',
    section: 'RFC 8705 §4',
    oauth: 'invalid_grant',
    reasons: [],
  },
} as const satisfies Record<string, ErrorEntry>;
