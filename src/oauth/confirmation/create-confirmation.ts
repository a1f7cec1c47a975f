import { certificateFields, type Certificate } from '../../x509/certificate.js';

/** Confirmation member of a certificate-bound token (RFC 8705 §3.1). */
export interface Confirmation {
  readonly 'x5t#S256': string;
}

/**
 * The `cnf` value that binds a token to a certificate, for a JWT claim or an introspection response.
 *
 * It takes any parsed certificate: that the client holds its key is for the caller to know, from
 * `authenticateClient` or from a `PresentedCertificate`.
 *
 * @example
 * ```ts
 * import { createConfirmation, type PresentedCertificate } from 'oauth-mtls';
 * declare const presented: PresentedCertificate;
 * const claims = { sub: 'client', cnf: createConfirmation(presented.certificate) };
 * ```
 * @throws TypeError for anything else, such as the `PresentedCertificate` itself: the token would not be bound
 * @see RFC 8705 §3.1, §3.2
 */
export function createConfirmation(certificate: Certificate): Confirmation {
  certificateFields(certificate);
  return { 'x5t#S256': certificate.thumbprint };
}
