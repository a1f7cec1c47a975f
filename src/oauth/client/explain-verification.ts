import { isJsonObject } from '../../encoding/json-object.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';

const HINTS = {
  purpose:
    'The extended key usage of the certificate does not include clientAuth. Most public authorities no ' +
    'longer issue it: use a certificate from a private authority, or register self_signed_tls_client_auth.',
  'unknown-authority':
    'No chain leads to a configured authority. Either the authority of the client is not in ca, or the ' +
    'client does not send its intermediate certificate.',
  'self-signed': 'The certificate is self-signed. Register it in jwks, with the method self_signed_tls_client_auth.',
  'unknown-root': 'The root that the client sent is not in ca. Add it only if you trust it to certify clients.',
  expired: 'A certificate in the chain has expired: that of the client or that of an authority.',
  'not-yet-valid': 'A certificate in the chain is not yet valid. Compare the clocks of client and server.',
  revoked: 'A certificate in the chain has been revoked.',
  crl: 'The revocation list of an authority is missing or has expired. Load a current one.',
  signature:
    'A signature in the chain is invalid: the issuer has the name of a configured authority but a different key.',
  'weak-key': 'A key or hash in the chain is too weak for the security level of the TLS layer.',
  'not-asked':
    'The TLS layer did not validate the chain, or the proxy does not report the result. Configure trust ' +
    'anchors for a path verifier, or the status header of the proxy.',
  other: 'The TLS layer rejected the chain for the given reason.',
} as const;

export type VerificationCause = keyof typeof HINTS;

/**
 * Node's codes and OpenSSL's numbers (x509_vfy.h), which HAProxy reports, and the beginnings of OpenSSL's texts, for
 * nginx and Apache.
 */
const CAUSES: readonly (readonly [cause: VerificationCause, codes: RegExp])[] = [
  ['purpose', /^(?:INVALID_PURPOSE|26$|uns\w+ certificate purpose)/],
  ['self-signed', /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|18$|self[- ]signed certificate$)/],
  ['unknown-root', /^(?:SELF_SIGNED_CERT_IN_CHAIN|19$|self[- ]signed certificate in certificate chain)/],
  [
    'unknown-authority',
    /^(?:UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)|2$|20$|21$|unable to (?:get (?:local )?issuer|verify the first))/,
  ],
  ['expired', /^(?:CERT_HAS_EXPIRED|10$|certificate has expired)/],
  ['not-yet-valid', /^(?:CERT_NOT_YET_VALID|9$|certificate is not yet valid)/],
  ['revoked', /^(?:CERT_REVOKED|23$|certificate revoked|revoked$)/],
  ['crl', /^(?:UNABLE_TO_GET_CRL|CRL_|3$|11$|12$|unable to get certificate CRL|CRL )/],
  ['signature', /^(?:CERT_SIGNATURE_FAILURE|7$|certificate signature failure)/],
  [
    'weak-key',
    /^(?:EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK|6[678]$|(?:EE|CA) (?:certificate )?(?:key|md) too)/,
  ],
];

/** A human-readable report. It is not a decision. */
export interface VerificationReport {
  /** Undefined where the chain is verified. */
  readonly cause: VerificationCause | undefined;
  /** The reason given by the party that terminated TLS: a code, a number or a text. */
  readonly reason: string | undefined;
  /** One or two sentences. Empty where the chain is verified. */
  readonly hint: string;
}

/**
 * Explains why the chain of a presented certificate is not verified. Recognises the codes of Node.js, and the texts and
 * numbers of OpenSSL that nginx, Apache and HAProxy report. For logs and support only: codes differ between runtimes
 * and versions.
 *
 * @example
 * ```ts
 * import { explainVerification, isMtlsError, type PresentedCertificate } from 'oauth-mtls';
 * declare const error: unknown, presented: PresentedCertificate;
 * if (isMtlsError(error, 'ERR_CLIENT_UNVERIFIED')) console.log(explainVerification(presented).hint);
 * ```
 * @see RFC 8705 §2.1
 */
export function explainVerification(presented: PresentedCertificate): VerificationReport {
  // a report also of a copy: it decides nothing
  if (!isJsonObject(presented)) throw new TypeError('presented must be a presented certificate');
  const { verification, reason } = presented;
  if (verification === 'verified') return { cause: undefined, reason: undefined, hint: '' };
  const named = reason === undefined ? undefined : CAUSES.find(([, codes]) => codes.test(reason))?.[0];
  const cause = named ?? (verification === 'unknown' ? 'not-asked' : 'other');
  return { cause, reason, hint: HINTS[cause] };
}
