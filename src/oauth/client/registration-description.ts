import { errorCodes, isMtlsError, type MtlsError } from '../../errors.js';
import { refusalCause } from '../subject/refusal-cause.js';
import { subjectCauses } from '../subject/subject-causes.js';
import { tlsClientAuthParameters, type TlsClientAuthParameter } from '../subject/subject-matches.js';

/**
 * The forms to register, without quotes and backslashes: an error_description must not contain them (RFC 6749 §5.2).
 */
const FORMS: Readonly<Record<TlsClientAuthParameter, string>> = {
  tls_client_auth_subject_dn: 'an RFC 4514 string, the last RDN first, such as CN=client,O=Example,C=US',
  tls_client_auth_san_dns: 'a DNS name, such as client.example.com',
  tls_client_auth_san_uri: 'an absolute URI, such as spiffe://example.com/client',
  tls_client_auth_san_ip: 'an IP address, such as 192.0.2.1 or 2001:db8::1',
  tls_client_auth_san_email: 'a mailbox, such as client@example.com',
};

/** RFC 7517 §4.7. */
const X5C = /\.x5c\[0\]$/;
const X5C_RULE =
  ' Register standard base64 of the DER, which is a PEM block without its first and last line and its line breaks.';

/** Member names, indices and `x5t#S256`. A path of this form contains no value that was sent. */
const PATH = /^[a-z_]\w{0,63}(?:\[\d{1,6}\])?(?:\.[a-z_]\w{0,15}(?:#S256)?(?:\[\d{1,3}\])?)?$/i;

/**
 * Returns the description for a registering client: the invalid member, the rule, for a subject the mistake, and for a
 * subject or certificate the form to register. It never contains a value that was sent.
 *
 * @param member the member with the JWK Set; the path of one of its members has it in front where it is `jwks`
 * @see RFC 7591 §3.2.2
 */
export function registrationDescription(error: MtlsError, member: 'jwks' | 'jwks_uri' = 'jwks'): string {
  const { meaning } = errorCodes[error.code];
  const { field } = error.detail;
  if (field === undefined || !PATH.test(field)) return meaning;
  const path = member === 'jwks' && /^keys\b/.test(field) ? `jwks.${field}` : field;
  const rule = isMtlsError(error, 'ERR_METADATA_VALUE') ? subjectRule(error) : X5C.test(field) ? X5C_RULE : '';
  return `${path}: ${meaning}${rule}`;
}

/** The recognised mistake, if any, and the form to register. */
function subjectRule(error: MtlsError<'ERR_METADATA_VALUE'>): string {
  const { field, expected } = error.detail;
  const parameter = tlsClientAuthParameters.find((name) => name === field);
  if (parameter === undefined) return '';
  const cause = expected === undefined ? 'invalid-value' : refusalCause(parameter, expected, error);
  // invalid-value would repeat the sentence of the code
  const mistake = cause === 'invalid-value' ? '' : ` ${subjectCauses[cause]}`;
  return `${mistake} Register ${FORMS[parameter]}.`;
}
