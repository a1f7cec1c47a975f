/** Texts by key, bounded in number and in time. Times are in seconds. */
export interface ExpiringCache {
  get(key: string, now: number): string | undefined;
  /** Keeps a text for the cache's time, never beyond `expiresAt`. */
  set(key: string, text: string, now: number, expiresAt?: number): void;
}

/**
 * A cache of at most `maxEntries`; the one that was not asked for longest goes first. Zero entries keep nothing.
 *
 * @param maxAge in seconds
 * @throws TypeError for a limit that is none
 */
export function createExpiringCache(maxEntries: number, maxAge: number): ExpiringCache {
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 0) throw new TypeError('maxEntries is a number of responses');
  if (!Number.isFinite(maxAge) || maxAge < 0) throw new TypeError('maxAge is a number of seconds');
  const entries = new Map<string, { text: string; from: number; until: number }>();
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      // a clock that was set back makes nothing last longer
      if (now < entry.from || now >= entry.until) return undefined;
      entries.set(key, entry);
      return entry.text;
    },
    set(key, text, now, expiresAt = Infinity) {
      entries.delete(key);
      entries.set(key, { text, from: now, until: Math.min(now + maxAge, expiresAt) });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries) entries.delete(oldest!);
    },
  };
}
