/** Whether a value is a parsed JSON object, neither null nor an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the members of an object as in JSON: own enumerable properties, each read once. A member that is undefined is
 * absent.
 */
export function readMembers(object: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).filter(([, value]) => value !== undefined));
}

/**
 * Reads the members of client metadata and its keys. Null is absent too (RFC 7592 §2.2), because stored rows have null
 * columns.
 */
export function readRegisteredMembers(object: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
}
