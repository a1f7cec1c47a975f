import { bytesEqual } from '../../encoding/bytes.js';
import { isJsonObject, readRegisteredMembers } from '../../encoding/json-object.js';
import { isMtlsError, type MtlsError } from '../../errors.js';
import { checkOptions } from '../../options.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import { certificateFields, parseBase64Certificate, type Certificate } from '../../x509/certificate.js';
import { validityAt } from '../../x509/validity.js';
import type { JwksSource } from './authenticate-client.js';
import { parseClientMetadata, registeredCertificate } from './parse-client-metadata.js';
import { holdsKey, readUsableKeys } from './registered-keys.js';
import { registrationDescription } from './registration-description.js';

/** Why a certificate is not a registered one, and what to do about it. */
const HINTS = {
  'other-method':
    'The client is not registered for self_signed_tls_client_auth, so the certificates in its jwks do not authenticate it.',
  'jwks-uri':
    'The certificates are at jwks_uri, which explainRegistration does not load. Pass the jwksSource that loaded them.',
  'nothing-registered':
    'No certificate is registered. Register the certificate as x5c of a JWK in jwks; certificateJwk creates the JWK.',
  'not-first':
    'The certificate is registered, but it is not the first one in its x5c. Put it first: x5c starts with the certificate of the key.',
  'invalid-metadata': 'The registered metadata is invalid.',
  'no-x5c': 'The key of the certificate is registered without a certificate. Add the certificate as x5c to the JWK.',
  'registered-twice':
    'Another certificate is registered twice, and this one is not registered. Replace one of the two entries with this certificate.',
  renewed:
    'A certificate with the same key is registered. After a renewal, register the new certificate before the client uses it.',
  authority:
    'The registered certificate belongs to the authority that issued this one. Register the certificate of the client.',
  'other-key': 'The registered certificates have other keys. Register this certificate, or present a registered one.',
  expired: 'The certificate is registered but has expired. Register a new one.',
  'not-yet-valid': 'The certificate is registered but not yet valid. Compare the clocks of client and server.',
} as const;

/** More causes may be added; treat one that you do not know as `other-key`. */
export type RegistrationCause = keyof typeof HINTS;

/** For logs and support. Decides nothing. */
export interface RegistrationReport {
  /** Whether the certificate is registered, and within its validity period. */
  readonly matches: boolean;
  /** Undefined where it matches. */
  readonly cause: RegistrationCause | undefined;
  /** The members that are meant, such as `jwks.keys[1].x5c[1]`; `keys[1].x5c[1]` in what `jwks_uri` leads to. */
  readonly fields: readonly string[];
  /** Thumbprints of the registered certificates. */
  readonly expected: readonly string[];
  /** The thumbprint of the certificate. */
  readonly found: string;
  /** Sentences for logs and support, with the members in them; empty where it matches. */
  readonly hint: string;
}

export interface ExplainRegistrationOptions {
  /** The source that authenticates the client, where it has a `jwks_uri`: the keys that it has loaded are looked at. */
  readonly jwksSource?: JwksSource | undefined;
  /** Moment at which the validity period is looked at. Default: the present. */
  readonly now?: Date;
}

/** What is registered: by value, or as it was loaded from `jwks_uri`. */
interface Registered {
  /** The member with the set. */
  readonly member: 'jwks' | 'jwks_uri';
  readonly entries: readonly Entry[];
  readonly has: (thumbprint: string) => boolean;
  /** What is wrong with it; of a set that was loaded, with the first entry that cannot be used. */
  readonly fault: MtlsError | undefined;
}

/** One JWK of the registered set. */
interface Entry {
  readonly field: string;
  readonly members: ReadonlyMap<string, unknown>;
  /** Undefined for what does not parse. */
  readonly x5c: readonly (Certificate | undefined)[];
}

/**
 * Explains why a certificate is not one of those that a client of `self_signed_tls_client_auth` has registered: renewed
 * with the same key, behind its authority in `x5c`, expired, another key. Decides nothing: `authenticateClient` does.
 *
 * Nothing is loaded. Of a client with `jwks_uri`, it looks at what `jwksSource` has loaded last.
 *
 * The report holds thumbprints and paths of members, and never a certificate, a name or a key.
 *
 * @param client metadata as it is stored, or what `parseClientMetadata` returns
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
 * @throws TypeError if the certificate, the metadata or the options are not what they should be
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
  const given: unknown = certificate;
  // certificateFields throws for anything that is no certificate
  const leaf = (isJsonObject(given) && 'certificate' in given ? given['certificate'] : given) as Certificate;
  const { notBefore, notAfter } = certificateFields(leaf);
  const members = readRegisteredMembers(client);
  const registered = readLoaded(members, jwksSource) ?? readByValue(client);
  const { member, entries, fault } = registered;
  const expected = entries.flatMap(({ x5c }) => x5c[0]?.thumbprint ?? []);
  const report = (cause: RegistrationCause | undefined, fields: readonly string[], more = ''): RegistrationReport => {
    const hint = cause === undefined ? '' : [HINTS[cause], more, place(fields)].filter(Boolean).join(' ');
    return Object.freeze({ matches: cause === undefined, cause, fields, expected, found: leaf.thumbprint, hint });
  };

  if (registered.has(leaf.thumbprint)) {
    const fields = fieldsOf(entries, ({ x5c }) => x5c[0]?.thumbprint === leaf.thumbprint);
    const validity = validityAt(now.getTime(), notBefore, notAfter);
    return report(validity === 'valid' ? undefined : validity, fields);
  }
  if (members.get('token_endpoint_auth_method') !== 'self_signed_tls_client_auth')
    return report('other-method', ['token_endpoint_auth_method']);
  if (member === 'jwks' && members.has('jwks_uri') && !members.has('jwks')) return report('jwks-uri', ['jwks_uri']);
  const { cause, fields = [member] } = compare(leaf, entries);
  if (cause === 'not-first' || cause === 'no-x5c') return report(cause, fields);
  if (entries.length === 0 && fault?.detail.reason !== 'both') return report('nothing-registered', [member]);
  // entries that cannot be used do not keep those of a set that was loaded from counting
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
  // where it is the first of an entry, that entry cannot be used
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

/** The set that the source of this `jwks_uri` has loaded; undefined where there is none, or keys by value. */
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
    if (!isMtlsError(error)) throw error;
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
    if (!isMtlsError(error)) throw error;
    return undefined;
  }
}

/** Names are decoded on first use, and may be malformed in a certificate that parses. */
function isIssuer(authority: Certificate, { subject, issuer }: Certificate): boolean {
  try {
    return authority.subject.equals(issuer) && !issuer.equals(subject);
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return false;
  }
}
