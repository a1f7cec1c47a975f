import { isJsonObject, readMembers } from '../encoding/json-object.js';
import { assertMtlsError, isMtlsError, MtlsError } from '../errors.js';
import { parseBase64Certificate, type Certificate } from '../x509/certificate.js';
import { parseCertificates } from '../x509/parse-certificates.js';
import { jwkHoldsPublicKey } from '../x509/public-key.js';

/**
 * The bundle of one trust domain: its JWK Set as an object or JSON text, or the certificates of its authorities in PEM.
 */
export type SpiffeBundleInput = string | object;

/** The content of a bundle for X.509-SVIDs. */
export interface SpiffeBundle {
  /** Certificates of the authorities, each once. If empty, no SVID of the trust domain is valid. */
  readonly authorities: readonly Certificate[];
  readonly sequence: number | undefined;
  /** Seconds. */
  readonly refreshHint: number | undefined;
}

/**
 * Reads a SPIFFE bundle. Keys for other types of SVID are ignored, as are unusable entries: without a certificate, with
 * one that does not parse, or with one of another key. Ignoring an entry never adds trust.
 *
 * SPIRE writes the bundle of its own trust domain as PEM by default. It has neither sequence nor refresh hint.
 *
 * @throws MtlsError ERR_SPIFFE_BUNDLE
 * @see SPIFFE Trust Domain and Bundle §4, X509-SVID §6.2
 */
export function parseBundle(input: SpiffeBundleInput): SpiffeBundle {
  if (typeof input === 'string' && input.includes('-----BEGIN ')) {
    return { authorities: readPem(input), sequence: undefined, refreshHint: undefined };
  }
  const document = typeof input === 'string' ? parseJson(input) : input;
  if (!isJsonObject(document)) throw new MtlsError('ERR_SPIFFE_BUNDLE', { reason: 'not-an-object' });
  const members = readMembers(document);
  const keys = members.get('keys');
  // §4.1.3: present, and an array; a malformed bundle revokes nothing
  if (!Array.isArray(keys)) throw new MtlsError('ERR_SPIFFE_BUNDLE', { field: 'keys', reason: 'not-an-array' });
  return {
    authorities: distinct(keys.flatMap(readAuthority)),
    sequence: readCount(members, 'spiffe_sequence'),
    refreshHint: readCount(members, 'spiffe_refresh_hint'),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // the message of JSON.parse repeats the text
    throw new MtlsError('ERR_SPIFFE_BUNDLE', { reason: 'not-json' });
  }
}

/** Reads PEM. A block that is malformed or does not end is an error, because PEM contains only authorities. */
function readPem(text: string): readonly Certificate[] {
  try {
    return distinct(parseCertificates(text));
  } catch (cause) {
    assertMtlsError(cause);
    const reason = cause.detail.reason === 'no-block' ? 'no-certificate' : 'certificate';
    throw new MtlsError('ERR_SPIFFE_BUNDLE', { reason, index: cause.detail.index, line: cause.detail.line }, { cause });
  }
}

/** X509-SVID §6.2: the first certificate of an entry for X.509-SVIDs. `kid` is not required. */
function readAuthority(jwk: unknown): Certificate[] {
  if (!isJsonObject(jwk)) return [];
  const members = readMembers(jwk);
  const x5c = members.get('x5c');
  if (members.get('use') !== 'x509-svid' || !Array.isArray(x5c) || typeof x5c[0] !== 'string') return [];
  try {
    const certificate = parseBase64Certificate(x5c[0]);
    // RFC 7517 §4.7; §4.2.1: a key of an unknown type is ignored
    return jwkHoldsPublicKey(members, certificate.publicKey) ? [certificate] : [];
  } catch (error) {
    if (isMtlsError(error)) return [];
    throw error;
  }
}

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.thumbprint, certificate])).values()];
}

/** §4.1.1, §4.1.2: integers. Above 2^53, sequences are compared with the precision of a double. */
function readCount(members: ReadonlyMap<string, unknown>, field: string): number | undefined {
  const value = members.get(field);
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || (value as number) < 0)
    throw new MtlsError('ERR_SPIFFE_BUNDLE', { field, reason: 'not-an-integer' });
  return value as number;
}
