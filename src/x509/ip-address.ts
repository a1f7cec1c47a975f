/**
 * Returns the octets of an IP address: four for IPv4 in dotted decimals, sixteen for IPv6 in any form of RFC 4291 §2.2.
 * Undefined for everything else: leading zeros in IPv4 (some parsers read them as octal), a zone, brackets, a port, a
 * prefix length, spaces.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  // RFC 4291 §2.2(3): the longest form has 45 characters
  if (text.length > 45) return undefined;
  const octets = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  return octets && Uint8Array.from(octets);
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  if (halves.length === 1) return head?.length === 16 ? head : undefined;
  const tail = parseGroups(halves[1]!, true);
  // RFC 4291 §2.2(2): `::` means one or more groups of zeros
  if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

/** Octets of groups between colons. The last group of the text may be an IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    } else {
      const ipv4 = last && at === groups.length - 1 ? parseIpv4(group) : undefined;
      if (ipv4 === undefined) return undefined;
      octets.push(...ipv4);
    }
  }
  return octets;
}

/** Writes an IP address of four or sixteen octets as text, IPv6 in the canonical form of RFC 5952 §4. */
export function formatIpAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (octets[2 * i]! * 256 + octets[2 * i + 1]!).toString(16));
  // RFC 5952 §4.2: the first of the longest runs of two or more zero groups
  let start = 0;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let run = 0;
    while (groups[at + run] === '0') run++;
    if (run > length) [start, length] = [at, run];
  }
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
