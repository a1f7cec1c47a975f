import { isJsonObject, readRegisteredMembers } from '../encoding/json-object.js';
import { isMutualTlsMethod, mutualTlsMethods } from './mutual-tls-method.js';
import { tlsClientAuthParameters } from './subject/subject-matches.js';

/** Likely mistakes in valid metadata. The keys are stable, the sentences are not. */
const findings = Object.freeze({
  'not-an-object': 'The document is not a JSON object.',
  'draft-member':
    'The member is from a draft of RFC 8705 and is ignored. The issuer of a certificate is not compared: ' +
    'it is decided by the trust anchors of the server.',
  'renamed-member': 'The member is from a draft of RFC 8705 and is ignored.',
  'misspelt-member': 'The member is unknown and is ignored (RFC 7591 §2). It resembles a member of RFC 8705.',
  'unknown-member': 'The member is unknown and is ignored (RFC 7591 §2). RFC 8705 has no member of this name.',
  'draft-method': 'The method is from a draft of RFC 8705.',
  'misspelt-method': 'The method is unknown. It resembles a method of RFC 8705.',
});

const METHOD = 'token_endpoint_auth_method';
const BOUND = 'tls_client_certificate_bound_access_tokens';
const MEMBERS: readonly string[] = [
  METHOD,
  ...tlsClientAuthParameters,
  'jwks',
  'jwks_uri',
  BOUND,
  'use_mtls_endpoint_aliases',
];

/** Members of drafts, and their replacements. */
const DRAFT_MEMBERS: ReadonlyMap<string, string | undefined> = new Map([
  // the server decides which authorities may issue the certificates
  ['tls_client_auth_issuer_dn', undefined],
  ['tls_client_auth_root_dn', undefined],
  ['tls_client_auth_san_dn', 'tls_client_auth_subject_dn'],
  ['mutual_tls_sender_constrained_access_tokens', BOUND],
]);
/** draft-ietf-oauth-mtls-03 and earlier. */
const DRAFT_METHODS: ReadonlyMap<string, string> = new Map([
  ['pub_key_tls_client_auth', 'self_signed_tls_client_auth'],
]);

/** The largest edit distance of a misspelt name. */
const MAX_TYPOS = 2;
/** The shortest name that may differ in two letters. */
const LONG_NAME = 12;
/** Members of other specifications are not misspelt. */
const OTHERS: ReadonlySet<string> = new Set(['jwks_uris', 'signed_jwks_uri']);

/** A likely mistake. */
export interface ClientMetadataFinding {
  readonly cause: keyof typeof findings;
  /** The affected member. Empty for the whole document. */
  readonly member: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
  /** Human-readable sentences that include the suggestion. */
  readonly hint: string;
}

/**
 * Reports members of client metadata that are ignored because they are misspelt or from a draft of RFC 8705. A server
 * must accept them (RFC 7591 §2), as does `parseClientMetadata`. The result contains no values.
 *
 * Does not check: what `parseClientMetadata` checks. An empty list does not prove that the metadata is valid.
 *
 * @example
 * ```ts
 * import { explainClientMetadata } from 'oauth-mtls';
 * declare const registration: unknown;
 * for (const { member, hint } of explainClientMetadata(registration)) console.warn(member, hint);
 * ```
 * @see RFC 8705 §2.1.2, §2.2.2, §3.4, RFC 7591 §2
 */
export function explainClientMetadata(metadata: unknown): ClientMetadataFinding[] {
  if (!isJsonObject(metadata)) return [finding('not-an-object', '')];
  const members = readRegisteredMembers(metadata);
  const method = members.get(METHOD);
  return [
    ...[...members.keys()].flatMap((name) => checkMember(name, members)),
    ...(typeof method === 'string' ? checkMethod(method) : []),
  ];
}

function checkMember(name: string, members: ReadonlyMap<string, unknown>): ClientMetadataFinding[] {
  // cannot be meant as a member of RFC 8705, or cannot be printed
  if (MEMBERS.includes(name) || OTHERS.has(name) || !/^[\w-]{3,64}$/.test(name)) return [];
  if (DRAFT_MEMBERS.has(name)) {
    const now = DRAFT_MEMBERS.get(name);
    return [finding(now === undefined ? 'draft-member' : 'renamed-member', name, now)];
  }
  const meant = nearest(name, MEMBERS);
  // if the right name is present too, a similar one is a different member
  if (meant !== undefined) return members.has(meant) ? [] : [finding('misspelt-member', name, meant)];
  return /^(?:tls_client_|use_mtls_)/.test(name) ? [finding('unknown-member', name)] : [];
}

function checkMethod(method: string): ClientMetadataFinding[] {
  if (isMutualTlsMethod(method)) return [];
  const draft = DRAFT_METHODS.get(method);
  if (draft !== undefined) return [finding('draft-method', METHOD, draft)];
  const meant = nearest(method.slice(0, 64), mutualTlsMethods);
  return meant === undefined ? [] : [finding('misspelt-method', METHOD, meant)];
}

/** The name that differs only in case and separators, or in at most two letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = letters(name);
  return (
    names.find((known) => letters(known) === plain) ??
    names.find((known) => known.length >= LONG_NAME && distance(plain, letters(known)) <= MAX_TYPOS)
  );
}

function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

function finding(cause: keyof typeof findings, member: string, suggestion?: string): ClientMetadataFinding {
  const hint = suggestion === undefined ? findings[cause] : `${findings[cause]} Use ${suggestion}.`;
  return Object.freeze({ cause, member, ...(suggestion !== undefined && { suggestion }), hint });
}
