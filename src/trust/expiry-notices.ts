import { crlKey } from '../pki/expiry.js';
import type { ExpiringPart } from './trust-options.js';
import type { TrustState } from './trust-sources.js';

/** Something that expires. */
export interface Expiring {
  readonly what: ExpiringPart;
  /** Tells it from others of its kind, and from the one that takes its place. */
  readonly id: string;
  readonly when: Date;
}

const DAY = 86_400_000;
/** Days ahead. */
const THRESHOLDS = [1, 7, 30];

/** Calls an observer 30, 7 and 1 days before something expires, once for each. */
export class ExpiryNotices {
  readonly #onExpiring: (expiring: Expiring) => void;
  /** The smallest threshold for which the observer has been called. */
  #given = new Map<string, number>();

  constructor(onExpiring: (expiring: Expiring) => void) {
    this.#onExpiring = onExpiring;
  }

  check(all: readonly Expiring[], now: Date): void {
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

/** Everything that expires in a state: a CRL counts until the last one of its issuer and scope. */
export function expiriesOf({ anchors, intermediates, crls, server, client }: TrustState): Expiring[] {
  const last = new Map<string, number>();
  for (const crl of crls) last.set(crlKey(crl), Math.max(last.get(crlKey(crl)) ?? -Infinity, crl.nextUpdate));
  return [
    ...anchors.map(({ thumbprint, notAfter }): Expiring => ({ what: 'anchor', id: thumbprint, when: notAfter })),
    ...intermediates.map(({ thumbprint, notAfter }): Expiring => ({
      what: 'intermediate',
      id: thumbprint,
      when: notAfter,
    })),
    ...Array.from(last, ([id, when]): Expiring => ({ what: 'crl', id, when: new Date(when) })),
    ...(server ? [{ what: 'server', id: '', when: server.notAfter } as const] : []),
    ...(client ? [{ what: 'client', id: '', when: client.notAfter } as const] : []),
  ];
}
