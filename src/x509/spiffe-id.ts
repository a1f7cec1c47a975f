import { MtlsError } from '../errors.js';

/** The parts of a SPIFFE ID. Immutable. */
export interface SpiffeId {
  /** The name of the trust domain, such as `example.org`. */
  readonly trustDomain: string;
  /**
   * The path with its leading slash, such as `/payments`. The empty string for the ID of a trust domain.
   */
  readonly path: string;
  /** The ID as text. */
  toString(): string;
}

/** SPIFFE-ID §2.3: implementations must support 2048 bytes and must not generate more. */
const MAX_LENGTH = 2048;
/** SPIFFE-ID §2.3: the limit of RFC 3986 on a host. */
const MAX_TRUST_DOMAIN = 255;
const SCHEME = 'spiffe://';
/** SPIFFE-ID §2.1. */
const TRUST_DOMAIN = /^[a-z0-9._-]+$/;
/** SPIFFE-ID §2.2. */
const SEGMENT = /^[A-Za-z0-9._-]+$/;

/**
 * Parses a SPIFFE ID, strictly. Every ID has one text form, so that IDs can be compared as text.
 *
 * Checks: the scheme `spiffe` and the trust domain in lower case; no user information, port, query, fragment or percent
 * encoding; no empty, `.` or `..` segment and no trailing slash; at most 2048 bytes, and at most 255 in the trust
 * domain. Does not check: whether the trust domain is trusted, and whether there is a path, as in the ID of a workload.
 *
 * @example
 * ```ts
 * import { parseSpiffeId } from 'oauth-mtls/spiffe';
 * const { trustDomain, path } = parseSpiffeId('spiffe://example.org/payments');
 * console.log(trustDomain, path); // example.org /payments
 * ```
 * @throws MtlsError ERR_SPIFFE_ID
 * @throws TypeError for anything but a string
 * @see SPIFFE-ID §2
 */
export function parseSpiffeId(text: string): SpiffeId {
  if (typeof text !== 'string') throw new TypeError('A SPIFFE ID must be a string');
  if (text.length > MAX_LENGTH) throw new MtlsError('ERR_SPIFFE_ID', { reason: 'length', limit: MAX_LENGTH });
  if (!text.startsWith(SCHEME)) throw new MtlsError('ERR_SPIFFE_ID', { reason: 'scheme', offset: 0 });
  const slash = text.indexOf('/', SCHEME.length);
  const end = slash === -1 ? text.length : slash;
  const trustDomain = text.slice(SCHEME.length, end);
  if (!isTrustDomain(trustDomain))
    throw new MtlsError('ERR_SPIFFE_ID', { reason: 'trust-domain', offset: SCHEME.length });
  const path = text.slice(end);
  // a path of only a slash has one empty segment
  const segments = path.split('/').slice(1);
  if (!segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..'))
    throw new MtlsError('ERR_SPIFFE_ID', { reason: 'path', offset: end });
  return Object.freeze({ trustDomain, path, toString: () => text });
}

/** Whether a text is the name of a trust domain (SPIFFE-ID §2.1). */
export function isTrustDomain(name: string): boolean {
  return typeof name === 'string' && name.length <= MAX_TRUST_DOMAIN && TRUST_DOMAIN.test(name);
}
