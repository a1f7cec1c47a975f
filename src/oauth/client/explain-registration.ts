import { bytesEqual } from '../../encoding/bytes.js';
import { isJsonObject, readRegisteredMembers } from '../../encoding/json-object.js';
import { assertMtlsError, type MtlsError } from '../../errors.js';
import { checkOptions } from '../../options.js';
import { bareCertificate, type PresentedCertificate } from '../../presented/presented-certificate.js';
import { certificateFields, parseBase64Certificate, type Certificate } from '../../x509/certificate.js';
import { validityAt } from '../../x509/validity.js';
import type { JwksSource } from './authenticate-client.js';
import { parseClientMetadata, registeredCertificate } from './parse-client-metadata.js';
import { holdsKey, readUsableKeys } from './registered-keys.js';
import { registrationDescription } from './registration-description.js';

/** Why a certificate is not registered, and what to do about it. */
const HINTS = {
  'other-method':
    'The client is not registered for self_signed_tls_client_auth, so the certificates in its jwks do ' +
    'not authenticate it.',
  'jwks-uri':
    'The certificates are at jwks_uri, which explainRegistration does not load. Pass the jwksSource that loaded them.',
  'nothing-registered':
    'No certificate is registered. Register the certificate as x5c of a JWK in jwks; certificateJwk creates the JWK.',
  'not-first':
    'The certificate is registered, but it is not the first one in its x5c. Put it first: x5c starts ' +
    'with the certificate of the key.',
  'invalid-metadata': 'The registered metadata is invalid.',
  'no-x5c': 'The key of the certificate is registered without a certificate. Add the certificate as x5c to the JWK.',
  'registered-twice':
    'Another certificate is registered twice, and this one is not registered. Replace one of the two ' +
    'entries with this certificate.',
  renewed:
    'A certificate with the same key is registered. After a renewal, register the new certificate before ' +
    'the client uses it.',
  authority:
    'The registered certificate belongs to the authority that issued this one. Register the certificate of the client.',
  'other-key': 'The registered certificates have other keys. Register this certificate, or present a registered one.',
  expired: 'The certificate is registered but has expired. Register a new one.',
  'not-yet-valid': 'The certificate is registered but not yet valid. Compare the clocks of client and server.',
} as const;

/** More causes may be added. Treat an unknown cause as `other-key`. */
export type RegistrationCause = keyof typeof HINTS;

/** A report for logs and support. It is not a decision. */
export interface RegistrationReport {
  /** Whether the certificate is registered and within its validity period. */
  readonly matches: boolean;
  /** Undefined where it matches. */
  readonly cause: RegistrationCause | undefined;
  /** The affected members, such as `jwks.keys[1].x5c[1]`, or `keys[1].x5c[1]` of the set at `jwks_uri`. */
  readonly fields: readonly string[];
  /** Thumbprints of the registered certificates. */
  readonly expected: readonly string[];
  /** The thumbprint of the certificate. */
  readonly found: string;
  /** Human-readable sentences that include the affected members. Empty where it matches. */
  readonly hint: string;
}

export interface ExplainRegistrationOptions {
  /** The source that authenticates a client with a `jwks_uri`. The keys that it has loaded are examined. */
  readonly jwksSource?: JwksSource | undefined;
  /** Time for which the validity period is checked. Default: the current time. */
  readonly now?: Date;
}

/** The registered keys, by value or as loaded from `jwks_uri`. */
interface Registered {
  /** The metadata member that contains the set. */
  readonly member: 'jwks' | 'jwks_uri';
  readonly entries: readonly Entry[];
  readonly has: (thumbprint: string) => boolean;
  /** The fault of the set. For a loaded set, the fault of its first unusable entry. */
  readonly fault: MtlsError | undefined;
}

/** One JWK of the registered set. */
interface Entry {
  readonly field: string;
  readonly members: ReadonlyMap<string, unknown>;
  /** Undefined for a certificate that does not parse. */
  readonly x5c: readonly (Certificate | undefined)[];
}

/**
 * Explains why a certificate is not one of those that a client of `self_signed_tls_client_auth` has registered: for
 * example renewed with the same key, not the first in `x5c`, expired, or of another key. For logs and support; the
 * decision is made by `authenticateClient`.
 *
 * Nothing is loaded. For a client with `jwks_uri`, the keys that `jwksSource` loaded last are examined.
 *
 * The report contains thumbprints and paths of members, but no certificate, name or key.
 *
 * @param client stored metadata, or the result of `parseClientMetadata`
 * @example
 * ```ts
 * import { explainRegistration, isMtlsError, type MtlsClientMetadata, type PresentedCertificate } from 'oauth-mtls';
 * import { remoteJwks } from 'oauth-mtls/jwks';
 * declare const error: unknown, presented: PresentedCertificate, client: MtlsClientMetadata;
 * const jwksSource = remoteJwks(client.jwks_uri!);
 * // after authenticateClient(presented, client, { jwksSource })
 * if (isMtlsError(error, 'ERR_CLIENT_CERTIFICATE_UNKNOWN')) {
 *   const { cause, hint } = explainRegistration(presented, client, { jwksSource });
 *   console.warn(cause, hint); // renewed …
 * }
 * ```
 * @throws TypeError for an invalid certificate, invalid metadata or options
 * @see RFC 8705 §2.2
 */
export function explainRegistration(
  certificate: PresentedCertificate | Certificate,
  client: object,
  options: ExplainRegistrationOptions = {},
): RegistrationReport {
  checkOptions<ExplainRegistrationOptions>(options, { jwksSource: { method: 'find' }, now: 'date' });
  if (!isJsonObject(client)) throw new TypeError('Client metadata must be an object');
  const { jwksSource, now = new Date() } = options;
  const leaf = bareCertificate(certificate);
  const { notBefore, notAfter } = certificateFields(leaf);
  const members = readRegisteredMembers(client);
  const registered = readLoaded(members, jwksSource) ?? readByValue(client);
  const { member, entries, fault } = registered;
  const expected = entries.flatMap(({ x5c }) => x5c[0]?.thumbprint ?? []);
  const report = (cause: RegistrationCause | undefined, fields: readonly string[], more = ''): RegistrationReport => {
    const hint = cause === undefined ? '' : [HINTS[cause], more, place(fields)].filter(Boolean).join(' ');
    return Object.freeze({ matches: cause === undefined, cause, fields, expected, found: leaf.thumbprint, hint });
  };

  if (members.get('token_endpoint_auth_method') !== 'self_signed_tls_client_auth')
    return report('other-method', ['token_endpoint_auth_method']);
  if (registered.has(leaf.thumbprint)) {
    const fields = fieldsOf(entries, ({ x5c }) => x5c[0]?.thumbprint === leaf.thumbprint);
    const validity = validityAt(now.getTime(), notBefore, notAfter);
    return report(validity === 'valid' ? undefined : validity, fields);
  }
  if (member === 'jwks' && members.has('jwks_uri') && !members.has('jwks')) return report('jwks-uri', ['jwks_uri']);
  const { cause, fields = [member] } = compare(leaf, entries);
  if (cause === 'not-first' || cause === 'no-x5c') return report(cause, fields);
  if (entries.length === 0 && fault?.detail.reason !== 'both') return report('nothing-registered', [member]);
  // in a loaded set, unusable entries do not invalidate the others
  if (fault !== undefined && (member === 'jwks' || cause === 'other-key'))
    return report('invalid-metadata', [], registrationDescription(fault, member));
  return report(cause, fields);
}

/** The certificate is not the first of an entry of valid metadata. */
function compare(
  leaf: Certificate,
  entries: readonly Entry[],
): { cause: RegistrationCause; fields?: readonly string[] } {
  const behind = entries.flatMap(({ field, x5c }) =>
    x5c.flatMap((other, at) => (at > 0 && other?.thumbprint === leaf.thumbprint ? `${field}.x5c[${at}]` : [])),
  );
  if (behind.length > 0) return { cause: 'not-first', fields: behind };
  // an entry that has it first is unusable, or it would have matched
  const others = entries.filter(({ x5c }) => x5c[0]?.thumbprint !== leaf.thumbprint);
  const thumbprints = others.map(({ x5c }) => x5c[0]?.thumbprint);
  const twice = fieldsOf(others, ({ x5c: [first] }) => {
    return first !== undefined && thumbprints.indexOf(first.thumbprint) !== thumbprints.lastIndexOf(first.thumbprint);
  });
  if (twice.length > 0) return { cause: 'registered-twice', fields: twice };
  const looks: readonly (readonly [RegistrationCause, (entry: Entry) => boolean])[] = [
    ['renewed', ({ x5c: [first] }) => first !== undefined && bytesEqual(first.publicKey, leaf.publicKey)],
    ['no-x5c', ({ members }) => !members.has('x5c') && holdsKey(members, leaf)],
    ['authority', ({ x5c: [first] }) => first !== undefined && isIssuer(first, leaf)],
  ];
  for (const [cause, look] of looks) {
    const fields = fieldsOf(others, look);
    if (fields.length > 0) return { cause, fields };
  }
  return { cause: 'other-key' };
}

function fieldsOf(entries: readonly Entry[], look: (entry: Entry) => boolean): readonly string[] {
  return entries.filter(look).map(({ field }) => field);
}

function place(fields: readonly string[]): string {
  return fields.length === 0 ? '' : `See ${fields.slice(0, 3).join(', ')}.`;
}

/** The set that the source of this `jwks_uri` has loaded. Undefined without one, and for keys by value. */
function readLoaded(members: ReadonlyMap<string, unknown>, source: JwksSource | undefined): Registered | undefined {
  if (members.has('jwks') || source === undefined || members.get('jwks_uri') !== source.uri) return undefined;
  const keys = source.jwks?.()?.keys;
  if (!Array.isArray(keys)) return undefined;
  const { certificates, fault } = readUsableKeys(keys);
  return {
    member: 'jwks_uri',
    entries: readEntries(keys, ''),
    has: (thumbprint) => certificates.has(thumbprint),
    fault,
  };
}

function readByValue(client: Readonly<Record<string, unknown>>): Registered {
  const { jwks } = client;
  const entries = readEntries(isJsonObject(jwks) ? jwks['keys'] : undefined, 'jwks.');
  try {
    const metadata = parseClientMetadata(client);
    const has = (thumbprint: string): boolean =>
      metadata.jwks !== undefined && registeredCertificate(metadata, thumbprint) !== undefined;
    return { member: 'jwks', entries, has, fault: undefined };
  } catch (error) {
    assertMtlsError(error);
    return { member: 'jwks', entries, has: () => false, fault: error };
  }
}

function readEntries(keys: unknown, path: string): readonly Entry[] {
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((jwk: unknown, index) => {
    if (!isJsonObject(jwk)) return [];
    const members = readRegisteredMembers(jwk);
    const x5c = members.get('x5c');
    return [{ field: `${path}keys[${index}]`, members, x5c: Array.isArray(x5c) ? x5c.map(tryParse) : [] }];
  });
}

function tryParse(base64: unknown): Certificate | undefined {
  try {
    return typeof base64 === 'string' ? parseBase64Certificate(base64) : undefined;
  } catch (error) {
    assertMtlsError(error);
    return undefined;
  }
}

/** Names are decoded on first use, and may be malformed in a certificate that parses. */
function isIssuer(authority: Certificate, { subject, issuer }: Certificate): boolean {
  try {
    return authority.subject.equals(issuer) && !issuer.equals(subject);
  } catch (error) {
    assertMtlsError(error);
    return false;
  }
}
