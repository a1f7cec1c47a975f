import { isDnsName } from '../../x509/dns-name.js';
import { asciiText } from '../../x509/name/directory-string.js';
import { isInSubtree, mayBeInSubtree, readName, type DistinguishedName } from '../../x509/name/distinguished-name.js';
import { GENERAL_NAME, isPrintableIa5 } from '../../x509/general-name.js';

/**
 * A subtree of one form of name. `permits` returns whether a name is entirely inside, `overlaps` whether a part of it
 * may be, which differs for a DNS name with a wildcard.
 */
export interface Subtree {
  permits(name: ConstrainedName): boolean;
  overlaps(name: ConstrainedName): boolean;
}

/** A name of a certificate in the form for comparison with subtrees. Undefined for a malformed name. */
export type ConstrainedName = string | Uint8Array | DistinguishedName | undefined;

const WILDCARD = '*.';
// RFC 3986 §3.2: scheme://userinfo@host:port, where the host is a name
const URI = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#[\]\\]*@)?([^:@/?#[\]\\]*)(?::[0-9]*)?(?:[/?#]|$)/i;
const IPV4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;

/**
 * Reads a name of a certificate. Undefined for a name that is invalid in its form, about which nothing can be decided.
 *
 * @see RFC 5280 §4.2.1.6
 */
export function readConstrainedName(form: number, bytes: Uint8Array, start: number, end: number): ConstrainedName {
  switch (form) {
    case GENERAL_NAME.directoryName:
      return readName(bytes, start, end);
    case GENERAL_NAME.iPAddress:
      return end - start === 4 || end - start === 16 ? bytes.subarray(start, end) : undefined;
    case GENERAL_NAME.dNSName: {
      const name = text(bytes, start, end)?.toLowerCase();
      return isHost(name?.startsWith(WILDCARD) === true ? name.slice(WILDCARD.length) : name) ? name : undefined;
    }
    case GENERAL_NAME.rfc822Name:
      return readMailbox(text(bytes, start, end));
    case GENERAL_NAME.uniformResourceIdentifier: {
      // RFC 5280 §4.2.1.10: a URI without a host name, or with an address, is outside of every constraint
      const host = URI.exec(text(bytes, start, end) ?? '')?.[1]?.toLowerCase();
      return isHost(host) && !IPV4.test(host) ? host : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * Reads the base of a subtree. Undefined for one that cannot be processed, because RFC 5280 does not define constraints
 * of its form, or it is invalid in its form.
 *
 * @see RFC 5280 §4.2.1.10
 */
export function readSubtree(form: number, bytes: Uint8Array, start: number, end: number): Subtree | undefined {
  switch (form) {
    case GENERAL_NAME.directoryName:
      return directorySubtree(readName(bytes, start, end));
    case GENERAL_NAME.iPAddress:
      return addressSubtree(bytes.subarray(start, end));
    case GENERAL_NAME.dNSName:
      return dnsSubtree(text(bytes, start, end)?.toLowerCase());
    case GENERAL_NAME.rfc822Name:
      return mailSubtree(text(bytes, start, end));
    case GENERAL_NAME.uniformResourceIdentifier:
      return hostSubtree(text(bytes, start, end)?.toLowerCase(), (name) => name);
    default:
      return undefined;
  }
}

function directorySubtree(base: DistinguishedName): Subtree {
  return {
    permits: (name) => isInSubtree(name as DistinguishedName, base),
    // an excluded value may be disguised by invisible characters, or by characters that other readers treat as equal
    overlaps: (name) => mayBeInSubtree(name as DistinguishedName, base),
  };
}

/** RFC 4632 style: an address and a mask of the same length. The mask is a prefix. */
function addressSubtree(base: Uint8Array): Subtree | undefined {
  const half = base.length / 2;
  if (half !== 4 && half !== 16) return undefined;
  const mask = base.subarray(half);
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('');
  if (bits.includes('01')) return undefined;
  const within = (name: ConstrainedName): boolean => {
    const address = name as Uint8Array;
    return address.length === half && address.every((octet, at) => ((octet ^ base[at]!) & mask[at]!) === 0);
  };
  return { permits: within, overlaps: within };
}

/**
 * `example.com` contains itself and all subdomains. A leading period, which RFC 5280 does not define but is common,
 * contains only the subdomains. The empty base contains every name.
 */
function dnsSubtree(base: string | undefined): Subtree | undefined {
  if (base === '') return { permits: () => true, overlaps: () => true };
  const below = base?.startsWith('.') === true;
  const host = below ? base.slice(1) : base;
  if (!isHost(host)) return undefined;
  const suffix = `.${host}`;
  const parent = host.slice(host.indexOf('.') + 1);
  const permits = (name: ConstrainedName): boolean => (name as string).endsWith(suffix) || (!below && name === host);
  return {
    permits,
    // `*.example.com` also covers bar.example.com (CVE-2025-61727)
    overlaps: (name) => permits(name) || (!below && name === `${WILDCARD}${parent}` && parent !== host),
  };
}

/** `host` contains only that host, `.domain` every host below the domain, and the empty base every host. */
function hostSubtree(base: string | undefined, hostOf: (name: string) => string): Subtree | undefined {
  if (base === '') return { permits: () => true, overlaps: () => true };
  const below = base?.startsWith('.') === true;
  if (!isHost(below ? base.slice(1) : base)) return undefined;
  const within = (name: ConstrainedName): boolean => {
    const host = hostOf(name as string);
    return below ? host.endsWith(base) : host === base;
  };
  return { permits: within, overlaps: within };
}

/** A whole mailbox, or the hosts of {@link hostSubtree}. */
function mailSubtree(base: string | undefined): Subtree | undefined {
  if (base?.includes('@') !== true)
    return hostSubtree(base?.toLowerCase(), (name) => name.slice(name.indexOf('@') + 1));
  const exact = readMailbox(base);
  if (exact === undefined) return undefined;
  const within = (name: ConstrainedName): boolean => name === exact;
  return { permits: within, overlaps: within };
}

/**
 * Reads a mailbox, with its host in lower case. The local part is case-sensitive (RFC 5280 §7.5). Quoted local parts,
 * which have several spellings, and address literals are not accepted.
 */
export function readMailbox(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const at = address.indexOf('@');
  if (at <= 0 || /[ "(),:;<>@[\\\]]/.test(address.slice(0, at))) return undefined;
  const host = address.slice(at + 1).toLowerCase();
  return isHost(host) ? address.slice(0, at + 1) + host : undefined;
}

function isHost(name: string | undefined): name is string {
  return name !== undefined && isDnsName(name);
}

function text(bytes: Uint8Array, start: number, end: number): string | undefined {
  return isPrintableIa5(bytes, start, end) ? asciiText(bytes, start, end) : undefined;
}
