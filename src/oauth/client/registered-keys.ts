import { assertMtlsError, MtlsError, reasonOf } from '../../errors.js';
import { parseBase64Certificate, type Certificate } from '../../x509/certificate.js';
import { jwkHoldsPublicKey } from '../../x509/public-key.js';
import { unsupportedKey, type UnsupportedKey } from '../../x509/unsupported-key.js';
import { isJsonObject, readRegisteredMembers } from '../../encoding/json-object.js';

/** Members of private and symmetric keys: RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2, RFC 9964 §3. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** A JSON Web Key Set (RFC 7517 §5) in a client's metadata. */
export interface RegisteredJwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export interface RegisteredKeys {
  /** A frozen copy of the set. Only members that are strings, booleans or arrays of strings are kept. */
  readonly jwks: RegisteredJwks;
  /** By thumbprint (`x5t#S256`). */
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/**
 * Reads the JWK Set that a client registers for `self_signed_tls_client_auth`. Its certificates are the
 * first of each `x5c`.
 *
 * Checks: each of them parses and contains the public key of its JWK, an `x5t#S256` in the same JWK is its thumbprint,
 * and no key is private. A key without `x5c` is kept but authenticates no client.
 *
 * Does not check: validity periods, signatures, and the other certificates of an `x5c`.
 *
 * @throws MtlsError ERR_METADATA_JWKS for a malformed JWK Set or one without a usable certificate, ERR_METADATA_X5C
 * @see RFC 8705 §2.2.2, RFC 7517 §4.7, §5
 */
export function readRegisteredKeys(jwks: object): RegisteredKeys {
  const members = readRegisteredMembers(jwks);
  const set = members.get('keys');
  if (!Array.isArray(set)) throw new MtlsError('ERR_METADATA_JWKS', { field: 'keys', reason: 'not-an-array' });
  const certificates = new Map<string, Certificate>();
  const keys = (set as unknown[]).map((jwk, index) => {
    const { members, certificate } = readKey(jwk, index);
    if (certificate !== undefined) certificates.set(certificate.thumbprint, certificate);
    return Object.freeze(Object.fromEntries([...members].flatMap(keepMember)));
  });
  if (certificates.size === 0) throw noCertificate();
  return { jwks: Object.freeze({ keys: Object.freeze(keys) }), certificates };
}

/** The certificates of a loaded set, and the fault of its first unusable entry. */
export interface UsableKeys {
  readonly certificates: ReadonlyMap<string, Certificate>;
  readonly fault: MtlsError | undefined;
}

/**
 * Reads a JWK Set as {@link readRegisteredKeys} does, but ignores unusable entries (RFC 7517 §5), because the client
 * cannot correct them during this request.
 */
export function readUsableKeys(keys: readonly unknown[]): UsableKeys {
  const certificates = new Map<string, Certificate>();
  let fault: MtlsError | undefined;
  for (const [index, jwk] of keys.entries()) {
    try {
      const { certificate } = readKey(jwk, index);
      if (certificate !== undefined) certificates.set(certificate.thumbprint, certificate);
    } catch (error) {
      assertMtlsError(error);
      fault ??= error;
    }
  }
  return { certificates, fault: fault ?? (certificates.size === 0 ? noCertificate() : undefined) };
}

function readKey(
  jwk: unknown,
  index: number,
): { readonly members: ReadonlyMap<string, unknown>; readonly certificate: Certificate | undefined } {
  const field = `keys[${index}]`;
  if (!isJsonObject(jwk)) throw new MtlsError('ERR_METADATA_JWKS', { field, reason: 'not-an-object' });
  const members = readRegisteredMembers(jwk);
  return { members, certificate: certificateOf(members, field) };
}

/** RFC 8705 §2.2.2: the certificates are in x5c. */
function noCertificate(): MtlsError {
  return new MtlsError('ERR_METADATA_JWKS', { field: 'keys', reason: 'no-certificate' });
}

function certificateOf(jwk: ReadonlyMap<string, unknown>, field: string): Certificate | undefined {
  // RFC 7517 §4.1
  if (typeof jwk.get('kty') !== 'string')
    throw new MtlsError('ERR_METADATA_JWKS', { field: `${field}.kty`, reason: 'not-a-string' });
  // RFC 7517 §9.2: private keys must not be disclosed
  const secret = PRIVATE_MEMBERS.find((member) => jwk.has(member));
  if (secret !== undefined)
    throw new MtlsError('ERR_METADATA_JWKS', { field: `${field}.${secret}`, reason: 'private-key' });
  if (!jwk.has('x5c')) return undefined;
  const x5c = jwk.get('x5c');
  // RFC 7517 §4.7: an array of base64 strings that starts with the certificate of the key
  if (!isStringArray(x5c) || x5c.length === 0) {
    throw new MtlsError('ERR_METADATA_JWKS', { field: `${field}.x5c`, reason: 'not-strings' });
  }
  const certificate = parseX5c(x5c[0]!, `${field}.x5c[0]`);
  const { thumbprint } = certificate;
  // RFC 7517 §4.7: the first certificate contains the public key of the JWK
  if (!holdsKey(jwk, certificate)) {
    throw new MtlsError('ERR_METADATA_X5C', { field, thumbprint, ...keyFault(certificate) });
  }
  // RFC 7517 §4.9
  if (jwk.has('x5t#S256') && jwk.get('x5t#S256') !== thumbprint) {
    throw new MtlsError('ERR_METADATA_X5C', { field: `${field}.x5t#S256`, reason: 'other-thumbprint', thumbprint });
  }
  return certificate;
}

function keepMember([name, value]: readonly [string, unknown]): (readonly [string, unknown])[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [[name, value]];
  return isStringArray(value) ? [[name, Object.freeze([...value])]] : [];
}

function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function parseX5c(base64: string, field: string): Certificate {
  try {
    return parseBase64Certificate(base64);
  } catch (cause) {
    assertMtlsError(cause);
    throw new MtlsError(
      'ERR_METADATA_JWKS',
      { field, reason: reasonOf('ERR_METADATA_JWKS', cause.code), offset: cause.detail.offset },
      { cause },
    );
  }
}

/** Whether a JWK and a certificate have the same public key. */
export function holdsKey(jwk: ReadonlyMap<string, unknown>, { publicKey }: Certificate): boolean {
  try {
    return jwkHoldsPublicKey(jwk, publicKey);
  } catch (cause) {
    assertMtlsError(cause, 'ERR_ENCODING_DER');
    return false;
  }
}

/** Why a certificate does not match its JWK: its key type is not supported, or it has another key. */
function keyFault({ publicKey }: Certificate): UnsupportedKey | { readonly reason: 'other-key' } {
  try {
    return unsupportedKey(publicKey) ?? { reason: 'other-key' };
  } catch (cause) {
    assertMtlsError(cause, 'ERR_ENCODING_DER');
    return { reason: 'other-key' };
  }
}
