const kinds = {
  /** Checked by the function that takes it. */
  any: { says: 'anything', is: () => true },
  boolean: { says: 'a boolean', is: (value: unknown) => typeof value === 'boolean' },
  string: { says: 'a non-empty string', is: (value: unknown) => typeof value === 'string' && value !== '' },
  function: { says: 'a function', is: (value: unknown) => typeof value === 'function' },
  object: { says: 'an object', is: isObject },
  array: { says: 'an array', is: (value: unknown) => Array.isArray(value) },
  strings: {
    says: 'an array of non-empty strings',
    is: (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== ''),
  },
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
} as const;

/** What an option may be: a kind, or one of the listed values. */
export type OptionKind = keyof typeof kinds | readonly (string | number | boolean)[];

/** Every member of an options type, with its kind. A member that is forgotten does not compile. */
export type OptionTable<Options extends object> = { readonly [Name in keyof Required<Options>]: OptionKind };

/**
 * Checks an options object: only known members, each of its kind. Members that are undefined are absent.
 *
 * @param table every member that the object may have
 * @param required members that must be there
 * @throws TypeError that names the member
 */
export function checkOptions<Options extends object>(
  options: unknown,
  table: OptionTable<Options>,
  required: readonly (keyof Options & string)[] = [],
): void {
  if (!isObject(options)) throw new TypeError('Options must be an object');
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name)) throw new TypeError(`Unknown option ${JSON.stringify(name)}`);
    const value = options[name];
    if (value !== undefined) checkOption(name, value, table[name as keyof Options]);
  }
  for (const name of required) {
    if (options[name] === undefined) throw new TypeError(`Option "${name}" is required`);
  }
}

/**
 * Checks one value as {@link checkOptions} does, for a member of an object that stays open.
 *
 * @throws TypeError that names the member
 */
export function checkOption(name: string, value: unknown, kind: OptionKind): void {
  if (typeof kind === 'string') {
    if (!kinds[kind].is(value)) throw new TypeError(`Option "${name}" must be ${kinds[kind].says}`);
  } else if (!kind.includes(value as string)) {
    const values = kind.map((each) => JSON.stringify(each)).join(', ');
    throw new TypeError(`Option "${name}" must be one of ${values}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
