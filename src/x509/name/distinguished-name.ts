import { DerReader, TAG } from '../../encoding/der.js';
import { checkOptions } from '../../options.js';
import {
  attributeKey,
  describeAttribute,
  wideAttributeKey,
  type AttributeRange,
  type NameAttribute,
} from './name-attribute.js';
import { decodeOid } from '../oid.js';
import { formatRdns, parseRdns } from './rfc4514.js';

export interface SubjectMatchOptions {
  /** Makes the comparison case-sensitive, for ecosystems with case-sensitive identifiers in names. Default false. */
  readonly exactCase?: boolean;
}

/** A distinguished name. Immutable. */
export interface DistinguishedName {
  /** Relative distinguished names in certificate order, the reverse of the textual order. */
  readonly rdns: readonly (readonly NameAttribute[])[];
  /**
   * Returns the RFC 4514 string for a registration: text for the nine short names of §3, and `OID=#BER` with the string
   * type of the certificate for every other attribute. Empty for the empty name.
   */
  toString(): string;
  /**
   * Returns whether two names are equal. RDNs are compared by position, and the attributes of an RDN in any order. Text
   * is compared without regard to case, runs of spaces and ASN.1 string type, and values of unknown attribute types by
   * their octets.
   *
   * Names with the same encoding are always equal. Equality is not sufficient for authentication: see `subjectMatches`.
   *
   * @throws TypeError for a name that this library did not create, or an option of the wrong type
   * @see RFC 4517 §4.2.15, RFC 4518 §2, RFC 5280 §7.1
   */
  equals(other: DistinguishedName, options?: SubjectMatchOptions): boolean;
}

/** One key for each RDN, in certificate order. Equal keys mean equal RDNs. */
interface NameKeys {
  readonly rdns: readonly string[];
  /** All keys in one string, because a path search compares thousands of names. */
  readonly whole: string;
  /** Whether every attribute can identify a client. */
  readonly identifying: boolean;
}

class Name implements DistinguishedName {
  readonly #rdns: readonly (readonly AttributeRange[])[];
  #described: readonly (readonly NameAttribute[])[] | undefined;
  #folded: NameKeys | undefined;
  #exact: NameKeys | undefined;
  #wide: readonly string[] | undefined;

  constructor(rdns: readonly (readonly AttributeRange[])[]) {
    this.#rdns = rdns;
  }

  /** Returns the name itself if this library created it. */
  static own(name: unknown): Name {
    if (typeof name !== 'object' || name === null || !(#rdns in name)) {
      throw new TypeError('A distinguished name must be created by parseDistinguishedName or read from a certificate');
    }
    return name;
  }

  keys(exactCase: boolean): NameKeys {
    return exactCase ? (this.#exact ??= keysOf(this.#rdns, true)) : (this.#folded ??= keysOf(this.#rdns, false));
  }

  /** One key for each RDN, equal if any implementation may treat the RDNs as equal. */
  wideKeys(): readonly string[] {
    return (this.#wide ??= this.#rdns.map((rdn) => rdn.map(wideAttributeKey).sort().join('+')));
  }

  attributeKeys(): readonly (readonly string[])[] {
    return this.#rdns.map((rdn) => rdn.map((attribute) => attributeKey(attribute, false).key));
  }

  get rdns(): readonly (readonly NameAttribute[])[] {
    return (this.#described ??= Object.freeze(this.#rdns.map((rdn) => Object.freeze(rdn.map(describeAttribute)))));
  }

  toString(): string {
    return formatRdns(this.#rdns);
  }

  equals(other: DistinguishedName, options?: SubjectMatchOptions): boolean {
    const exactCase = readExactCase(options);
    const name = Name.own(other);
    return name.#rdns.length === this.#rdns.length && name.keys(exactCase).whole === this.keys(exactCase).whole;
  }
}

/**
 * Parses an RFC 4514 distinguished name, the form of `tls_client_auth_subject_dn`. The text starts with the last RDN of
 * the certificate.
 *
 * Accepts in addition to §3: spaces around `,` `+` and `=`, and the names of RFC 4519, RFC 5280, EV and eIDAS
 * attributes. Refuses: unknown attribute names, an `OID.` prefix, quoted values, `;` as a separator, the `/C=…/CN=…`
 * form, empty values, NUL, invalid UTF-8 after `\xx`, and `#` values that are not one BER element.
 *
 * @example
 * ```ts
 * import { parseDistinguishedName } from 'oauth-mtls';
 * const name = parseDistinguishedName('CN=client,2.5.4.97=#0c1050534447422d4643412d313233343536,C=GB');
 * console.log(name.equals(parseDistinguishedName('cn=Client, organizationIdentifier=PSDGB-FCA-123456, c=gb'))); // true
 * ```
 * @throws MtlsError ERR_NAME_SYNTAX, ERR_NAME_ATTRIBUTE, ERR_NAME_VALUE
 * @throws TypeError for anything but a string
 * @see RFC 4514 §3
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  return new Name(parseRdns(text));
}

/**
 * Reads the Name element in a byte range (RFC 5280 §4.1.2.4). The elements of an RDN may be in any
 * order: some issuers do not sort them.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readName(bytes: Uint8Array, start: number, end: number): DistinguishedName {
  const outer = new DerReader(bytes, start, end);
  const sequence = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  const rdns: AttributeRange[][] = [];
  while (!sequence.done) {
    const set = sequence.expect(TAG.SET).enter();
    const rdn: AttributeRange[] = [];
    // RFC 5280 appendix A.1: RelativeDistinguishedName ::= SET SIZE (1..MAX)
    do {
      const attribute = set.expect(TAG.SEQUENCE).enter();
      attribute.expect(TAG.OID);
      const type = decodeOid(bytes, attribute.start, attribute.end);
      attribute.next();
      rdn.push({ type, bytes, header: attribute.header, start: attribute.start, end: attribute.end });
      attribute.finish();
    } while (!set.done);
    rdns.push(rdn);
  }
  return new Name(rdns);
}

/**
 * Whether a name is in the subtree of a base: it starts, in certificate order, with the RDNs of the base. The empty
 * base contains every name.
 *
 * @see RFC 5280 §4.2.1.10, §7.1
 */
export function isInSubtree(name: DistinguishedName, base: DistinguishedName): boolean {
  const { rdns } = Name.own(name).keys(false);
  return Name.own(base)
    .keys(false)
    .rdns.every((rdn, at) => rdn === rdns[at]);
}

/**
 * Whether any implementation may find a name in the subtree of a base. {@link isInSubtree} treats fewer strings as
 * equal than RFC 4518, which is safe for permitted subtrees but not for excluded ones.
 *
 * @see RFC 5280 §7.1, RFC 4518 §2.2, §2.3
 */
export function mayBeInSubtree(name: DistinguishedName, base: DistinguishedName): boolean {
  if (isInSubtree(name, base) || !isIdentifying(name)) return true;
  const rdns = Name.own(name).wideKeys();
  return Name.own(base)
    .wideKeys()
    .every((rdn, at) => rdn === rdns[at]);
}

/**
 * Whether two names are equal and can identify a client: not empty, and without blank values and control, invisible,
 * private-use or replacement characters.
 */
export function namesIdentify(a: DistinguishedName, b: DistinguishedName, options?: SubjectMatchOptions): boolean {
  return a.equals(b, options) && isIdentifying(a);
}

/** Whether a name can identify a client. See {@link namesIdentify}. */
export function isIdentifying(name: DistinguishedName): boolean {
  return Name.own(name).keys(false).identifying;
}

/** The comparison keys of the attributes of a name, in the positions of `rdns`. Equal keys mean equal attributes. */
export function attributeKeys(name: DistinguishedName): readonly (readonly string[])[] {
  return Name.own(name).attributeKeys();
}

/** Reads the option, false by default. A value of the wrong type could loosen the comparison. */
export function readExactCase(options: SubjectMatchOptions | undefined): boolean {
  if (options === undefined) return false;
  checkOptions<SubjectMatchOptions>(options, { exactCase: 'boolean' });
  return options.exactCase ?? false;
}

function keysOf(rdns: readonly (readonly AttributeRange[])[], exactCase: boolean): NameKeys {
  let identifying = rdns.length > 0;
  const keys = rdns.map((rdn) => {
    const parts = rdn.map((attribute) => {
      const part = attributeKey(attribute, exactCase);
      identifying &&= part.identifying;
      return part.key;
    });
    // a multiset: each attribute matches once
    return parts.length === 1 ? parts[0]! : parts.sort().join('+');
  });
  return { rdns: keys, whole: keys.join(), identifying };
}
