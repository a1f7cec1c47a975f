import type { MtlsErrorReason } from '../../errors.js';
import { isDnsLabel } from '../../x509/dns-name.js';
import { parseIpAddress } from '../../x509/ip-address.js';

/** ASCII text with which an entry of a certificate is compared, octet by octet. */
export interface NamePattern {
  /** In lower case in the case-insensitive ranges. */
  readonly text: string;
  /** Ranges in which ASCII letters are case-insensitive. */
  readonly caseless: readonly Range[];
}

type Range = readonly [start: number, end: number];

/** Why a text is not a valid registered value. */
export type InvalidName = MtlsErrorReason<'ERR_METADATA_VALUE'>;

/** RFC 3986 §2: unreserved, reserved, percent-encoded. */
const URI_CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2}){0,65536}$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
/** RFC 5321 §4.1.2: Dot-string, Quoted-string. */
const DOT_STRING = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+){0,65536}$/;
const QUOTED_STRING = /^"(?:[ !#-[\]-~]|\\[ -~]){1,65536}"$/;

/**
 * Parses a registered DNS name. It is compared as a whole and case-insensitively. A leading `*.` is an ordinary label
 * that matches only itself.
 *
 * @see RFC 5280 §4.2.1.6, RFC 1034 §3.5
 */
export function dnsName(text: string): NamePattern | InvalidName {
  return domainProblem(text.startsWith('*.') ? text.slice(2) : text) ?? pattern(text, [0, text.length]);
}

/**
 * Parses a registered URI, which is absolute (RFC 3986). Scheme and host are case-insensitive, everything else is
 * compared exactly. With the path normalisation of RFC 5280 §7.4, `spiffe://d/ns/dev/../prod` would match
 * `spiffe://d/ns/prod`.
 */
export function uriName(text: string): NamePattern | InvalidName {
  if (text === '') return 'empty';
  if (!isAscii(text)) return 'not-ascii';
  if (!URI_CHARACTERS.test(text)) return 'characters';
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme === undefined) return 'no-scheme';
  const fragment = text.indexOf('#');
  if (fragment !== -1 && text.includes('#', fragment + 1)) return 'fragment';
  const from = scheme.length;
  // RFC 5280 §4.2.1.6: a scheme and a scheme-specific part
  if (from === text.length || from === fragment) return 'empty';
  if (!text.startsWith('//', from)) return /[[\]]/.test(text) ? 'characters' : pattern(text, [0, from]);

  // RFC 3986 §3.2: authority = [ userinfo "@" ] host [ ":" port ]
  const authority = /^[^/?#]*/.exec(text.slice(from + 2))![0];
  const end = from + 2 + authority.length;
  if (/[[\]]/.test(text.slice(end))) return 'characters';
  const hostStart = from + 2 + authority.lastIndexOf('@') + 1;
  if (/[@[\]]/.test(text.slice(from + 2, hostStart - 1))) return 'host';
  const [, host, port] = /^(\[[^\]]*\]|[^:[\]]*)(.*)$/.exec(text.slice(hostStart, end))!;
  if (!/^(?::[0-9]*)?$/.test(port!)) return port!.startsWith(':') ? 'port' : 'host';
  // RFC 5280 §4.2.1.6: the authority has a domain name or an IP address as its host
  if (host === '') return 'no-host';
  if (host!.startsWith('[') && !host!.includes(':')) return 'host';
  if (host!.startsWith('[') && parseIpAddress(host!.slice(1, -1)) === undefined) return 'host';
  return pattern(text, [0, from], [hostStart, hostStart + host!.length]);
}

/**
 * Parses a registered mailbox. The local part is compared exactly, the host case-insensitively.
 *
 * @see RFC 5280 §4.2.1.6, RFC 5321 §4.1.2
 */
export function emailName(text: string): NamePattern | InvalidName {
  if (text === '') return 'empty';
  if (!isAscii(text)) return 'not-ascii';
  const at = text.lastIndexOf('@');
  if (at === -1) return 'no-at-sign';
  const local = text.slice(0, at);
  if (!DOT_STRING.test(local) && !QUOTED_STRING.test(local)) return 'local-part';
  const host = text.slice(at + 1);
  const literal = /^\[(?:([0-9.]*)|IPv6:(.*))\]$/i.exec(host);
  if (literal === null) {
    if (domainProblem(host) !== undefined) return 'domain';
  } else {
    const address = literal[1] ?? literal[2]!;
    if (parseIpAddress(address) === undefined || (literal[1] === undefined && !address.includes(':'))) return 'domain';
  }
  return pattern(text, [at, text.length]);
}

/** Why a text is not a domain name that can occur in a certificate. */
function domainProblem(text: string): InvalidName | undefined {
  if (text === '') return 'empty';
  if (!isAscii(text)) return 'not-ascii';
  if (text.startsWith('.')) return 'leading-dot';
  if (text.endsWith('.')) return 'trailing-dot';
  // RFC 1034 §3.1: 255 octets on the wire are 253 characters
  if (text.length > 253) return 'length';
  const labels = text.split('.');
  if (!labels.every(isDnsLabel)) return /^[A-Za-z0-9_.-]*$/.test(text) ? 'label' : 'characters';
  // RFC 3696 §2: a top-level domain is not all-numeric, so this is an IPv4 address or an attempt at one
  return /^[0-9]+$/.test(labels.at(-1)!) ? 'ip-address' : undefined;
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** ASCII text that is case-insensitive in the given ranges. */
function pattern(text: string, ...caseless: readonly Range[]): NamePattern {
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of caseless) {
    parts.push(text.slice(at, start), text.slice(start, end).toLowerCase());
    at = end;
  }
  return { text: parts.join('') + text.slice(at), caseless };
}

/** Whether the octets in a byte range match a pattern. */
export function matchesPattern(
  { text, caseless }: NamePattern,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at++) {
    const octet = bytes[start + at]!;
    const code = text.charCodeAt(at);
    if (octet === code) continue;
    if (!isUpper(octet) || (octet | 0x20) !== code || !caseless.some(([from, to]) => at >= from && at < to))
      return false;
  }
  return true;
}

function isUpper(octet: number): boolean {
  return octet >= 0x41 && octet <= 0x5a;
}
