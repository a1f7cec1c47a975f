import { assertMtlsError } from '../../errors.js';
import { certificateFields, type Certificate } from '../../x509/certificate.js';
import { isIdentifying } from '../../x509/name/distinguished-name.js';
import type { TlsClientAuthParameter } from '../subject/subject-matches.js';
import { certificateJwk } from './certificate-jwk.js';
import { parseClientMetadata } from './parse-client-metadata.js';
import type { RegisteredJwks } from './registered-keys.js';

/** A subject of a certificate that can be registered for `tls_client_auth`. */
export interface SuggestedSubject {
  readonly parameter: TlsClientAuthParameter;
  readonly value: string;
  /** The same as client metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A self-signed certificate that can be registered for `self_signed_tls_client_auth`. */
export interface SuggestedKeys {
  readonly parameter: 'jwks';
  readonly value: RegisteredJwks;
  /** The same as client metadata. */
  readonly metadata: { readonly token_endpoint_auth_method: string; readonly jwks: RegisteredJwks };
}

/** One way to register the client of a certificate, named by `parameter`. */
export type SuggestedMetadata = SuggestedSubject | SuggestedKeys;

/**
 * Returns every way to register the client of a certificate. The `tls_client_auth_*` values come first: the subject,
 * then the alternative names in their order. For a certificate whose subject is its issuer, the `jwks` of
 * `self_signed_tls_client_auth` is last. A client registers exactly one of them.
 *
 * `parseClientMetadata` accepts each `metadata`, and the certificate matches it. Values that cannot be registered are
 * omitted: an empty subject or one with invisible characters, alternative names of other types or with characters that
 * are not allowed in them, and a key that cannot be represented as a JWK. A certificate issued by an authority can also
 * be registered in a `jwks` (see `certificateJwk`), but is not suggested, because its chain and revocation would not be
 * checked.
 *
 * Does not check: the issuer of the certificate, its signature and its validity period. A subject identifies a client
 * only under trust anchors that issue it to no other client (RFC 8705 §7.4).
 *
 * @example
 * ```ts
 * import { parseCertificate, suggestClientMetadata } from 'oauth-mtls';
 * declare const pem: string;
 * for (const { metadata } of suggestClientMetadata(parseCertificate(pem))) console.log(JSON.stringify(metadata));
 * ```
 * @throws MtlsError ERR_ENCODING_DER if the names of the certificate are malformed
 * @see RFC 8705 §2.1.2, §2.2.2
 */
export function suggestClientMetadata(certificate: Certificate): SuggestedMetadata[] {
  // throws for anything but a certificate
  certificateFields(certificate);
  const { subject, issuer, subjectAltNames } = certificate;
  const suggestions = new Map<string, SuggestedMetadata>();
  const suggest = (parameter: TlsClientAuthParameter, value: string): void => {
    const metadata = Object.freeze({ token_endpoint_auth_method: 'tls_client_auth', [parameter]: value });
    if (isRegistrable(metadata)) suggestions.set(`${parameter} ${value}`, { parameter, value, metadata });
  };
  if (isIdentifying(subject)) suggest('tls_client_auth_subject_dn', subject.toString());
  for (const { type, value } of subjectAltNames) {
    if (type !== 'dn' && type !== 'other') suggest(`tls_client_auth_san_${type}`, value);
  }
  const keys = subject.equals(issuer) ? suggestKeys(certificate) : undefined;
  return [...suggestions.values(), ...(keys === undefined ? [] : [keys])].map((each) => Object.freeze(each));
}

function suggestKeys(certificate: Certificate): SuggestedKeys | undefined {
  try {
    const value = Object.freeze({ keys: Object.freeze([certificateJwk(certificate)]) });
    const metadata = Object.freeze({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: value });
    return isRegistrable(metadata) ? { parameter: 'jwks', value, metadata } : undefined;
  } catch (error) {
    // not representable as a JWK, or malformed
    assertMtlsError(error);
    return undefined;
  }
}

function isRegistrable(metadata: object): boolean {
  try {
    parseClientMetadata(metadata);
    return true;
  } catch (error) {
    assertMtlsError(error);
    return false;
  }
}
