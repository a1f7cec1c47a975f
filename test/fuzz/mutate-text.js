/** @typedef {import('./random.js').Random} Random */

/** What texts of every kind go wrong by. */
const PIECES = [
  '',
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '\u200b',
  '\u00ad',
  '\ufeff',
  '\u212a',
  '\u0130',
  '\ud800',
  'é',
  'e\u0301',
  '𝐀',
  'ß',
  ',',
  ';',
  '+',
  '=',
  '#',
  '\\',
  '"',
  "'",
  '/',
  '<',
  '>',
  '%',
  '%00',
  '%2c',
  '\\2c',
  '\\,',
  '\\ ',
  '#0c0161',
  ':',
  '::',
  '[',
  ']',
  '@',
  '.',
  '..',
  '*',
  '*.',
  '-',
  '_',
  '--',
  '(null)',
  'null',
  'undefined',
  '{}',
  '[]',
  '0',
  '-1',
  '1e400',
  '__proto__',
  'constructor',
  'CN=',
  'cn=',
  '2.5.4.3=',
  'OID.2.5.4.3=',
  'DC=',
  'Cert="',
  'Hash=',
  'Chain=',
  'By=',
  ';Cert=',
  ',By=',
  '==',
  '=',
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '-----BEGIN X509 CRL-----',
  'Bearer ',
  'DPoP ',
  'bearer\t',
  '?',
  '&',
  'access_token=',
  'http://',
  'https://',
  'spiffe://',
  'xn--',
  '127.0.0.1',
  '::ffff:127.0.0.1',
  '2001:db8::1',
  '01.2.3.4',
];

/**
 * One change of a text.
 *
 * @param {Random} random @param {string} text @param {readonly string[]} [others] texts of the same kind
 * @returns {string}
 */
export function mutateText(random, text, others = []) {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.below(8));
  switch (random.below(9)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, at) + text.slice(at, to) + text.slice(at);
    case 2:
      return text.slice(0, at);
    case 3:
      return (
        text.slice(0, at) + String.fromCharCode(random.below(random.chance(0.2) ? 65_536 : 128)) + text.slice(at + 1)
      );
    case 4:
      return random.chance(0.5) ? text.toUpperCase() : text.toLowerCase();
    case 5: {
      const other = others.length > 0 ? random.pick(others) : text;
      return text.slice(0, at) + other.slice(random.below(other.length + 1));
    }
    case 6:
      return random.chance(0.05)
        ? text.slice(0, at) + text.slice(at, to).repeat(500) + text.slice(to)
        : text.split('').reverse().join('');
    default:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(random.chance(0.5) ? at : to);
  }
}

/** Values that JSON may hold where another is expected. @type {readonly unknown[]} */
const VALUES = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  '',
  'x',
  'false',
  [],
  {},
  [null],
  [[]],
  [''],
  { '': 0 },
  { length: 1 },
  { toString: 1 },
];

/**
 * One change of a JSON value, somewhere in its tree.
 *
 * @param {Random} random @param {unknown} value @param {readonly string[]} [names] members to add
 * @returns {unknown}
 */
export function mutateJson(random, value, names = []) {
  if (typeof value === 'string' && random.chance(0.8)) return mutateText(random, value);
  if (Array.isArray(value) && random.chance(0.85)) {
    /** @type {unknown[]} */
    const list = [...value];
    const at = random.below(list.length + 1);
    switch (random.below(5)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.splice(at, 0, list[random.below(list.length)] ?? random.pick(VALUES));
        break;
      case 2:
        list.splice(at, 0, random.pick(VALUES));
        break;
      default:
        if (at < list.length) list[at] = mutateJson(random, list[at], names);
    }
    return list;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random.chance(0.9)) {
    const members = Object.entries(value);
    const at = random.below(members.length + 1);
    switch (random.below(6)) {
      case 0:
        members.splice(at, 1);
        break;
      case 1:
        members.push([random.pick(['__proto__', 'constructor', 'x', ...names]), random.pick(VALUES)]);
        break;
      case 2:
        if (members[at]) members[at] = [mutateText(random, members[at][0]), members[at][1]];
        break;
      default:
        if (members[at]) members[at] = [members[at][0], mutateJson(random, members[at][1], names)];
    }
    // as JSON.parse makes it: an own member even where it is called __proto__
    return JSON.parse(
      `{${members.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each) ?? 'null'}`).join(',')}}`,
    );
  }
  return random.pick(VALUES);
}
