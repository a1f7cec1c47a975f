import type { ErrorEntry } from './error-entry.js';

/** Clients: registration, authentication, grants. */
export const clientCodes = {
  ERR_METADATA_TYPE: {
    meaning: 'The client metadata, or a member of it, has the wrong JSON type.',
    section: 'RFC 7591 §2',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_SUBJECT: {
    meaning: 'tls_client_auth needs exactly one tls_client_auth_* subject parameter.',
    section: 'RFC 8705 §2.1.2',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_VALUE: {
    meaning: 'The registered subject value can never match a certificate.',
    section: 'RFC 8705 §2.1.2',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_KEYS: {
    meaning: 'self_signed_tls_client_auth needs exactly one of jwks and jwks_uri.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_JWKS: {
    meaning: 'The JWK Set holds no certificate, or one that cannot be used.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_JWKS_URI: {
    meaning: 'The jwks_uri is not an absolute https URL.',
    section: 'RFC 7591 §2',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_X5C: {
    meaning: 'The first certificate of x5c does not hold the public key of its JWK.',
    section: 'RFC 7517 §4.7',
    oauth: 'invalid_client_metadata',
  },
  ERR_METADATA_PROFILE: {
    meaning: 'The client metadata breaks a rule of the chosen profile.',
    section: 'RFC 7591 §2',
    oauth: 'invalid_client_metadata',
  },
  ERR_CLIENT_UNKNOWN: {
    meaning: 'No client has this client_id, or the request has none.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_METHOD: {
    meaning: 'The client is not registered for mutual-TLS authentication.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_METADATA: {
    meaning: 'The registered metadata of the client is not valid.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_CERTIFICATE_MISSING: {
    meaning: 'No client certificate was presented.',
    section: 'RFC 8705 §2',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_UNVERIFIED: {
    meaning: 'Nobody has validated the chain of the presented certificate.',
    section: 'RFC 8705 §2.1',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_PATH: {
    meaning: 'The chain of the presented certificate is not valid.',
    section: 'RFC 8705 §2.1',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_TRUST_ANCHORS: {
    meaning: 'No trust anchors are set for this client.',
    section: 'RFC 8705 §7.4',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_SUBJECT_MISMATCH: {
    meaning: 'The presented certificate does not carry the registered subject.',
    section: 'RFC 8705 §2.1',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_CERTIFICATE_UNKNOWN: {
    meaning: 'The presented certificate is not one of the registered certificates.',
    section: 'RFC 8705 §2.2',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_EXPIRED: {
    meaning: 'The presented certificate is past its validity period.',
    section: 'RFC 5280 §4.1.2.5',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_NOT_YET_VALID: {
    meaning: 'The presented certificate is before its validity period.',
    section: 'RFC 5280 §4.1.2.5',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_KEYS_UNAVAILABLE: {
    meaning: 'The registered certificates could not be loaded.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client',
  },
  ERR_CLIENT_ID_REPEATED: {
    meaning: 'The request has more than one client_id.',
    section: 'RFC 6749 §3.2',
    oauth: 'invalid_request',
  },
  ERR_GRANT_CERTIFICATE_MISSING: {
    meaning: 'The tokens of the client are bound to a certificate, and none was presented.',
    section: 'RFC 8705 §3.4',
    oauth: 'invalid_grant',
  },
  ERR_GRANT_MISMATCH: {
    meaning: 'The grant is bound to another certificate.',
    section: 'RFC 8705 §4',
    oauth: 'invalid_grant',
  },
  ERR_GRANT_CONFIRMATION: {
    meaning: 'The confirmation of the grant is missing or malformed.',
    section: 'RFC 8705 §4',
    oauth: 'invalid_grant',
  },
} as const satisfies Record<string, ErrorEntry>;
