import { codesOf, type ErrorEntry } from './error-entry.js';
import { jwksCodes } from './jwks-codes.js';

/** SPIFFE IDs, X.509-SVIDs and bundles. */
export const spiffeCodes = {
  ERR_SPIFFE_ID: {
    meaning: 'The text is not a SPIFFE ID.',
    section: 'SPIFFE-ID §2',
    oauth: 'invalid_request',
    reasons: ['length', 'scheme', 'trust-domain', 'path'],
  },
  ERR_SPIFFE_SVID: {
    meaning: 'The certificate is not the X.509-SVID of a workload.',
    section: 'X509-SVID §5.2',
    oauth: 'invalid_client',
    reasons: [
      'no-uri',
      'several-uris',
      'spiffe-id',
      'no-path',
      'authority',
      'no-digital-signature',
      'signing-key',
      'issuer-id',
      'malformed',
    ],
  },
  ERR_SPIFFE_TRUST_DOMAIN: {
    meaning: 'The trust domain of the SPIFFE ID is not trusted.',
    section: 'SPIFFE-ID §3.1',
    oauth: 'invalid_client',
    reasons: ['unknown', 'no-authority'],
  },
  ERR_SPIFFE_BUNDLE: {
    meaning: 'The SPIFFE bundle is malformed or older than the current bundle.',
    section: 'SPIFFE Trust Domain and Bundle §4',
    oauth: 'invalid_client',
    reasons: ['not-json', 'not-an-object', 'not-an-array', 'not-an-integer', 'no-certificate', 'certificate', 'older'],
  },
  ERR_SPIFFE_BUNDLE_UNAVAILABLE: {
    meaning: 'The bundle of the trust domain could not be loaded.',
    section: 'SPIFFE Trust Domain and Bundle §4.1.2',
    oauth: 'invalid_client',
    reasons: ['failed', 'ERR_SPIFFE_BUNDLE', ...codesOf(jwksCodes)],
  },
} as const satisfies Record<string, ErrorEntry>;
