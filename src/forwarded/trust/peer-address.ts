import ipaddr from 'ipaddr.js';
import { memoize } from '../memoize.js';
import { readSocket, type ForwardedRequest } from '../request.js';
import { withRule } from './trust-rule.js';

type Address = ReturnType<typeof ipaddr.parse>;

/**
 * Returns a `trust` for `createCertificateReader` that accepts connections from these addresses or CIDR ranges. Only
 * the peer address of the connection counts, not `X-Forwarded-For`. An IPv4 address and its IPv6-mapped form are the
 * same. Connections without an address, and fetch's requests, which expose no connection, are not trusted.
 *
 * Every host at these addresses can send any certificate: name the proxies, not the network of the clients.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, haproxy } from 'oauth-mtls/forwarded';
 * createCertificateReader({ format: haproxy(), trust: fromAddresses(['127.0.0.1', '::1', '10.1.2.0/28']) });
 * ```
 * @throws TypeError for an empty list, an invalid address or range, a range with bits set beyond its prefix, and a
 * range that contains every address
 */
export function fromAddresses(ranges: readonly string[]): (request: ForwardedRequest) => boolean {
  if (!Array.isArray(ranges) || ranges.length === 0)
    throw new TypeError('Argument "ranges" must be an array of addresses or CIDR ranges');
  const parsed = ranges.map(parseRange);
  const isTrusted = memoize((text) => {
    const address = parseAddress(text);
    return (
      address !== undefined &&
      parsed.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))
    );
  });
  return withRule('address', (request: ForwardedRequest) => {
    const address = readSocket(request, (socket) => socket.remoteAddress);
    return typeof address === 'string' && isTrusted(address);
  });
}

/**
 * Returns a `trust` for `createCertificateReader` that accepts requests over a Unix domain socket, whose file
 * permissions restrict who can connect. It is recognised by the server's own address. A closed TCP connection, which
 * has no address either, is not accepted, nor is an abstract socket of Linux, which has no file permissions. If the
 * server received the socket as a descriptor (systemd socket activation), Node does not report its address and nothing
 * is trusted: let the server listen on the path itself, or use `withSharedSecret`.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromUnixSocket, nginx } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({ format: nginx(), trust: fromUnixSocket() });
 * ```
 */
export function fromUnixSocket(): (request: ForwardedRequest) => boolean {
  return withRule('unix-socket', (request: ForwardedRequest) => {
    const address = readSocket(request, (socket) => socket.server?.address?.());
    return typeof address === 'string' && !address.startsWith('\0');
  });
}

function parseRange(range: unknown): [base: Address, bits: number] {
  const [text, prefix, ...rest] = typeof range === 'string' ? range.split('/') : [];
  const base = parseAddress(text);
  if (base === undefined || rest.length > 0 || text?.includes('%'))
    throw new TypeError('A trusted address must be an IP address or a CIDR range');
  const width = base.kind() === 'ipv4' ? 32 : 128;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8
  const mapped = width === 32 && text?.includes(':') === true ? 96 : 0;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix))
    throw new TypeError('A trusted address must be an IP address or a CIDR range');
  const bits = prefix === undefined ? width : Number(prefix) - mapped;
  if (bits < 0 || bits > width) throw new TypeError('The prefix of a CIDR range must not be longer than the address');
  if (bits === 0) throw new TypeError('A CIDR range must not contain every address');
  if (hasHostBits(base.toByteArray(), bits))
    throw new TypeError('A CIDR range must not have bits set beyond its prefix');
  return [base, bits];
}

/** Parses dotted decimal in four parts, or RFC 4291 text, strictly. IPv6-mapped addresses become IPv4. */
function parseAddress(text: string | undefined): Address | undefined {
  // RFC 4291 §2.5.5.1: IPv4-compatible addresses are deprecated, and ipaddr.js treats them as IPv4-mapped ones
  if (text === undefined || /^::[^:]*\./.test(text)) return undefined;
  const valid = text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
  return valid ? ipaddr.process(text) : undefined;
}

function hasHostBits(octets: readonly number[], bits: number): boolean {
  return octets.some((octet, index) => (octet & (0xff >> Math.max(0, Math.min(8, bits - 8 * index)))) !== 0);
}
