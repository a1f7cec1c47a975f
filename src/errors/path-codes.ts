import type { ErrorEntry } from './error-entry.js';

/** Certification paths. */
export const pathCodes = {
  ERR_PATH_NO_ANCHOR: {
    meaning: 'No certification path leads from the certificate to a trust anchor.',
    section: 'RFC 5280 §6.1',
    oauth: 'invalid_client',
  },
  ERR_PATH_MALFORMED: {
    meaning: 'A certificate of the path is malformed.',
    section: 'RFC 5280 §4.1',
    oauth: 'invalid_client',
  },
  ERR_PATH_SIGNATURE: {
    meaning: 'A signature in the path is not that of the issuer.',
    section: 'RFC 5280 §6.1.3(a)(1)',
    oauth: 'invalid_client',
  },
  ERR_PATH_NOT_YET_VALID: {
    meaning: 'A certificate of the path is before its validity period.',
    section: 'RFC 5280 §6.1.3(a)(2)',
    oauth: 'invalid_client',
  },
  ERR_PATH_EXPIRED: {
    meaning: 'A certificate of the path is past its validity period.',
    section: 'RFC 5280 §6.1.3(a)(2)',
    oauth: 'invalid_client',
  },
  ERR_PATH_NAME_CONSTRAINTS: {
    meaning: 'A name in the path is outside the name constraints of an authority.',
    section: 'RFC 5280 §6.1.3(b)',
    oauth: 'invalid_client',
  },
  ERR_PATH_POLICY: {
    meaning: 'The path is not valid for any acceptable certificate policy.',
    section: 'RFC 5280 §6.1.3(f)',
    oauth: 'invalid_client',
  },
  ERR_PATH_REVOKED: {
    meaning: 'A certificate of the path is revoked.',
    section: 'RFC 5280 §6.1.3(a)(3)',
    oauth: 'invalid_client',
  },
  ERR_PATH_REVOCATION_UNKNOWN: {
    meaning: 'The revocation status of a certificate of the path could not be determined.',
    section: 'RFC 5280 §6.3.3',
    oauth: 'invalid_client',
  },
  ERR_PATH_REVOCATION_MALFORMED: {
    meaning: 'A CRL or an OCSP response is malformed.',
    section: 'RFC 5280 §5.1',
    oauth: 'invalid_client',
  },
  ERR_PATH_STALE: {
    meaning: 'The trust anchors could not be reloaded for longer than is allowed.',
    section: 'RFC 5280 §6.2',
    oauth: 'temporarily_unavailable',
  },
  ERR_PATH_PROFILE: {
    meaning: 'A certificate of the path breaks a rule that RFC 5280 has for issuers.',
    section: 'RFC 5280 §4',
    oauth: 'invalid_client',
  },
  ERR_PATH_BASIC_CONSTRAINTS: {
    meaning: 'An issuer in the path is not a certification authority.',
    section: 'RFC 5280 §6.1.4(k)',
    oauth: 'invalid_client',
  },
  ERR_PATH_LENGTH: {
    meaning: 'The path is longer than an authority or the caller allows.',
    section: 'RFC 5280 §6.1.4(l)',
    oauth: 'invalid_client',
  },
  ERR_PATH_KEY_USAGE: {
    meaning: 'The key usage of a certificate does not allow its place in the path.',
    section: 'RFC 5280 §6.1.4(n)',
    oauth: 'invalid_client',
  },
  ERR_PATH_EXTENDED_KEY_USAGE: {
    meaning: 'The extended key usage of a certificate does not allow this purpose.',
    section: 'RFC 5280 §4.2.1.12',
    oauth: 'invalid_client',
  },
  ERR_PATH_CRITICAL_EXTENSION: {
    meaning: 'A certificate of the path has a critical extension that is not processed.',
    section: 'RFC 5280 §6.1.4(o)',
    oauth: 'invalid_client',
  },
  ERR_PATH_ALGORITHM: {
    meaning: 'A key or signature in the path uses an algorithm that is not accepted.',
    section: 'RFC 5280 §6.1.3(a)(1)',
    oauth: 'invalid_client',
  },
  ERR_PATH_WEAK_KEY: {
    meaning: 'A key in the path is too weak, or too costly to use.',
    section: 'RFC 5280 §6.1.3(a)(1)',
    oauth: 'invalid_client',
  },
  ERR_PATH_LIMIT_INTERMEDIATES: {
    meaning: 'More intermediate certificates came than the limit allows.',
    section: 'RFC 4158 §2.4',
    oauth: 'invalid_client',
  },
  ERR_PATH_LIMIT_DEPTH: {
    meaning: 'Every path is longer than the limit on its depth.',
    section: 'RFC 4158 §2.4',
    oauth: 'invalid_client',
  },
  ERR_PATH_LIMIT_CANDIDATES: {
    meaning: 'The search for a path passed its limit on candidates.',
    section: 'RFC 4158 §2.4',
    oauth: 'invalid_client',
  },
  ERR_PATH_LIMIT_PATHS: {
    meaning: 'The search for a path passed its limit on complete paths.',
    section: 'RFC 4158 §2.4',
    oauth: 'invalid_client',
  },
  ERR_PATH_LIMIT_SIGNATURES: {
    meaning: 'The search for a path passed its limit on signatures.',
    section: 'RFC 4158 §2.4',
    oauth: 'invalid_client',
  },
  ERR_PATH_LIMIT_NAMES: {
    meaning: 'The search for a path passed its limit on comparisons of names.',
    section: 'RFC 4158 §2.4',
    oauth: 'invalid_client',
  },
} as const satisfies Record<string, ErrorEntry>;
