import { toBase64 } from '../../encoding/bytes.js';
import { certificateFields, type Certificate } from '../../x509/certificate.js';
import { publicKeyJwk, type KeyMembers } from '../../x509/public-key.js';

/** A public key as a JWK, with its certificate (RFC 7517 §4.7). */
export interface CertificateJwk extends KeyMembers, Readonly<Record<string, unknown>> {
  /** The certificate, without its chain, as standard base64 of its DER. */
  readonly x5c: readonly [string];
}

/**
 * Returns the JWK to register for `self_signed_tls_client_auth`: the public key of a certificate, with the certificate
 * in `x5c`. `parseClientMetadata` accepts `{ jwks: { keys: [certificateJwk(certificate)] } }`, and
 * `authenticateClient` then accepts the certificate. Supports RSA, EC on P-256, P-384 and P-521, Ed25519, Ed448 and
 * ML-DSA keys, including those that the runtime does not implement. The JWK is frozen.
 *
 * Checks: the encoding of the public key. Does not check: the strength of the key, the signature, the validity period,
 * and whether the certificate is self-signed.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { certificateJwk, parseCertificates } from 'oauth-mtls';
 * const keys = parseCertificates(readFileSync('client.pem')).map(certificateJwk);
 * console.log(JSON.stringify({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys } }));
 * ```
 * @throws MtlsError ERR_CERTIFICATE_KEY if the key cannot be represented as a JWK, ERR_ENCODING_DER if it is malformed
 * @see RFC 8705 §2.2.2, RFC 7517 §4.7, RFC 7518 §6, RFC 8037 §2, RFC 9964 §3
 */
export function certificateJwk(certificate: Certificate): CertificateJwk {
  const { bytes, publicKeyStart, publicKeyEnd } = certificateFields(certificate);
  const members = publicKeyJwk(bytes, publicKeyStart, publicKeyEnd);
  return Object.freeze({ ...members, x5c: Object.freeze([toBase64(bytes)] as const) });
}
