/** Values by key, limited in number and in age. Times are in seconds. */
export interface ExpiringCache<Value> {
  get(key: string, now: number): Value | undefined;
  /** Keeps a value for the maximum age of the cache, but not beyond `expiresAt`. */
  set(key: string, value: Value, now: number, expiresAt?: number): void;
  delete(key: string): void;
}

/**
 * Creates a cache of at most `maxEntries`. The least recently used entry is removed first. With zero entries, nothing
 * is kept.
 *
 * @param maxAge in seconds
 */
export function createExpiringCache<Value>(maxEntries: number, maxAge: number): ExpiringCache<Value> {
  const entries = new Map<string, { value: Value; from: number; until: number }>();
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      // a clock that was set back must not extend an entry
      if (now < entry.from || now >= entry.until) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, now, expiresAt = Infinity) {
      entries.delete(key);
      entries.set(key, { value, from: now, until: Math.min(now + maxAge, expiresAt) });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries) entries.delete(oldest!);
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
