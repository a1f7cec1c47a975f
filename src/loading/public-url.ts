import ipaddr from 'ipaddr.js';
import { MtlsError, type MtlsErrorReason } from '../errors.js';

export interface PublicUrlOptions {
  /** For tests: accepts `http:`. */
  readonly unsafeAllowHttp?: boolean;
  /** For tests, and where the keys of clients are inside a network: accepts addresses that are not public. */
  readonly unsafeAllowPrivateAddresses?: boolean;
}

/** Names that never lead to the public network: RFC 6761 §6.3, RFC 6762 §3, RFC 8375 §3, and ICANN's `internal`. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|home\.arpa|internal)\.?$/;
/** A name of two labels or more; `intranet.` has one, and resolvers inside of a network know it. */
const QUALIFIED_NAME = /[^.]\.[^.]/;

/**
 * Checks a URL that a client has named, before the server sends a request to it: `https`, without credentials,
 * and neither an address that is not public nor a name that is known to lead to one.
 *
 * Not checked: to which address a public name resolves. Only what opens the connection can know.
 *
 * @throws MtlsError ERR_JWKS_URI
 */
export function checkPublicUrl(text: string, options: PublicUrlOptions): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const reason = url === undefined ? 'syntax' : problem(url, options);
  if (url === undefined || reason !== undefined) throw new MtlsError('ERR_JWKS_URI', { reason, found: [text] });
  return url;
}

function problem(
  url: URL,
  { unsafeAllowHttp, unsafeAllowPrivateAddresses }: PublicUrlOptions,
): MtlsErrorReason<'ERR_JWKS_URI'> | undefined {
  // RFC 8705 §2.2: the reference leads to a trusted source
  if (url.protocol !== 'https:' && !(unsafeAllowHttp === true && url.protocol === 'http:')) return 'scheme';
  if (url.username !== '' || url.password !== '') return 'credentials';
  return unsafeAllowPrivateAddresses === true || isPublic(url.hostname) ? undefined : 'private-address';
}

/** A host as `URL` writes it: IPv4 in four decimal parts, IPv6 in brackets, names in lower case. */
function isPublic(host: string): boolean {
  if (host.startsWith('[')) return isPublicAddress(host.slice(1, -1));
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return isPublicAddress(host);
  return QUALIFIED_NAME.test(host) && !PRIVATE_NAME.test(host);
}

/**
 * Whether an IP address is on the public network: for the `lookup` of a `fetch` that connects to nothing else.
 * Private, loopback, link-local, shared, multicast, documentation and translated addresses are not, nor is a text that
 * is no address.
 *
 * @param text IPv4 in four decimal parts, or IPv6 without brackets
 * @example
 * ```ts
 * import { isPublicAddress } from 'oauth-mtls/jwks';
 * isPublicAddress('203.0.114.1'); // true
 * isPublicAddress('169.254.169.254'); // false
 * ```
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return false;
  const address = ipaddr.parse(text);
  // addresses inside others (IPv4-mapped, NAT64, 6to4, Teredo) are ranges of their own; RFC 4291 §2.4: the rest is in 2000::/3
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.parts[0]! >> 13 === 1);
}
