import { certificateFields, type Certificate } from '../../x509/certificate.js';

/** The confirmation member of a certificate-bound token (RFC 8705 §3.1). */
export interface Confirmation {
  readonly 'x5t#S256': string;
}

/**
 * Returns the `cnf` value that binds a token to a certificate, for a JWT claim or an introspection response.
 *
 * Does not check: that the client has the key of the certificate. `authenticateClient` and a `PresentedCertificate`
 * establish that.
 *
 * @example
 * ```ts
 * import { createConfirmation, type PresentedCertificate } from 'oauth-mtls';
 * declare const presented: PresentedCertificate;
 * const claims = { sub: 'client', cnf: createConfirmation(presented.certificate) };
 * ```
 * @throws TypeError for anything but a certificate, such as the `PresentedCertificate` itself
 * @see RFC 8705 §3.1, §3.2
 */
export function createConfirmation(certificate: Certificate): Confirmation {
  certificateFields(certificate);
  return { 'x5t#S256': certificate.thumbprint };
}
