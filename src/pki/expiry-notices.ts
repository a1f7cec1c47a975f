/** Something that expires. */
export interface Expiring<Part extends string> {
  readonly what: Part;
  /** Distinguishes it from others of its kind and from its replacement. */
  readonly id: string;
  readonly when: Date;
}

const DAY = 86_400_000;
/** Days before expiry. */
const THRESHOLDS = [1, 7, 30];

/** Calls an observer 30, 7 and 1 days before something expires, once for each threshold. */
export class ExpiryNotices<Part extends string> {
  readonly #onExpiring: (expiring: Expiring<Part>) => void;
  /** The smallest threshold for which the observer has been called. */
  #given = new Map<string, number>();

  constructor(onExpiring: (expiring: Expiring<Part>) => void) {
    this.#onExpiring = onExpiring;
  }

  check(all: readonly Expiring<Part>[], now: Date): void {
    const given = new Map<string, number>();
    for (const expiring of all) {
      const key = `${expiring.what} ${expiring.id} ${expiring.when.getTime()}`;
      const before = this.#given.get(key) ?? Infinity;
      const days = (expiring.when.getTime() - now.getTime()) / DAY;
      const threshold = THRESHOLDS.find((each) => days <= each) ?? Infinity;
      given.set(key, Math.min(before, threshold));
      if (threshold < before) this.#onExpiring(expiring);
    }
    this.#given = given;
  }
}
