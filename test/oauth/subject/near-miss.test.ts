import { X509Certificate } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isMtlsError, subjectMatches, type Certificate, type TlsClientAuthParameter } from 'oauth-mtls';
import type { NameStringType, TestAttribute } from 'oauth-mtls/testing';

import { encodeSubject, encodeSubjectAltNames } from '../../../src/testing/names.js';
import { splicedCertificate, splicedDer } from './spliced-certificate.js';

/** An attribute, with every choice about how it is written. */
interface Attribute {
  readonly type: number;
  readonly value: string;
  readonly stringType: NameStringType;
  /** Name or dotted type, and which characters are escaped without need. */
  readonly style: number;
}
type Name = readonly (readonly Attribute[])[];

const TYPES = [
  ['CN', '2.5.4.3'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['STREET', '2.5.4.9'],
  ['UID', '0.9.2342.19200300.100.1.1'],
  ['serialNumber', '2.5.4.5'],
  ['organizationIdentifier', '2.5.4.97'],
] as const;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

const someOf = (characters: string): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(characters)), maxLength: 8 });
const values = (characters: string): fc.Arbitrary<string> =>
  fc.tuple(someOf(characters), fc.constantFrom('a', 'K', 'z', '7'), someOf(characters)).map((parts) => parts.join(''));
const attributes = (characters: string): fc.Arbitrary<Attribute> =>
  fc.record({
    type: fc.nat(TYPES.length - 1),
    value: values(characters),
    stringType: fc.constantFrom<NameStringType>('UTF8String', 'BMPString', 'UniversalString'),
    style: fc.nat(2 ** 31 - 1),
  });
const names = (characters: string): fc.Arbitrary<Name> =>
  fc.array(fc.array(attributes(characters), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 5 });

const ASCII = 'abcABCxyz0189  ,+"\\<>;=#/.-_@\'()';
const UNICODE = `${ASCII}éÉßñжЖ中\u{1f600}Σσ`;

/** The certificate's side. */
function encode(name: Name): Uint8Array<ArrayBuffer> {
  return encodeSubject(name.map((rdn) => rdn.map(encodeAttribute)));
}

function encodeAttribute({ type, stringType, value }: Attribute): TestAttribute {
  // X.680 §41: BMPString has no place for what lies beyond the Basic Multilingual Plane
  const wide = stringType === 'BMPString' && Array.from(value).length < value.length;
  return [TYPES[type]![1], wide ? 'UTF8String' : stringType, value];
}

/** The registered side, by a writer of its own. */
function write(name: Name): string {
  return name
    .map((rdn) => rdn.map(writeAttribute).join('+'))
    .reverse()
    .join(',');
}

function writeAttribute({ type, value, style }: Attribute): string {
  return `${TYPES[type]![style & 1]}=${writeValue(value, style)}`;
}

function writeValue(value: string, style: number): string {
  const characters = Array.from(value);
  return characters
    .map((character, at) => {
      const end = at === 0 || at === characters.length - 1;
      const needed = '"+,;<>\\'.includes(character) || (character === ' ' && end) || (character === '#' && at === 0);
      const choice = (style >> (at % 29)) & 3;
      if (choice === 3 || (needed && choice === 2))
        return Buffer.from(character).toString('hex').replace(/../g, '\\$&');
      return needed || (choice === 1 && ' =#'.includes(character)) ? `\\${character}` : character;
    })
    .join('');
}

/** By what attributes are the same: written down once more, apart from the library. */
function identity({ type, value }: Attribute): string {
  const folded = Array.from(value.normalize('NFC'), (character) => character.toLowerCase()).join('');
  return `${type}=${folded.replace(/ +/g, ' ').replace(/^ | $/g, '')}`;
}

function rdnIdentity(rdn: readonly Attribute[]): string {
  return JSON.stringify(rdn.map(identity).sort());
}

function nameIdentity(name: Name): string {
  return JSON.stringify(name.map(rdnIdentity));
}

function replaceAt<T>(list: readonly T[], at: number, ...items: readonly T[]): T[] {
  return [...list.slice(0, at), ...items, ...list.slice(at + 1)];
}

/** The same name by the rules, in other octets and other text. */
function disguise(name: Name, style: number): Name {
  return name.map((rdn) =>
    rdn
      .map((attribute) => ({
        ...attribute,
        style,
        stringType: 'UTF8String' as const,
        value: Array.from(attribute.value, (c, at) =>
          (style >> at) & 1 ? (c === ' ' ? '  ' : c === 'ß' ? c : c.toUpperCase()) : c,
        ).join(''),
      }))
      .reverse(),
  );
}

/** Names that differ from a name in one thing. The rule behind each makes the difference certain. */
function otherNames(name: Name, pick: number): Name[] {
  const at = pick % name.length;
  const rdn = name[at]!;
  const within = pick % rdn.length;
  const attribute = rdn[within]!;
  const withAttribute = (change: Partial<Attribute>): Name =>
    replaceAt(name, at, replaceAt(rdn, within, { ...attribute, ...change }));
  const characters = Array.from(attribute.value);
  const solid = characters.flatMap((character, index) => (character === ' ' ? [] : [index]));
  const place = solid[pick % solid.length]!;
  const replacement = Array.from(LETTERS).find(
    (letter, index) => index >= pick % 30 && letter !== characters[place]!.toLowerCase(),
  )!;
  const withValue = (list: readonly string[]): Name => withAttribute({ value: list.join('') });
  const twin = { ...attribute, value: `${attribute.value}x` };
  const others = [
    withValue(replaceAt(characters, place, replacement)),
    withValue(replaceAt(characters, place, characters[place]!, replacement)),
    withValue(replaceAt(characters, place, characters[place]!, '\u0301')),
    withValue(replaceAt(characters, place, characters[place]!, '\u200b')),
    withValue(replaceAt(characters, place, characters[place]!, '\x01')),
    withValue([...characters, '\u00ad']),
    withValue([...characters, '\0']),
    withValue([...characters, '*']),
    withValue([...characters, ' ', 'x']),
    withAttribute({ type: (attribute.type + 1 + (pick % (TYPES.length - 1))) % TYPES.length }),
    [...name, rdn],
    [rdn, ...name],
    replaceAt(name, at, [...rdn, attribute]),
    replaceAt(name, at, [...rdn, twin]),
    replaceAt(name, at, rdn, [twin]),
    replaceAt(name, at, ...rdn.map((one) => [one]), [twin]),
    [...name].reverse(),
    [...name.slice(1), name[0]!],
  ];
  if (characters.length > 1) others.push(withValue(replaceAt(characters, place)));
  if (name.length > 1) {
    others.push(replaceAt(name, at));
    const next = (at + 1) % name.length;
    others.push(replaceAt(replaceAt(name, at, name[next]!), next, rdn));
    others.push(replaceAt(name.slice(0, -1), name.length - 2, [...name.at(-2)!, ...name.at(-1)!]));
  }
  if (rdn.length > 1) {
    others.push(replaceAt(name, at, replaceAt(rdn, within)));
    others.push(replaceAt(name, at, ...rdn.map((one) => [one])));
  }
  const own = nameIdentity(name);
  return others.filter((other) => nameIdentity(other) !== own);
}

/** Texts that differ from the text of a name in how something is escaped. */
function otherTexts(text: string): string[] {
  const texts: string[] = [];
  // a special character without its backslash ends something, opens something, or is not allowed
  for (const { 0: pair, index } of text.matchAll(/\\(?:[\\"+,;<>]|[ =#]|[0-9a-f]{2})/g)) {
    // of backslashes before an escaped space at the end, what is left is that space without its own: it means nothing
    const space = pair === '\\\\' && /^(?:\\\\)*\\ /.test(text.slice(index + 2));
    if (/[\\"+,;<>]$/.test(pair) && !space) texts.push(text.slice(0, index) + text.slice(index + 1));
  }
  // a separator with a backslash is none
  for (const { index } of text.matchAll(/(?<=^[^\\]*)[,+]/g))
    texts.push(`${text.slice(0, index)}\\${text.slice(index)}`);
  for (const { index } of text.matchAll(/=/g)) texts.push(`${text.slice(0, index)}=${text.slice(index)}`);
  return texts.concat(
    `${text},`,
    `,${text}`,
    `${text}+`,
    `/${text}`,
    `OID.${text}`,
    `${text}\\`,
    `"${text}"`,
    text.replace('=', '=#'),
    text.replace('=', '="'),
  );
}

function accepts(certificate: Certificate, parameter: TlsClientAuthParameter, expected: string): boolean {
  try {
    return subjectMatches(certificate, parameter, expected);
  } catch (error) {
    if (isMtlsError(error, 'ERR_METADATA_VALUE')) return false;
    throw error;
  }
}

const DN = 'tls_client_auth_subject_dn';

describe('near misses', () => {
  it('of a DN are never accepted: 100,000 of them', { timeout: 300_000 }, () => {
    let misses = 0;
    fc.assert(
      fc.property(names(UNICODE), fc.nat(2 ** 31 - 1), (name, pick) => {
        const certificate = splicedCertificate({ subject: encode(name) });
        const text = write(name);
        expect([text, accepts(certificate, DN, text)]).toEqual([text, true]);
        const same = write(disguise(name, pick));
        expect([text, same, accepts(certificate, DN, same)]).toEqual([text, same, true]);
        for (const other of [...otherNames(name, pick).map(write), ...otherTexts(text)]) {
          misses++;
          if (accepts(certificate, DN, other)) expect.unreachable(`${other} is accepted for ${text}`);
        }
      }),
      { numRuns: 3500 },
    );
    expect(misses).toBeGreaterThan(100_000);
  });

  it('of an alternative name are never accepted', () => {
    const label = fc
      .string({ unit: fc.constantFrom(...Array.from('abcxyzABC019')), minLength: 1, maxLength: 6 })
      .filter((text) => !/^[0-9]+$/.test(text));
    const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(host, label, octets, fc.nat(127), (name, word, address, bit) => {
        const withPath = (path: string): string => `https://${name}/${path}?${word}`;
        const uri = withPath(word);
        const ip = ipText(address);
        const flipped = Uint8Array.from(address);
        const at = bit % (8 * address.length);
        flipped[at >> 3]! ^= 1 << (at & 7);
        const certificate = splicedCertificate({
          san: encodeSubjectAltNames({ dns: name, uri, email: `${word}@${name}`, ip }),
        });
        const good: [TlsClientAuthParameter, string][] = [
          ['tls_client_auth_san_dns', name.toUpperCase()],
          ['tls_client_auth_san_uri', uri.replace(name, name.toUpperCase())],
          ['tls_client_auth_san_email', `${word}@${name.toUpperCase()}`],
          ['tls_client_auth_san_ip', ip.toUpperCase()],
        ];
        const bad: [TlsClientAuthParameter, string[]][] = [
          [
            'tls_client_auth_san_dns',
            [
              `x${name}`,
              `${name}x`,
              `${name}.`,
              `.${name}`,
              `*.${name}`,
              name.replace(/^[^.]*/, '*'),
              name.replace('.', '..'),
              name.slice(1),
              `${name}\0`,
              `${name} `,
            ],
          ],
          [
            'tls_client_auth_san_uri',
            [
              `${uri}x`,
              `${uri}#`,
              uri.slice(0, -1),
              uri.replace('https', 'http'),
              uri.replace(name, `${name}:443`),
              uri.replace(name, `x@${name}`),
              withPath(`./${word}`),
            ],
          ],
          [
            'tls_client_auth_san_uri',
            [
              withPath(`%${word.charCodeAt(0).toString(16)}${word.slice(1)}`),
              uri.replace(name, `${name}.`),
              `URI:${uri}`,
              ` ${uri}`,
            ],
          ],
          [
            'tls_client_auth_san_email',
            [
              `x${word}@${name}`,
              `${word}@x.${name}`,
              `${word}@${name}.`,
              `${word}+@${name}`,
              `"${word}"@${name}`,
              `${word}@${name}@${name}`,
              `mailto:${word}@${name}`,
            ],
          ],
          [
            'tls_client_auth_san_ip',
            [
              ipText(flipped),
              `${ip}/128`,
              `[${ip}]`,
              ` ${ip}`,
              `${ip}%1`,
              address.length === 4 ? `::ffff:${ip}` : ip.split(':').slice(0, 7).join(':'),
            ],
          ],
        ];
        const swapped = Array.from(word, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
        if (swapped !== word)
          bad.push(
            ['tls_client_auth_san_email', [`${swapped}@${name}`]],
            ['tls_client_auth_san_uri', [withPath(swapped)]],
          );
        for (const [parameter, value] of good)
          expect([value, accepts(certificate, parameter, value)]).toEqual([value, true]);
        for (const [parameter, list] of bad) {
          for (const value of list)
            if (accepts(certificate, parameter, value))
              expect.unreachable(`${value} is accepted beside ${name}, ${word}, ${ip}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  // node:crypto's checkIssued compares names by OpenSSL's X509_NAME_cmp before anything else
  it('of a DN have the verdict of X509_NAME_cmp, where the letters are ASCII', { timeout: 120_000 }, () => {
    let [same, different] = [0, 0];
    fc.assert(
      fc.property(names(ASCII), fc.nat(2 ** 31 - 1), (name, pick) => {
        const issuer = new X509Certificate(splicedDer({ subject: encode(name) }));
        const certificate = splicedCertificate({ subject: encode(name) });
        const others = otherNames(name, pick).filter((other) => /^[ -~]*$/.test(write(other)));
        for (const other of [name, disguise(name, pick), ...others.slice(pick % 4, (pick % 4) + 4)]) {
          const verdict = new X509Certificate(splicedDer({ issuer: encode(other) })).checkIssued(issuer);
          expect([write(name), write(other), accepts(certificate, DN, write(other))]).toEqual([
            write(name),
            write(other),
            verdict,
          ]);
          if (verdict) same++;
          else different++;
        }
      }),
      { numRuns: 400 },
    );
    expect(Math.min(same, different)).toBeGreaterThan(700);
  });
});

/** An address in full. */
function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  return Array.from({ length: 8 }, (_, at) => (octets[2 * at]! * 256 + octets[2 * at + 1]!).toString(16)).join(':');
}
