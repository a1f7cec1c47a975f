import { assertMtlsError } from '../../errors.js';
import {
  attributeKeys,
  isIdentifying,
  parseDistinguishedName,
  type DistinguishedName,
  type SubjectMatchOptions,
} from '../../x509/name/distinguished-name.js';
import type { NameAttribute } from '../../x509/name/name-attribute.js';
import { causeOfRefusal, isNewlineForm, rewriteName } from './other-name-forms.js';
import type { SubjectDifference, SubjectExplanation, SubjectMismatchCause } from './subject-causes.js';

const SURNAME = '2.5.4.4=';
const SERIAL_NUMBER = '2.5.4.5=';

/** Causes for which the two names look the same. */
const SAME_TEXT: ReadonlySet<SubjectMismatchCause> = new Set(['reversed-order', 'string-type']);

/** Explains why a subject is not the registered DN. */
export function explainDistinguishedName(
  subject: DistinguishedName,
  expected: string,
  options: SubjectMatchOptions | undefined,
): SubjectExplanation {
  let name: DistinguishedName | undefined;
  let cause: SubjectMismatchCause | undefined;
  try {
    name = parseDistinguishedName(expected);
    // the grammar allows line breaks in values, so this form may parse
    if (isNewlineForm(expected)) cause = 'newline-form';
  } catch (error) {
    assertMtlsError(error);
    cause = causeOfRefusal(error, expected);
  }
  if (name !== undefined && cause === undefined) return compare(subject, name, options);

  const meant = tryParse(rewriteName(expected));
  if (meant === undefined) return { cause: cause! };
  // if the names are the same in either order, only the form is wrong
  const same = subject.equals(meant, options) || SAME_TEXT.has(compare(subject, meant, options).cause);
  return same && isIdentifying(subject)
    ? { cause: cause!, suggestion: subject.toString() }
    : { cause: cause!, difference: firstDifference(subject, meant) };
}

function compare(
  subject: DistinguishedName,
  name: DistinguishedName,
  options: SubjectMatchOptions | undefined,
): SubjectExplanation {
  if (subject.rdns.length === 0) return { cause: 'empty-subject' };
  if (!isIdentifying(subject) || !isIdentifying(name)) return { cause: 'unusable-characters' };
  const has = attributeKeys(subject);
  const wants = attributeKeys(name);
  const suggestion = subject.toString();
  if (options?.exactCase === true && sameNames(has, wants)) return { cause: 'different-case', suggestion };
  const hasText = texts(subject);
  const wantsText = texts(name);
  if (sameNames(hasText, wantsText.toReversed())) return { cause: 'reversed-order', suggestion };
  if (sameNames(hasText, wantsText))
    return { cause: 'string-type', difference: firstDifference(subject, name), suggestion };
  if (sameSets(has.map(rdnKey), wants.map(rdnKey))) return { cause: 'different-order', suggestion };
  if (sameSets(has.flat(), wants.flat())) return { cause: 'different-grouping', suggestion };

  const difference = firstDifference(subject, name);
  const all = new Set(has.flat());
  const meant = wants.map((rdn) => rdn.map((key) => serialNumberKey(key, all) ?? key));
  if (!sameNames(meant, wants)) {
    const same = sameNames(has, meant) || sameNames(has, meant.toReversed());
    return { cause: 'surname-for-serial-number', difference, suggestion: same ? suggestion : undefined };
  }
  if (difference?.expected === undefined || difference.found === undefined)
    return { cause: 'missing-attribute', difference };
  return { cause: 'different-value', difference };
}

/** Attributes by their text, regardless of string type and matching rule, in the positions of `rdns`. */
function texts({ rdns }: DistinguishedName): readonly (readonly string[])[] {
  return rdns.map((rdn) =>
    rdn.map(({ type, value, der }) => {
      const text = value ?? latin1(der) ?? `#${der}`;
      return `${type}=${text.trim().replace(/ +/g, ' ').normalize('NFC').toLowerCase()}`;
    }),
  );
}

/** A short TeletexString read as Latin-1, as OpenSSL and Java do. */
function latin1(der: string): string | undefined {
  const octets = /^14[0-7][0-9a-f]((?:[0-9a-f]{2}){0,65536})$/.exec(der)?.[1];
  return octets?.replace(/../g, (octet) => String.fromCharCode(Number.parseInt(octet, 16)));
}

/** The key of a serialNumber in the certificate whose value was registered as a surname. */
function serialNumberKey(key: string, has: ReadonlySet<string>): string | undefined {
  if (!key.startsWith(SURNAME) || has.has(key)) return undefined;
  const meant = SERIAL_NUMBER + key.slice(SURNAME.length);
  return has.has(meant) ? meant : undefined;
}

/** The first attribute that only one of two names has, otherwise the first whose value differs, in textual order. */
function firstDifference(subject: DistinguishedName, name: DistinguishedName): SubjectDifference | undefined {
  const has = positions(subject);
  const wants = positions(name);
  const missing = firstBeyond(wants, has, typeOf);
  if (missing !== undefined) return { rdn: missing.rdn, type: missing.type, expected: missing.value };
  const extra = firstBeyond(has, wants, typeOf);
  if (extra !== undefined) return { rdn: extra.rdn, type: extra.type, found: extra.value };
  // now both have the same types, equally often
  const other = firstBeyond(wants, has, keyOf);
  if (other === undefined) return undefined;
  const { rdn, type, value } = other;
  const wanted = new Set(wants.map(keyOf));
  return {
    rdn,
    type,
    expected: value,
    found: has.find((found) => found.type === type && !wanted.has(found.key))?.value,
  };
}

/** The first position whose property occurs more often in the first list than in the second. */
function firstBeyond(
  one: readonly Position[],
  other: readonly Position[],
  property: (position: Position) => string,
): Position | undefined {
  const left = new Map<string, number>();
  for (const position of other) left.set(property(position), (left.get(property(position)) ?? 0) + 1);
  return one.find((position) => {
    const count = left.get(property(position)) ?? 0;
    left.set(property(position), count - 1);
    return count === 0;
  });
}

function typeOf({ type }: Position): string {
  return type;
}

function keyOf({ key }: Position): string {
  return key;
}

interface Position {
  readonly rdn: number;
  readonly type: string;
  readonly key: string;
  readonly value: string;
}

/** Attributes in the order of the RFC 4514 string. */
function positions(name: DistinguishedName): readonly Position[] {
  const keys = attributeKeys(name).toReversed();
  return name.rdns
    .toReversed()
    .flatMap((attributes, rdn) =>
      attributes.map((attribute, at) => ({ rdn, type: attribute.type, key: keys[rdn]![at]!, value: show(attribute) })),
    );
}

function show({ value, der }: NameAttribute): string {
  return value ?? `#${der}`;
}

function rdnKey(attributes: readonly string[]): string {
  return attributes.toSorted().join('+');
}

function sameNames(a: readonly (readonly string[])[], b: readonly (readonly string[])[]): boolean {
  return a.length === b.length && a.every((rdn, at) => rdnKey(rdn) === rdnKey(b[at]!));
}

function sameSets(a: readonly string[], b: readonly string[]): boolean {
  return rdnKey(a) === rdnKey(b) && a.length === b.length;
}

function tryParse(text: string): DistinguishedName | undefined {
  try {
    return parseDistinguishedName(text);
  } catch (error) {
    assertMtlsError(error);
    return undefined;
  }
}
