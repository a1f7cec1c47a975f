/** Values by key, bounded in number and in time. Times are in seconds. */
export interface ExpiringCache<Value> {
  get(key: string, now: number): Value | undefined;
  /** Keeps a value for the cache's time, never beyond `expiresAt`. */
  set(key: string, value: Value, now: number, expiresAt?: number): void;
  delete(key: string): void;
}

/**
 * A cache of at most `maxEntries`; the one that was not asked for longest goes first. Zero entries keep nothing.
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
      // a clock that was set back makes nothing last longer
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
