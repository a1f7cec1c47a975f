import ipaddr from 'ipaddr.js';
import { MtlsError, type MtlsErrorReason } from '../errors.js';
import { hasCredentials, withoutCredentials } from '../errors/without-credentials.js';

export interface PublicUrlOptions {
  /** For tests: accepts `http:`. */
  readonly unsafeAllowHttp?: boolean;
  /** For tests, and for clients whose keys are inside the network: accepts addresses that are not public. */
  readonly unsafeAllowPrivateAddresses?: boolean;
}

/** Suffixes that do not resolve on the public internet. */
const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set([
  // RFC 6761 §6.3, §6.4, §6.5; RFC 6762 §3; RFC 7686 §2; RFC 9476 §2; RFC 8375 §3
  ...['localhost', 'test', 'invalid', 'local', 'onion', 'alt', 'home.arpa'],
  // ICANN Board resolution 2024.07.29.06: reserved for private use
  'internal',
  // RFC 6762 Appendix G: in use as private domains
  ...['intranet', 'private', 'corp', 'home', 'lan'],
  // ICANN Board resolution 2018.02.04.12: not delegated, because they collide with private names
  'mail',
  // /etc/hosts of Red Hat and its descendants
  ...['localdomain', 'localdomain4', 'localdomain6'],
  // Kubernetes' search path (service.namespace.svc), and Consul's domain
  ...['svc', 'consul'],
]);
/** A name of at least two labels. A name of one label, such as `intranet.`, may resolve inside a network. */
const QUALIFIED_NAME = /[^.]\.[^.]/;

/**
 * Checks a URL that a client supplies, before the server sends a request to it.
 *
 * Checks: `https`, no credentials, no address that is not public, and no name that is known to resolve to one. Does not
 * check: the address to which a public name resolves, which is only known when the connection is opened.
 *
 * @throws MtlsError ERR_JWKS_URI
 */
export function checkPublicUrl(text: string, options: PublicUrlOptions): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const reason = url === undefined ? 'syntax' : problem(url, options);
  if (url === undefined || reason !== undefined)
    throw new MtlsError('ERR_JWKS_URI', { reason, found: [withoutCredentials(text)] });
  return url;
}

function problem(
  url: URL,
  { unsafeAllowHttp, unsafeAllowPrivateAddresses }: PublicUrlOptions,
): MtlsErrorReason<'ERR_JWKS_URI'> | undefined {
  // RFC 8705 §2.2: jwks_uri refers to a trusted source
  if (url.protocol !== 'https:' && !(unsafeAllowHttp === true && url.protocol === 'http:')) return 'scheme';
  if (hasCredentials(url)) return 'credentials';
  return unsafeAllowPrivateAddresses === true || isPublic(url.hostname) ? undefined : 'private-address';
}

/** Whether a host of a `URL` is public: IPv4 in four decimal parts, IPv6 in brackets, names in lower case. */
function isPublic(host: string): boolean {
  if (host.startsWith('[')) return isPublicAddress(host.slice(1, -1));
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return isPublicAddress(host);
  const labels = host.replace(/\.$/, '').split('.');
  const isPrivate = [-1, -2].some((count) => PRIVATE_SUFFIXES.has(labels.slice(count).join('.')));
  return QUALIFIED_NAME.test(host) && !isPrivate;
}

/**
 * Returns whether an IP address is on the public internet, for the `lookup` of a `fetch` that connects to public
 * addresses only. Private, loopback, link-local, shared, multicast, documentation and translated addresses are not
 * public, nor is a text that is not an address.
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
  // embedded addresses (IPv4-mapped, NAT64, 6to4, Teredo) have separate ranges; RFC 4291 §2.4: the rest is in
  // 2000::/3
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.parts[0]! >> 13 === 1);
}
