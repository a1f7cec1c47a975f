import { crlKey } from '../pki/expiry.js';
import type { Expiring as ExpiringOf } from '../pki/expiry-notices.js';
import type { ExpiringPart } from './trust-options.js';
import type { TrustState } from './trust-sources.js';

type Expiring = ExpiringOf<ExpiringPart>;

/** The expirations in a state. Of several CRLs of one issuer and scope, only the last counts. */
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
