import { createPresented, type PresentedCertificate } from '../presented/presented-certificate.js';

/** The trust anchors that a server has for a time. */
export interface AnchorSet {
  /** Whether a verdict under these anchors still counts. */
  isCurrent(): boolean;
}

/** On a TLS socket: the anchors under which Node has validated the peer's chain; on a server: the first ones. */
const key = Symbol('oauth-mtls.anchor-set');
interface Marked {
  readonly [key]?: AnchorSet;
  readonly server?: { readonly [key]?: AnchorSet };
}

const anchorSets = new WeakMap<PresentedCertificate, AnchorSet>();

/** States under which anchors the handshake of a connection takes place, or all handshakes of a server so far. */
export function setAnchorSet(target: object, anchorSet: AnchorSet): void {
  (target as { [key]?: AnchorSet })[key] = anchorSet;
}

/** Remembers under which anchors a certificate was verified. The connection may be the proxy of HTTP/2. */
export function rememberAnchors(presented: PresentedCertificate, connection: object): PresentedCertificate {
  const { server, [key]: anchorSet = server?.[key] } = connection as Marked;
  if (anchorSet !== undefined) anchorSets.set(presented, anchorSet);
  return presented;
}

/** The same certificate, no longer `verified` once the anchors have been replaced. */
export function withCurrentVerdict(presented: PresentedCertificate): PresentedCertificate {
  if (presented.verification !== 'verified' || anchorSets.get(presented)?.isCurrent() !== false) return presented;
  const { certificate, intermediates, source } = presented;
  return createPresented({ certificate, intermediates, source, verification: 'unknown' });
}
