import { toHex } from '../encoding/bytes.js';
import type { CertificateRevocationList } from './revocation/crl.js';
import type { VerifierSettings } from './verifier-options.js';

/** The first times at which a part of a verifier stops to work. */
export interface Expiry {
  /** Of the trust anchors. */
  readonly anchor: Date;
  /** Of the CRLs, each of which counts until the last one of its issuer and scope. */
  readonly crl: Date | undefined;
}

/** When the first anchor expires, and the first CRL that no other takes the place of. */
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

/** The same for CRLs of one issuer and one scope, of which the later one takes the place of the earlier one. */
export function crlKey({ issuerDer, scopeDer, baseNumber }: CertificateRevocationList): string {
  const kind = baseNumber === undefined ? 'complete' : 'delta';
  return [kind, toHex(issuerDer, 0, issuerDer.length), toHex(scopeDer, 0, scopeDer.length)].join(':');
}
