import { toHex } from '../encoding/bytes.js';
import { DerReader, TAG } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { decodeOid } from './oid.js';

/** One attribute of a relative distinguished name. */
export interface NameAttribute {
  /** Attribute type as a dotted object identifier. */
  readonly type: string;
  /** Attribute value in DER, with tag and length, in lower-case hexadecimal. */
  readonly der: string;
}

/** A distinguished name, RDNs in certificate order. */
export interface DistinguishedName {
  readonly rdns: readonly (readonly NameAttribute[])[];
  toString(): string;
  equals(other: DistinguishedName): boolean;
}

class Name implements DistinguishedName {
  constructor(readonly rdns: readonly (readonly NameAttribute[])[]) {}

  toString(): string {
    return this.rdns
      .map((rdn) => rdn.map(({ type, der }) => `${type}=#${der}`).join('+'))
      .reverse()
      .join(',');
  }

  equals(other: DistinguishedName): boolean {
    return this.toString() === other.toString();
  }
}

/** Reads the Name element in a byte range (RFC 5280 §4.1.2.4). */
export function readName(bytes: Uint8Array, start: number, end: number): DistinguishedName {
  const outer = new DerReader(bytes, start, end);
  const sequence = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const rdns: NameAttribute[][] = [];
  while (!sequence.done) {
    const set = sequence.expect(TAG.SET).enter();
    const rdn: NameAttribute[] = [];
    do {
      const attribute = set.expect(TAG.SEQUENCE).enter();
      attribute.expect(TAG.OID);
      const type = decodeOid(bytes, attribute.start, attribute.end);
      attribute.next();
      rdn.push({ type, der: toHex(bytes, attribute.header, attribute.end) });
      attribute.finish();
    } while (!set.done);
    rdns.push(rdn);
  }
  return new Name(rdns);
}

const SHORT_NAMES = new Map([
  ['CN', '2.5.4.3'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['C', '2.5.4.6'],
]);

/** Reads an RFC 4514 string without escapes. */
export function parseDistinguishedName(text: string): DistinguishedName {
  const rdns = text.split(',').map((part) => {
    const [name, value] = part.split('=', 2);
    const type = SHORT_NAMES.get(name ?? '');
    if (type === undefined || value === undefined) throw new MtlsError('ERR_NAME_SYNTAX');
    const octets = new TextEncoder().encode(value);
    return [{ type, der: toHex(Uint8Array.of(TAG.UTF8_STRING, octets.length, ...octets)) }];
  });
  return new Name(rdns.reverse());
}
