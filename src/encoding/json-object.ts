/** Whether a value is what a JSON object is parsed to: neither null nor an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The members of an object as JSON has them: own enumerable properties, nothing from a prototype, each read
 * once. A member that is undefined is absent.
 */
export function readMembers(object: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).filter(([, value]) => value !== undefined));
}

/**
 * The same of client metadata and the keys in it, where null is absent too (RFC 7592 §2.2): stored rows have null
 * columns.
 */
export function readRegisteredMembers(object: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
}
