import { checkOptions } from '../../options.js';
import type { Certificate } from '../../x509/certificate.js';
import { bareCertificate, type PresentedCertificate } from '../../presented/presented-certificate.js';
import { wrongThumbprints } from '../../x509/thumbprint.js';
import { isJsonObject } from '../../encoding/json-object.js';
import { readMember } from '../../encoding/read-member.js';
import { readToken } from './token-members.js';

/** Why a token does not match a certificate, and what to do about it. */
const HINTS = {
  inactive:
    'The authorization server reports the token as not active: it has expired, was revoked, or was never ' +
    'issued by this server.',
  unbound:
    'The token has no cnf. Register the client with tls_client_certificate_bound_access_tokens, and ' +
    'present its certificate at the token endpoint (the one in mtls_endpoint_aliases).',
  dpop:
    'The token is bound to a DPoP key (jkt), not to a certificate. Either the resource server verifies ' +
    'DPoP proofs, or the client requests its token over mutual TLS without a proof.',
  'other-method': 'The token is bound by a confirmation method other than x5t#S256.',
  malformed: 'cnf is not an object with a string x5t#S256.',
  'white-space': 'The thumbprint contains white space or a line break.',
  hex: 'The thumbprint is hexadecimal. It must be the base64url of the 32 octets of the hash, 43 characters.',
  padded: 'The thumbprint ends in padding. It must be base64url without "=", 43 characters.',
  'standard-base64': 'The thumbprint is standard base64. It must be base64url: "-" for "+", "_" for "/", no "=".',
  sha1: 'The thumbprint is a SHA-1 hash (20 octets, or the member x5t). It must be SHA-256.',
  sha512:
    'The thumbprint is a SHA-512 hash (64 octets, or the member x5t#S512). RFC 8705 uses SHA-256; see ' +
    'experimentalS512.',
  'hash-of-pem': 'The issuer hashed the text of the PEM file. The hash is over the DER: decode the base64 first.',
  'hash-of-base64': 'The issuer hashed the base64 text. The hash is over the DER: decode it first.',
  'hash-of-public-key': 'The issuer hashed the public key. The hash is over the whole certificate.',
  intermediate:
    'The token is bound to the certificate of an authority, not to that of the client. The issuer hashed ' +
    'the wrong certificate.',
  'previous-certificate':
    'The token is bound to the previous certificate. After a renewal, the client needs a new token (RFC 8705 §6.3).',
  'no-certificate':
    'No certificate reached the application. Check that the server requests one (requestCert), that the ' +
    'client sends one on this connection, and that any proxy forwards it.',
  'different-case': 'The thumbprint differs from that of the certificate only in case. Base64url is case-sensitive.',
  'other-certificate':
    'The token is bound to another certificate. Use the certificate that was presented at the token endpoint.',
} as const;

export type ConfirmationCause = keyof typeof HINTS;

/** A report for logs and support. It is not a decision. */
export interface ConfirmationReport {
  readonly matches: boolean;
  /** Undefined where they match. */
  readonly cause: ConfirmationCause | undefined;
  /** The thumbprint in the token, unchanged. */
  readonly expected: string | undefined;
  /** The thumbprint of the certificate. */
  readonly found: string | undefined;
  /** One or two sentences. Empty where they match. */
  readonly hint: string;
}

export interface ExplainConfirmationOptions {
  /** Earlier certificates of the client. */
  readonly previous?: readonly Certificate[];
  /** Certificates of authorities, in addition to those of the presented certificate. */
  readonly intermediates?: readonly Certificate[];
}

/**
 * Explains why a token does not match a certificate: the form of the thumbprint, the data that was hashed, or another
 * certificate that it belongs to. For logs and support; the decision is made by `verifyConfirmation`.
 *
 * @param token JWT claims or an introspection response
 * @param certificate the presented certificate, or undefined without one
 * @example
 * ```ts
 * import { explainConfirmation, type PresentedCertificate } from 'oauth-mtls';
 * declare const claims: object;
 * declare const presented: PresentedCertificate | undefined;
 * const { matches, cause, hint } = explainConfirmation(claims, presented);
 * if (!matches) console.log(cause, hint);
 * ```
 * @throws TypeError if the token is not an object, is a confirmation without `cnf` around it, or has the claims in
 * `payload`
 * @see RFC 8705 §3.1
 */
export function explainConfirmation(
  token: object,
  certificate: PresentedCertificate | Certificate | undefined,
  options: ExplainConfirmationOptions = {},
): ConfirmationReport {
  checkOptions<ExplainConfirmationOptions>(options, { previous: 'array', intermediates: 'array' });
  const { active, cnf } = readToken(token);
  const sent = certificate ?? undefined;
  const leaf = sent === undefined ? undefined : bareCertificate(sent);
  const known = sent !== undefined && 'intermediates' in sent ? sent.intermediates : [];
  const value = isJsonObject(cnf) ? readMember(cnf, 'x5t#S256') : undefined;
  const expected = typeof value === 'string' ? value : undefined;
  const found = leaf?.thumbprint;
  const cause =
    active !== undefined && active !== true
      ? 'inactive'
      : expected === undefined
        ? explainMembers(cnf)
        : (explainForm(expected) ??
          explainOrigin(expected, leaf, { ...options, intermediates: [...known, ...(options.intermediates ?? [])] }));
  return { matches: cause === undefined, cause, expected, found, hint: cause === undefined ? '' : HINTS[cause] };
}

/** Explains a token without a thumbprint. */
function explainMembers(cnf: unknown): ConfirmationCause {
  if (cnf === undefined) return 'unbound';
  if (!isJsonObject(cnf) || cnf['x5t#S256'] !== undefined || Object.keys(cnf).length === 0) return 'malformed';
  if ('jkt' in cnf) return 'dpop';
  if ('x5t#S512' in cnf) return 'sha512';
  return 'x5t' in cnf ? 'sha1' : 'other-method';
}

/** Explains a thumbprint of the wrong form. Undefined for the right form. */
function explainForm(value: string): ConfirmationCause | undefined {
  if (/^[\w-]{43}$/.test(value)) return undefined;
  if (/\s/.test(value)) return 'white-space';
  const hex = value.replaceAll(':', '');
  if (/^[\da-f]+$/i.test(hex)) {
    if (hex.length === 64) return 'hex';
    if (hex.length === 40) return 'sha1';
    if (hex.length === 128) return 'sha512';
  }
  const bare = value.replace(/={1,2}$/, '');
  if (!/^[\w+/-]+$/.test(bare)) return 'malformed';
  if (bare.length === 27) return 'sha1';
  // the base64 of hexadecimal text, or of a longer hash
  if (bare.length === 86)
    return /^[\da-f]+$/i.test(atob(bare.replaceAll('-', '+').replaceAll('_', '/'))) ? 'hex' : 'sha512';
  if (bare.length !== 43) return 'malformed';
  return /[+/]/.test(bare) ? 'standard-base64' : 'padded';
}

/** Explains what a thumbprint of the right form was computed from. */
function explainOrigin(
  expected: string,
  leaf: Certificate | undefined,
  { previous = [], intermediates = [] }: ExplainConfirmationOptions,
): ConfirmationCause | undefined {
  if (leaf === undefined) return 'no-certificate';
  if (leaf.thumbprint === expected) return undefined;
  if (intermediates.some(({ thumbprint }) => thumbprint === expected)) return 'intermediate';
  if (previous.some(({ thumbprint }) => thumbprint === expected)) return 'previous-certificate';
  if (leaf.thumbprint.toLowerCase() === expected.toLowerCase()) return 'different-case';
  return wrongThumbprints(leaf).get(expected) ?? 'other-certificate';
}
