const kinds = {
  /** Checked by the function with the option. */
  any: { says: 'anything', is: () => true },
  boolean: { says: 'a boolean', is: (value: unknown) => typeof value === 'boolean' },
  string: { says: 'a non-empty string', is: isText },
  function: { says: 'a function', is: (value: unknown) => typeof value === 'function' },
  object: { says: 'an object', is: isObject },
  array: { says: 'an array', is: (value: unknown) => Array.isArray(value) },
  strings: { says: 'an array of non-empty strings', is: isTexts },
  oneOrMore: {
    says: 'a non-empty string or a non-empty array of them',
    is: (value: unknown) => isText(value) || (isTexts(value) && value.length > 0),
  },
  url: { says: 'a URL', is: (value: unknown) => isText(value) || value instanceof URL },
  bytes: { says: 'bytes', is: (value: unknown) => value instanceof Uint8Array },
  encoded: { says: 'a string or bytes', is: (value: unknown) => isText(value) || value instanceof Uint8Array },
  date: { says: 'a valid Date', is: (value: unknown) => value instanceof Date && !Number.isNaN(value.getTime()) },
  count: {
    says: 'a non-negative integer',
    is: (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0,
  },
  positive: {
    says: 'a positive integer',
    is: (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0,
  },
  seconds: {
    says: 'a non-negative number of seconds',
    is: (value: unknown) => Number.isFinite(value) && (value as number) >= 0,
  },
  milliseconds: {
    says: 'a non-negative number of milliseconds',
    // Infinity is allowed, NaN is not
    is: (value: unknown) => typeof value === 'number' && value >= 0,
  },
} as const;

type Values = readonly (string | number | boolean)[];

/** The type of an option: a kind, one of the listed values, an array of them, or an object with a method. */
export type OptionKind = keyof typeof kinds | Values | { readonly arrayOf: Values } | { readonly method: string };

/** Every member of an options type, with its kind. A missing member does not compile. */
export type OptionTable<Options extends object> = { readonly [Name in keyof Required<Options>]: OptionKind };

/**
 * Checks an options object: only known members, each of its kind. Members that are undefined are absent.
 *
 * @param table every member that the object may have
 * @param required members that must be there
 * @param parent the option that the object is the value of
 * @throws TypeError that names the member
 */
export function checkOptions<Options extends object>(
  options: unknown,
  table: OptionTable<Options>,
  required: readonly (keyof Options & string)[] = [],
  parent?: string,
): void {
  if (!isObject(options))
    throw new TypeError(parent === undefined ? 'Options must be an object' : `Option "${parent}" must be an object`);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name)) throw new TypeError(`Unknown option ${quote(name, parent)}`);
  }
  // the function reads inherited members too
  for (const [name, kind] of Object.entries<OptionKind>(table)) {
    // every object would have it, and could not be without it
    if (name in Object.prototype)
      throw new TypeError(`Object.prototype must not have the option ${quote(name, parent)}`);
    if (options[name] !== undefined) checkOption(name, options[name], kind, parent);
    else if ((required as readonly string[]).includes(name))
      throw new TypeError(`Option ${quote(name, parent)} is required`);
  }
}

/**
 * Checks one value as {@link checkOptions} does, for a member of an object that stays open.
 *
 * @throws TypeError that names the member
 */
export function checkOption(name: string, value: unknown, kind: OptionKind, parent?: string): void {
  const { says, is } = ruleOf(kind);
  if (!is(value)) throw new TypeError(`Option ${quote(name, parent)} must be ${says}`);
}

/**
 * Returns a clock that throws a TypeError when the caller's shows no time. Comparisons with an invalid Date are all
 * false: a cool-down would never apply, or nothing would ever be too old.
 */
export function checkedClock(now: () => Date = () => new Date()): () => Date {
  return () => {
    const time: unknown = now();
    if (!kinds.date.is(time)) throw new TypeError('Option "now" must return a valid Date');
    return time as Date;
  };
}

/** Merges options with their defaults. Members that are undefined are absent, as for {@link checkOptions}. */
export function withDefaults<Defaults extends object, Options extends object>(
  defaults: Defaults,
  options: Options,
): Defaults & Options {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as Options) };
}

function ruleOf(kind: OptionKind): { readonly says: string; readonly is: (value: unknown) => boolean } {
  if (typeof kind === 'string') return kinds[kind];
  if ('method' in kind) {
    const { method } = kind;
    const is = (value: unknown): boolean => isObject(value) && typeof value[method] === 'function';
    return { says: `an object with the method "${method}"`, is };
  }
  const values: readonly unknown[] = 'arrayOf' in kind ? kind.arrayOf : kind;
  const listed = values.map((each) => JSON.stringify(each)).join(', ');
  if (!('arrayOf' in kind)) return { says: `one of ${listed}`, is: (value) => values.includes(value) };
  const is = (value: unknown): boolean => Array.isArray(value) && value.every((each) => values.includes(each));
  return { says: `an array of ${listed}`, is };
}

function quote(name: string, parent: string | undefined): string {
  return parent === undefined ? JSON.stringify(name) : `${JSON.stringify(name)} in "${parent}"`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Options in a collection (array, Map, Headers) or a promise would be absent. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) return false;
  return typeof (value as { readonly then?: unknown }).then !== 'function';
}
