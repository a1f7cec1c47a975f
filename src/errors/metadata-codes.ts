import { certificateCodes, certificateReasons } from './certificate-codes.js';
import type { ErrorEntry } from './error-entry.js';

/** Why a registered subject cannot match any certificate. For a distinguished name, the reason of its syntax error. */
const subjectReasons = [
  ...certificateCodes.ERR_NAME_SYNTAX.reasons,
  ...certificateCodes.ERR_NAME_VALUE.reasons,
  'unknown-attribute',
  'not-ascii',
  'characters',
  'label',
  'length',
  'leading-dot',
  'trailing-dot',
  'ip-address',
  'no-scheme',
  'no-host',
  'host',
  'port',
  'fragment',
  'no-at-sign',
  'local-part',
  'domain',
] as const;

const jwksReasons = [
  'not-an-object',
  'not-an-array',
  'not-a-string',
  'not-strings',
  'private-key',
  'no-certificate',
  'ERR_ENCODING_BASE64',
  ...certificateReasons,
] as const;

/** Client metadata. */
export const metadataCodes = {
  ERR_METADATA_TYPE: {
    meaning: 'The client metadata or one of its members has the wrong JSON type.',
    section: 'RFC 7591 §2',
    oauth: 'invalid_client_metadata',
    reasons: [],
  },
  ERR_METADATA_SUBJECT: {
    meaning:
      'Exactly one tls_client_auth_* subject is required with tls_client_auth, and not allowed with other methods.',
    section: 'RFC 8705 §2.1.2',
    oauth: 'invalid_client_metadata',
    reasons: ['none', 'several', 'other-method'],
  },
  ERR_METADATA_VALUE: {
    meaning: 'The registered subject cannot match any certificate.',
    section: 'RFC 8705 §2.1.2',
    oauth: 'invalid_client_metadata',
    reasons: subjectReasons,
  },
  ERR_METADATA_KEYS: {
    meaning: 'Exactly one of jwks and jwks_uri is required with self_signed_tls_client_auth.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client_metadata',
    reasons: ['none', 'both'],
  },
  ERR_METADATA_JWKS: {
    meaning: 'The JWK Set is malformed or does not contain a usable certificate.',
    section: 'RFC 8705 §2.2.2',
    oauth: 'invalid_client_metadata',
    reasons: jwksReasons,
  },
  ERR_METADATA_JWKS_URI: {
    meaning: 'The jwks_uri is not an absolute https URL.',
    section: 'RFC 7591 §2',
    oauth: 'invalid_client_metadata',
    reasons: [],
  },
  ERR_METADATA_X5C: {
    meaning: 'The first certificate of x5c does not match the other members of its JWK.',
    section: 'RFC 7517 §4.7',
    oauth: 'invalid_client_metadata',
    reasons: ['other-key', 'key-type', 'curve', 'explicit-curve', 'other-thumbprint'],
  },
  ERR_METADATA_SPIFFE_ID: {
    meaning: 'A spiffe_id with a path, optionally ending in /*, is required with spiffe_x509.',
    section: 'draft-ietf-oauth-spiffe-client-auth-02 §5.1',
    oauth: 'invalid_client_metadata',
    reasons: ['none', 'length', 'scheme', 'trust-domain', 'path', 'no-path', 'other-id'],
  },
  ERR_METADATA_PROFILE: {
    meaning: 'The client metadata does not conform to the chosen profile.',
    section: 'RFC 7591 §2',
    oauth: 'invalid_client_metadata',
    reasons: ['method', 'unbound-tokens', 'by-value', 'not-a-dn', 'text', 'octets', 'name'],
  },
} as const satisfies Record<string, ErrorEntry>;
