import { isDirectEndpoint, parseHttpsUrl } from './endpoint-url.js';
import { isMutualTlsMethod } from '../mutual-tls-method.js';
import { isJsonObject } from '../../encoding/json-object.js';

/** Faults of a published document. The keys are stable, the sentences are not. */
const findings = Object.freeze({
  'not-an-object': 'The document is not a JSON object.',
  issuer: 'The issuer is not an https URL without query and fragment (RFC 8414 §2).',
  'endpoint-url': 'The endpoint is not an absolute https URL without fragment (RFC 6749 §3.1, §3.2).',
  'not-a-boolean': 'The member is not true or false (RFC 8705 §3.3).',
  'not-a-list': 'The member is not a list of strings (RFC 8414 §2).',
  'aliases-not-an-object': 'The aliases are not a JSON object (RFC 8705 §5).',
  'no-aliases': 'The aliases are empty. Publish at least one, or omit the member (RFC 8705 §5).',
  'alias-name': 'The name does not end in _endpoint, so clients ignore it (RFC 8705 §5).',
  'alias-of-visited-endpoint':
    'The alias has no effect: this endpoint is visited by browsers, not called by clients (RFC 8705 §5).',
  'alias-only':
    'The document has no endpoint of this name outside mtls_endpoint_aliases, so clients without mutual ' +
    'TLS cannot find it (RFC 8705 §5).',
  'alias-without-use':
    'The document announces neither a method of RFC 8705 nor bound tokens, so no client uses the aliases.',
  'missing-alias':
    'Clients authenticate at this endpoint, but only other endpoints have aliases. Add an alias, or ' +
    'request a certificate at this URL.',
  'no-bindable-grant':
    'The document announces bound tokens, but its only grant is implicit, which cannot issue them (RFC 8705 §6.4).',
});

/** Endpoints at which clients authenticate. */
const AUTHENTICATED = [
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'backchannel_authentication_endpoint',
];
const METHOD_LISTS = ['token', 'revocation', 'introspection'].map((name) => `${name}_endpoint_auth_methods_supported`);

/** One fault of a document. */
export interface ServerMetadataFinding {
  readonly cause: keyof typeof findings;
  /** The affected member. Empty for the whole document. */
  readonly member: string;
  /** A human-readable sentence with its section. */
  readonly hint: string;
}

/**
 * Reports faults of a published metadata document from the point of view of a mutual-TLS client, for tests and
 * monitoring.
 *
 * Does not check: that the URLs request a certificate. An empty list does not prove that the server works.
 *
 * @example
 * ```ts
 * import { explainServerMetadata } from 'oauth-mtls';
 * const response = await fetch('https://as.example/.well-known/oauth-authorization-server');
 * for (const { member, hint } of explainServerMetadata(await response.json())) console.warn(member, hint);
 * ```
 * @see RFC 8705 §3.3, §5, RFC 8414 §2
 */
export function explainServerMetadata(document: unknown): ServerMetadataFinding[] {
  if (!isJsonObject(document)) return [finding('not-an-object', '')];
  const members = new Map(Object.entries(document));
  return [...checkDocument(members), ...checkLists(members), ...checkAliases(members)];
}

function* checkDocument(members: ReadonlyMap<string, unknown>): Iterable<ServerMetadataFinding> {
  for (const name of ['issuer', 'mtls_issuer']) {
    const url = parseHttpsUrl(members.get(name));
    if ((name === 'issuer' || members.has(name)) && (url === undefined || url.search !== ''))
      yield finding('issuer', name);
  }
  for (const [name, value] of members) {
    if (name.endsWith('_endpoint') && parseHttpsUrl(value) === undefined) yield finding('endpoint-url', name);
  }
  const bound = members.get('tls_client_certificate_bound_access_tokens');
  if (bound !== undefined && typeof bound !== 'boolean')
    yield finding('not-a-boolean', 'tls_client_certificate_bound_access_tokens');
  const grants = strings(members.get('grant_types_supported'));
  if (bound === true && grants.length > 0 && grants.every((grant) => grant === 'implicit')) {
    yield finding('no-bindable-grant', 'grant_types_supported');
  }
}

function* checkLists(members: ReadonlyMap<string, unknown>): Iterable<ServerMetadataFinding> {
  for (const name of METHOD_LISTS) {
    const list = members.get(name);
    if (list !== undefined && !(Array.isArray(list) && strings(list).length === list.length))
      yield finding('not-a-list', name);
  }
}

function* checkAliases(members: ReadonlyMap<string, unknown>): Iterable<ServerMetadataFinding> {
  const aliases = members.get('mtls_endpoint_aliases');
  if (aliases === undefined) return;
  if (!isJsonObject(aliases)) {
    yield finding('aliases-not-an-object', 'mtls_endpoint_aliases');
    return;
  }
  const names = Object.keys(aliases);
  if (names.length === 0) yield finding('no-aliases', 'mtls_endpoint_aliases');
  for (const [name, value] of Object.entries(aliases)) yield* checkAlias(name, value, members);
  const methods = METHOD_LISTS.flatMap((name) => strings(members.get(name))).filter(isMutualTlsMethod);
  if (methods.length === 0 && members.get('tls_client_certificate_bound_access_tokens') !== true) {
    yield finding('alias-without-use', 'mtls_endpoint_aliases');
  }
  if (methods.length === 0) return;
  for (const name of AUTHENTICATED) {
    if (members.has(name) && names.length > 0 && !names.includes(name)) yield finding('missing-alias', name);
  }
}

function* checkAlias(
  name: string,
  value: unknown,
  members: ReadonlyMap<string, unknown>,
): Iterable<ServerMetadataFinding> {
  const member = `mtls_endpoint_aliases.${name}`;
  if (!name.endsWith('_endpoint')) {
    yield finding('alias-name', member);
  } else if (!isDirectEndpoint(name)) {
    yield finding('alias-of-visited-endpoint', member);
  } else {
    if (!members.has(name)) yield finding('alias-only', member);
    if (parseHttpsUrl(value) === undefined) yield finding('endpoint-url', member);
  }
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : [];
}

function finding(cause: keyof typeof findings, member: string): ServerMetadataFinding {
  return Object.freeze({ cause, member, hint: findings[cause] });
}
