import { isMtlsError, type MtlsError } from '../errors.js';
import {
  attributeKeys,
  isIdentifying,
  parseDistinguishedName,
  type DistinguishedName,
  type NameComparisonOptions,
} from '../x509/distinguished-name.js';
import type { NameAttribute } from '../x509/name-attribute.js';
import { escapeText } from '../x509/rfc4514.js';
import type { SubjectDifference, SubjectExplanation, SubjectMismatchCause } from './subject-causes.js';

const SURNAME = '2.5.4.4=';
const SERIAL_NUMBER = '2.5.4.5=';

/** Attribute names of other systems, and how RFC 4514 readers know them. */
const FOREIGN_NAMES = new Map([
  ['S', 'ST'],
  ['E', 'emailAddress'],
  ['EMAIL', 'emailAddress'],
  ['T', 'title'],
  ['G', 'givenName'],
]);

/** Tells why a subject is not the registered DN; that it is not is known. */
export function explainDistinguishedName(
  subject: DistinguishedName,
  expected: string,
  options: NameComparisonOptions | undefined,
): SubjectExplanation {
  let name: DistinguishedName | undefined;
  let cause: SubjectMismatchCause | undefined;
  try {
    name = parseDistinguishedName(expected);
    // by the grammar a line break is a character like any other, so that this form may well parse
    if (isNewlineForm(expected)) cause = 'newline-form';
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    cause = causeOfRefusal(error, expected);
  }
  if (name !== undefined && cause === undefined) return compare(subject, name, options);

  const meant = tryParse(rewrite(expected));
  if (meant === undefined) return { cause: cause! };
  // the form alone is wrong where the names are the same, in whichever order
  const same = subject.equals(meant, options) || compare(subject, meant, options).cause === 'reversed-order';
  return same && isIdentifying(subject)
    ? { cause: cause!, suggestion: subject.toString() }
    : { cause: cause!, difference: firstDifference(subject, meant) };
}

function compare(
  subject: DistinguishedName,
  name: DistinguishedName,
  options: NameComparisonOptions | undefined,
): SubjectExplanation {
  if (subject.rdns.length === 0) return { cause: 'empty-subject' };
  if (!isIdentifying(subject) || !isIdentifying(name)) return { cause: 'unusable-characters' };
  const has = attributeKeys(subject);
  const wants = attributeKeys(name);
  const suggestion = subject.toString();
  if (options?.exactCase === true && sameNames(has, wants)) return { cause: 'different-case', suggestion };
  if (sameNames(has, wants.toReversed())) return { cause: 'reversed-order', suggestion };
  if (sameSets(has.map(rdnKey), wants.map(rdnKey))) return { cause: 'different-order', suggestion };
  if (sameSets(has.flat(), wants.flat())) return { cause: 'different-grouping', suggestion };

  const difference = firstDifference(subject, name);
  const all = new Set(has.flat());
  const meant = wants.map((rdn) => rdn.map((key) => serialNumberKey(key, all) ?? key));
  if (!sameNames(meant, wants)) {
    const same = sameNames(has, meant) || sameNames(has, meant.toReversed());
    return { cause: 'surname-for-serial-number', difference, ...(same && { suggestion }) };
  }
  if (difference?.expected === undefined || difference.found === undefined) return { cause: 'missing-attribute', difference };
  if (difference.expected === difference.found) return { cause: 'string-type', difference, suggestion };
  return { cause: 'different-value', difference };
}

/** The key of a serialNumber that the certificate has, where a surname of that value was registered. */
function serialNumberKey(key: string, has: ReadonlySet<string>): string | undefined {
  if (!key.startsWith(SURNAME) || has.has(key)) return undefined;
  const meant = SERIAL_NUMBER + key.slice(SURNAME.length);
  return has.has(meant) ? meant : undefined;
}

/** The first attribute that only one of two names has, else the first with another value, in the order of the text. */
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
  return { rdn, type, expected: value, found: has.find((found) => found.type === type && !wanted.has(found.key))?.value };
}

/** The first position whose property occurs more often in the one list than in the other. */
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

function causeOfRefusal({ code, detail }: MtlsError, text: string): SubjectMismatchCause {
  if (/^\s*(?:subject|issuer)\s*[=:]/i.test(text)) return 'label-prefix';
  if (/^\s*\//.test(text)) return 'openssl-oneline';
  if (isNewlineForm(text)) return 'newline-form';
  if (/(?:^|[,+;])\s*OID\./i.test(text)) return 'oid-prefix';
  if (detail.reason === 'quote') return 'quoted-value';
  if (detail.reason === 'unescaped' && text[detail.offset!] === ';') return 'semicolon-separator';
  if (detail.reason === 'ia5-string') return 'u-label';
  if (detail.reason === 'nul') return 'unusable-characters';
  return code === 'ERR_NAME_ATTRIBUTE' ? 'unknown-attribute' : 'invalid-value';
}

/** `CN=…` on a line of its own for each RDN, as Node.js prints a subject. */
function isNewlineForm(text: string): boolean {
  const lines = text.trim().split('\n');
  return lines.length > 1 && lines.every((line) => /^[A-Za-z0-9.]+ ?=/.test(line));
}

/** A name in one of the other forms as an RFC 4514 string, as well as it can be told. */
function rewrite(text: string): string {
  const bare = text.trim().replace(/^(?:subject|issuer)\s*[=:]\s*/i, '');
  return renameAttributes(bare.startsWith('/') ? rewriteOneline(bare) : rewriteSeparators(bare));
}

/** `/C=US/CN=a`: in certificate order, values as they are, octets that do not print as `\xC3`. */
function rewriteOneline(text: string): string {
  return text
    .slice(1)
    .split(/\/(?=[A-Za-z0-9.]+=)/)
    .map((part) => {
      const equals = part.indexOf('=');
      return `${part.slice(0, equals)}=${escapeText(part.slice(equals + 1)).replace(/\\\\x([0-9A-Fa-f]{2})/g, '\\$1')}`;
    })
    .reverse()
    .join(',');
}

/** Quotation marks, semicolons and line breaks. */
function rewriteSeparators(text: string): string {
  const unquoted = text.replace(
    /= *"((?:[^"\\]|\\[^])*)"/g,
    (_, value: string) => `=${escapeText(value.replace(/\\([^])/g, '$1'))}`,
  );
  if (isNewlineForm(unquoted)) return unquoted.split(/\r?\n/).reverse().join(',');
  return unquoted.replace(/(?<!\\);/g, ',');
}

/** Attribute types with an `OID.` prefix, and names of other systems. */
function renameAttributes(text: string): string {
  return text.replace(
    /(^|(?<!\\)[,+])( *)(?:OID\.)?([A-Za-z0-9.]+)(?= *=)/gi,
    (_, separator: string, space: string, name: string) =>
      `${separator}${space}${FOREIGN_NAMES.get(name.toUpperCase()) ?? name}`,
  );
}

function tryParse(text: string): DistinguishedName | undefined {
  try {
    return parseDistinguishedName(text);
  } catch (error) {
    if (isMtlsError(error)) return undefined;
    throw error;
  }
}
