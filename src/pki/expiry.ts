import { toHex } from '../encoding/bytes.js';
import type { CertificateRevocationList } from './revocation/crl.js';
import type { VerifierSettings } from './verifier-options.js';

/** The first expirations of the parts of a verifier. */
export interface Expiry {
  /** Of the trust anchors. */
  readonly anchor: Date;
  /** Of the CRLs. Of several CRLs of one issuer and scope, only the last counts. */
  readonly crl: Date | undefined;
}

/** Returns when the first anchor expires, and the first CRL without a later one. */
export function expiryOf({ anchors, crls }: Pick<VerifierSettings, 'anchors' | 'crls'>): Expiry {
  const last = new Map<string, number>();
  for (const crl of crls) {
    const key = crlKey(crl);
    last.set(key, Math.max(last.get(key) ?? -Infinity, crl.nextUpdate));
  }
  return {
    anchor: new Date(Math.min(...anchors.map(({ certificate }) => certificate.notAfter.getTime()))),
    crl: last.size === 0 ? undefined : new Date(Math.max(Math.min(...last.values()), 0)),
  };
}

/** Returns the same key for CRLs of one issuer and one scope, where the later one replaces the earlier one. */
export function crlKey({ issuerDer, scopeDer, baseNumber }: CertificateRevocationList): string {
  const kind = baseNumber === undefined ? 'complete' : 'delta';
  return [kind, toHex(issuerDer, 0, issuerDer.length), toHex(scopeDer, 0, scopeDer.length)].join(':');
}
