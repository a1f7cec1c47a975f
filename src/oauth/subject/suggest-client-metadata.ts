import { isMtlsError } from '../../errors.js';
import type { Certificate } from '../../x509/certificate.js';
import { isIdentifying } from '../../x509/name/distinguished-name.js';
import { parseRegisteredSubject, type TlsClientAuthParameter } from './subject-matches.js';

/** A subject of a certificate as it can be registered. */
export interface SuggestedMetadata {
  readonly parameter: TlsClientAuthParameter;
  readonly value: string;
  /** The same as client metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Every `tls_client_auth_*` value that a certificate satisfies, in the form to register: the subject first,
 * then the alternative names in their order. A client registers exactly one of them.
 *
 * Names that can never be registered are left out: an empty subject, or one with invisible characters,
 * alternative names of other types or with characters that such names cannot have.
 *
 * Not checked: who issued the certificate. A subject identifies a client only under trust anchors that give
 * it to nobody else (RFC 8705 §7.4).
 *
 * @example
 * ```ts
 * import { parseCertificate, suggestClientMetadata } from 'oauth-mtls';
 * declare const pem: string;
 * for (const { parameter, value } of suggestClientMetadata(parseCertificate(pem))) console.log(parameter, value);
 * ```
 * @throws MtlsError ERR_ENCODING_DER where the names of the certificate are malformed
 * @see RFC 8705 §2.1.2
 */
export function suggestClientMetadata(certificate: Certificate): SuggestedMetadata[] {
  const { subject, subjectAltNames } = certificate;
  const suggestions = new Map<string, SuggestedMetadata>();
  if (isIdentifying(subject)) suggest(suggestions, 'tls_client_auth_subject_dn', subject.toString());
  for (const { type, value } of subjectAltNames) {
    if (type !== 'dn' && type !== 'other') suggest(suggestions, `tls_client_auth_san_${type}`, value);
  }
  return [...suggestions.values()];
}

function suggest(suggestions: Map<string, SuggestedMetadata>, parameter: TlsClientAuthParameter, value: string): void {
  try {
    parseRegisteredSubject(parameter, value);
  } catch (error) {
    if (isMtlsError(error, 'ERR_METADATA_VALUE')) return;
    throw error;
  }
  const metadata = Object.freeze({ token_endpoint_auth_method: 'tls_client_auth', [parameter]: value });
  suggestions.set(`${parameter} ${value}`, Object.freeze({ parameter, value, metadata }));
}
