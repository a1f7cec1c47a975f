import { MtlsError } from '../../errors.js';
import { withoutCredentials } from '../../errors/without-credentials.js';
import type { Certificate } from '../../x509/certificate.js';
import { isJsonObject, readRegisteredMembers } from '../../encoding/json-object.js';
import { checkOptions } from '../../options.js';
import { isMutualTlsMethod } from '../mutual-tls-method.js';
import { checkProfile, metadataProfiles, type MetadataProfile } from './metadata-profile.js';
import { readRegisteredSpiffeId, type RegisteredSpiffeId } from './registered-spiffe-id.js';
import { readRegisteredKeys, type RegisteredJwks, type RegisteredKeys } from './registered-keys.js';
import {
  parseRegisteredSubject,
  tlsClientAuthParameters,
  type RegisteredSubject,
  type SubjectMatchOptions,
  type TlsClientAuthParameter,
} from '../subject/subject-matches.js';

/**
 * The members of client metadata that concern mutual TLS (RFC 8705), under their names on the wire. Every function that
 * takes them also takes plain JSON. The result of `parseClientMetadata` has been checked and is not parsed again.
 */
export interface MtlsClientMetadata {
  /** `tls_client_auth`, `self_signed_tls_client_auth`, `spiffe_x509`, or a method without mutual TLS. */
  readonly token_endpoint_auth_method: string;
  /** RFC 4514 string. */
  readonly tls_client_auth_subject_dn?: string;
  readonly tls_client_auth_san_dns?: string;
  readonly tls_client_auth_san_uri?: string;
  readonly tls_client_auth_san_ip?: string;
  readonly tls_client_auth_san_email?: string;
  /** A SPIFFE ID, optionally ending in `/*` (experimental). */
  readonly spiffe_id?: string;
  /** Kept if it is the SPIFFE ID of a `spiffe_x509` client. */
  readonly client_id?: string;
  readonly jwks?: RegisteredJwks;
  readonly jwks_uri?: string;
  /** Default false. */
  readonly tls_client_certificate_bound_access_tokens?: boolean;
  /** Default false. */
  readonly use_mtls_endpoint_aliases?: boolean;
}

export interface ParseClientMetadataOptions extends SubjectMatchOptions {
  /**
   * Additional rules of an ecosystem.
   *
   * - `open-finance-brasil`: the subject is a DN. The nine attribute names of RFC 4514 §3 have text values; all other
   *   attributes are written as `OID=#BER`. No `jwks` by value.
   * - `fapi`: the method is one of the two of RFC 8705 or `private_key_jwt`, and access tokens are bound to a
   *   certificate or, with `dpop_bound_access_tokens`, to a DPoP key.
   */
  readonly profile?: MetadataProfile;
  /** For tests: accepts `http:` in `jwks_uri`. */
  readonly unsafeAllowHttpJwksUri?: boolean;
}

class ParsedClientMetadata implements MtlsClientMetadata {
  readonly token_endpoint_auth_method: string;
  readonly #subject: RegisteredSubject | undefined;
  readonly #keys: RegisteredKeys | undefined;
  readonly #spiffeId: RegisteredSpiffeId | undefined;

  constructor(
    members: MtlsClientMetadata,
    subject: RegisteredSubject | undefined,
    keys: RegisteredKeys | undefined,
    spiffeId: RegisteredSpiffeId | undefined,
  ) {
    this.token_endpoint_auth_method = members.token_endpoint_auth_method;
    Object.assign(this, members);
    this.#subject = subject;
    this.#keys = keys;
    this.#spiffeId = spiffeId;
    Object.freeze(this);
  }

  static is(value: unknown): value is ParsedClientMetadata {
    return typeof value === 'object' && value !== null && #keys in value;
  }

  static subjectOf(metadata: ParsedClientMetadata): RegisteredSubject | undefined {
    return metadata.#subject;
  }

  static certificatesOf(metadata: ParsedClientMetadata): ReadonlyMap<string, Certificate> | undefined {
    return metadata.#keys?.certificates;
  }

  static spiffeIdOf(metadata: ParsedClientMetadata): RegisteredSpiffeId | undefined {
    return metadata.#spiffeId;
  }
}

/**
 * Checks the mutual-TLS members of client metadata, at registration or when a stored client is loaded, and returns them
 * without the other members. A missing method is `client_secret_basic`, the default of RFC 7591.
 *
 * - `tls_client_auth`: exactly one of the five `tls_client_auth_*` parameters, with a value that can occur in a
 *   certificate.
 * - `self_signed_tls_client_auth`: exactly one of `jwks` and `jwks_uri`. A `jwks` contains at least one `x5c`, each
 *   `x5c[0]` parses and contains the public key of its JWK, and no key is private. The parameters of `tls_client_auth`
 *   are refused.
 * - `spiffe_x509` (experimental, draft-ietf-oauth-spiffe-client-auth-02): `spiffe_id` is a SPIFFE ID with a path,
 *   optionally ending in `/*`. A `client_id` that is a SPIFFE ID must match it. `spiffe_bundle_endpoint` is omitted
 *   from the result: a client must not choose the trust anchors of the server.
 * - Other methods are accepted, because such a client may still request bound tokens. Subjects and keys are omitted.
 *
 * A member that is null is absent (RFC 7592 §2.2), in the keys too.
 *
 * Does not check: possession of a key, the validity period of registered certificates, the document at `jwks_uri`, and
 * members that do not concern mutual TLS.
 *
 * @example
 * ```ts
 * import { parseClientMetadata } from 'oauth-mtls';
 * const client = parseClientMetadata({
 *   client_name: 'Example',
 *   token_endpoint_auth_method: 'tls_client_auth',
 *   tls_client_auth_san_dns: 'client.example.com',
 *   tls_client_certificate_bound_access_tokens: true,
 * });
 * console.log(client.tls_client_auth_san_dns);
 * ```
 * @throws MtlsError ERR_METADATA_TYPE, ERR_METADATA_SUBJECT, ERR_METADATA_VALUE, ERR_METADATA_KEYS,
 * ERR_METADATA_JWKS, ERR_METADATA_JWKS_URI, ERR_METADATA_X5C, ERR_METADATA_SPIFFE_ID, ERR_METADATA_PROFILE; the OAuth
 * response is 400 invalid_client_metadata
 * @throws TypeError for an unknown option value
 * @see RFC 8705 §2.1.2, §2.2.2, §3.4, RFC 7591 §2
 */
export function parseClientMetadata(metadata: unknown, options?: ParseClientMetadataOptions): MtlsClientMetadata {
  if (options === undefined && ParsedClientMetadata.is(metadata)) return metadata;
  const { profile, unsafeAllowHttpJwksUri, exactCase = false } = readOptions(options);
  if (!isJsonObject(metadata)) throw new MtlsError('ERR_METADATA_TYPE', { field: 'metadata', expected: 'object' });
  const members = readRegisteredMembers(metadata);

  // RFC 7591 §2: unspecified is client_secret_basic
  const method = stringMember(members, 'token_endpoint_auth_method') ?? 'client_secret_basic';
  const subject = readSubject(members, method, { exactCase });
  const { keys, uri } =
    method === 'self_signed_tls_client_auth' ? readKeys(members, unsafeAllowHttpJwksUri === true) : {};
  const spiffeId =
    method === 'spiffe_x509'
      ? readRegisteredSpiffeId(stringMember(members, 'spiffe_id'), stringMember(members, 'client_id'))
      : undefined;
  const boundTokens = booleanMember(members, 'tls_client_certificate_bound_access_tokens');
  const aliases = booleanMember(members, 'use_mtls_endpoint_aliases');
  if (profile !== undefined) checkProfile(profile, { members, method, subject, boundTokens });

  return new ParsedClientMetadata(
    {
      token_endpoint_auth_method: method,
      ...(subject && { [subject.parameter]: subject.value }),
      ...(spiffeId && { spiffe_id: spiffeId.value }),
      ...(spiffeId?.clientId !== undefined && { client_id: spiffeId.clientId }),
      ...(keys && { jwks: keys.jwks }),
      ...(uri !== undefined && { jwks_uri: uri }),
      ...(boundTokens !== undefined && { tls_client_certificate_bound_access_tokens: boundTokens }),
      ...(aliases !== undefined && { use_mtls_endpoint_aliases: aliases }),
    },
    subject,
    keys,
    spiffeId,
  );
}

function readOptions(options: ParseClientMetadataOptions = {}): ParseClientMetadataOptions {
  checkOptions<ParseClientMetadataOptions>(options, {
    exactCase: 'boolean',
    profile: metadataProfiles,
    unsafeAllowHttpJwksUri: 'boolean',
  });
  return options;
}

/** The registered subject of a `tls_client_auth` client. */
export function registeredSubject(metadata: MtlsClientMetadata): RegisteredSubject {
  const subject = ParsedClientMetadata.is(metadata) ? ParsedClientMetadata.subjectOf(metadata) : undefined;
  if (subject === undefined) throw new TypeError('The metadata must be that of a tls_client_auth client');
  return subject;
}

/** The registered ID of a `spiffe_x509` client. */
export function registeredSpiffeId(metadata: MtlsClientMetadata): RegisteredSpiffeId {
  const spiffeId = ParsedClientMetadata.is(metadata) ? ParsedClientMetadata.spiffeIdOf(metadata) : undefined;
  if (spiffeId === undefined) throw new TypeError('The metadata must be that of a spiffe_x509 client');
  return spiffeId;
}

/** The certificate with this thumbprint in the registered `jwks`, if it is there. */
export function registeredCertificate(metadata: MtlsClientMetadata, thumbprint: string): Certificate | undefined {
  const certificates = ParsedClientMetadata.is(metadata) ? ParsedClientMetadata.certificatesOf(metadata) : undefined;
  if (certificates === undefined) throw new TypeError('The metadata must be that of a client with jwks');
  return certificates.get(thumbprint);
}

function readSubject(
  members: ReadonlyMap<string, unknown>,
  method: string,
  options: SubjectMatchOptions | undefined,
): RegisteredSubject | undefined {
  const present = tlsClientAuthParameters.filter((parameter) => members.has(parameter));
  if (method !== 'tls_client_auth') {
    // the subject would never be used: the method is missing or wrong
    const misled = isMutualTlsMethod(method) || !members.has('token_endpoint_auth_method');
    if (misled && present.length > 0)
      throw new MtlsError('ERR_METADATA_SUBJECT', { reason: 'other-method', found: present });
    return undefined;
  }
  // RFC 8705 §2.1.2: exactly one
  if (present.length !== 1) {
    throw new MtlsError('ERR_METADATA_SUBJECT', { reason: present.length === 0 ? 'none' : 'several', found: present });
  }
  const parameter: TlsClientAuthParameter = present[0]!;
  return parseRegisteredSubject(parameter, stringMember(members, parameter)!, options);
}

/** RFC 8705 §2.2.2: the certificates, by value or by reference. */
function readKeys(
  members: ReadonlyMap<string, unknown>,
  allowHttp: boolean,
): { readonly keys?: RegisteredKeys; readonly uri?: string } {
  const byValue = members.has('jwks');
  // RFC 7591 §2: jwks and jwks_uri must not both be present
  if (byValue === members.has('jwks_uri'))
    throw new MtlsError('ERR_METADATA_KEYS', { reason: byValue ? 'both' : 'none' });
  if (byValue) {
    const jwks = members.get('jwks');
    if (!isJsonObject(jwks)) throw new MtlsError('ERR_METADATA_TYPE', { field: 'jwks', expected: 'object' });
    return { keys: readRegisteredKeys(jwks) };
  }
  const uri = stringMember(members, 'jwks_uri')!;
  if (!isJwksUri(uri, allowHttp)) throw new MtlsError('ERR_METADATA_JWKS_URI', { found: [withoutCredentials(uri)] });
  return { uri };
}

/** Whether a text is an absolute URL without credentials and fragment, which `URL` leaves unchanged. */
function isJwksUri(uri: string, allowHttp: boolean): boolean {
  const scheme = /^(https?):\/\/[^/?@]+(?:[/?]|$)/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || /[^!-~]|[\\#"<>^`{|}]/.test(uri)) return false;
  return (scheme === 'https' || allowHttp) && URL.canParse(uri);
}

function stringMember(members: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = members.get(name);
  if (value !== undefined && typeof value !== 'string')
    throw new MtlsError('ERR_METADATA_TYPE', { field: name, expected: 'string' });
  return value;
}

function booleanMember(members: ReadonlyMap<string, unknown>, name: string): boolean | undefined {
  const value = members.get(name);
  if (value !== undefined && typeof value !== 'boolean')
    throw new MtlsError('ERR_METADATA_TYPE', { field: name, expected: 'boolean' });
  return value;
}
