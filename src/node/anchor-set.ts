import { createPresented, type PresentedCertificate } from '../presented/presented-certificate.js';

/** The trust anchors of a server during a period. */
export interface AnchorSet {
  /** Whether a verdict under these anchors is still valid. */
  isCurrent(): boolean;
}

/** On a TLS socket: the anchors under which Node validated the peer's chain. On a server: its first anchors. */
const key = Symbol('oauth-mtls.anchor-set');
interface Marked {
  readonly [key]?: AnchorSet;
  readonly server?: { readonly [key]?: AnchorSet };
}

const anchorSets = new WeakMap<PresentedCertificate, AnchorSet>();

/** Records the anchors for the handshake of a connection, or for all handshakes of a server so far. */
export function setAnchorSet(target: object, anchorSet: AnchorSet): void {
  (target as { [key]?: AnchorSet })[key] = anchorSet;
}

/** Records the anchors under which a certificate was verified. The connection may be the proxy of HTTP/2. */
export function rememberAnchors(presented: PresentedCertificate, connection: object): PresentedCertificate {
  const { server, [key]: anchorSet = server?.[key] } = connection as Marked;
  if (anchorSet !== undefined) anchorSets.set(presented, anchorSet);
  return presented;
}

/** Returns the same certificate, which is no longer `verified` once the anchors have been replaced. */
export function withCurrentVerdict(presented: PresentedCertificate): PresentedCertificate {
  if (presented.verification !== 'verified' || anchorSets.get(presented)?.isCurrent() !== false) return presented;
  const { certificate, intermediates, source } = presented;
  return createPresented({ certificate, intermediates, source, verification: 'unknown' });
}
