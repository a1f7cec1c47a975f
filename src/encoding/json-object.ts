/**
 * Whether a value is a parsed JSON object: neither null, an array or another collection (Map, Headers, Buffer), nor a
 * promise. Members that are looked for in one of those are absent, which may mean that a token is not bound.
 */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) return false;
  return typeof (value as { readonly then?: unknown }).then !== 'function';
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
