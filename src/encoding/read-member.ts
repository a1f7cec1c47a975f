/**
 * Whether an object or its class has a member. What is on `Object.prototype` is in every object: another fault of the
 * process may have put it there.
 */
export function hasMember(object: object, name: string): boolean {
  if (!(name in object)) return false;
  if (!(name in Object.prototype)) return true;
  for (let each: object | null = object; each !== null && each !== Object.prototype;) {
    if (Object.hasOwn(each, name)) return true;
    each = Object.getPrototypeOf(each) as object | null;
  }
  return false;
}

/** Reads a member of an object or its class. Undefined for one that is on `Object.prototype`. */
export function readMember(object: object, name: string): unknown {
  return hasMember(object, name) ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
}
