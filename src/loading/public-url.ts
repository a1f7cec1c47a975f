import ipaddr from 'ipaddr.js';
import { MtlsError, type MtlsErrorReason } from '../errors.js';
import { withoutCredentials } from '../errors/without-credentials.js';

export interface PublicUrlOptions {
  /** For tests: accepts `http:`. */
  readonly unsafeAllowHttp?: boolean;
  /** For tests, and where the keys of clients are inside a network: accepts addresses that are not public. */
  readonly unsafeAllowPrivateAddresses?: boolean;
}

/** Suffixes that never lead to the public network. */
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
  if (url === undefined || reason !== undefined)
    throw new MtlsError('ERR_JWKS_URI', { reason, found: [withoutCredentials(text)] });
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
  const labels = host.replace(/\.$/, '').split('.');
  const isPrivate = [-1, -2].some((count) => PRIVATE_SUFFIXES.has(labels.slice(count).join('.')));
  return QUALIFIED_NAME.test(host) && !isPrivate;
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
  // addresses inside others (IPv4-mapped, NAT64, 6to4, Teredo) are ranges of their own; RFC 4291 §2.4: the rest is in
  // 2000::/3
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.parts[0]! >> 13 === 1);
}
