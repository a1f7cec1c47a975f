/** Freezes a JSON value and everything in it, at any depth. */
export function deepFreeze<T>(value: T): T {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const member of Object.values(Object.freeze(next))) open.push(member);
  }
  return value;
}
