import { errorCodes, type MtlsError } from '../../errors.js';
import type { TlsClientAuthParameter } from '../subject/subject-matches.js';

/** The form to register. Without quotes and backslashes, which an error_description cannot contain (RFC 6749 §5.2). */
const FORMS: Readonly<Record<TlsClientAuthParameter, string>> = {
  tls_client_auth_subject_dn: 'an RFC 4514 string in reverse order, such as CN=client,O=Example,C=US',
  tls_client_auth_san_dns: 'a DNS name, such as client.example.com',
  tls_client_auth_san_uri: 'an absolute URI, such as spiffe://example.com/client',
  tls_client_auth_san_ip: 'an IP address, such as 192.0.2.1 or 2001:db8::1',
  tls_client_auth_san_email: 'a mailbox, such as client@example.com',
};

/** RFC 7517 §4.7. */
const X5C = /\.x5c\[0\]$/;
const X5C_FORM = 'standard base64 of the DER, which is a PEM block without its first and last line and its line breaks';

/** Members, indices, and `x5t#S256`: no value of a member has been copied into a path like this. */
const PATH = /^[a-z_]\w{0,63}(?:\[\d{1,6}\])?(?:\.[a-z_]\w{0,15}(?:#S256)?(?:\[\d{1,3}\])?)?$/i;

/**
 * The description for a registering client: the member that is wrong, the rule, and for a subject and a certificate the
 * form to register. Never a value that was sent.
 *
 * @param member the member with the JWK Set; the path of one of its members has it in front where it is `jwks`
 * @see RFC 7591 §3.2.2
 */
export function registrationDescription(
  { code, detail: { field } }: MtlsError,
  member: 'jwks' | 'jwks_uri' = 'jwks',
): string {
  const { meaning } = errorCodes[code];
  if (field === undefined || !PATH.test(field)) return meaning;
  const path = member === 'jwks' && /^keys\b/.test(field) ? `jwks.${field}` : field;
  const form =
    code === 'ERR_METADATA_VALUE' ? FORMS[field as TlsClientAuthParameter] : X5C.test(field) ? X5C_FORM : undefined;
  return form === undefined ? `${path}: ${meaning}` : `${path}: ${meaning} Register ${form}.`;
}
