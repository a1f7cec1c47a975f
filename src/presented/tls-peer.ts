import type { Verification } from './presented-certificate.js';

/** The members of Node's `TLSSocket` that determine its verdict on the peer's certificate. */
export interface TlsPeer {
  readonly authorized?: boolean;
  readonly authorizationError?: unknown;
  readonly isSessionReused?: () => boolean;
  /** The server that accepted the connection. */
  readonly server?: unknown;
}

/** Members of Node's `TLSSocket` and `tls.Server` that are not public. */
interface NodeInternals {
  /** The options with which the connection was accepted. */
  readonly _tlsOptions?: { readonly secureContext?: unknown };
  /** Set if a server name may select another context, by `addContext` or the option `SNICallback`. */
  readonly _SNICallback?: unknown;
  readonly _handle?: { readonly handshakes?: number; readonly sni_context?: unknown } | null;
  readonly server?: { readonly _sharedCreds?: unknown; readonly ca?: unknown; readonly pfx?: unknown };
}

/**
 * Returns the TLS layer's verdict on the peer's chain. Meaningless without a peer certificate (nodejs/node#35317).
 *
 * After a TLS 1.2 renegotiation with a certificate that it cannot verify, Node exposes the new certificate but keeps
 * the `authorized` of the previous one; only `authorizationError` changes. On resumed sessions Deno reports
 * `authorized` for every certificate, including expired and self-signed ones, so the verdict is unknown there.
 */
export function readVerification(peer: TlsPeer): Verification {
  if ('Deno' in globalThis && peer.isSessionReused?.() !== false) return 'unknown';
  const { authorized, authorizationError } = peer;
  if (authorized !== true || (authorizationError !== undefined && authorizationError !== null)) return 'unverified';
  return knowsOnlyNamedRoots(peer) ? 'verified' : 'unknown';
}

/**
 * Whether the trust anchors of the connection are those of the server's `ca`. Without `ca`, as after
 * `server.setSecureContext({ key, cert })`, a context trusts the roots of the public web. It also trusts the
 * authorities in a `pfx`. The trust anchors of a context that was selected by server name cannot be read, and its TLS
 * 1.3 sessions can be resumed under other names.
 */
function knowsOnlyNamedRoots(peer: TlsPeer): boolean {
  const { _tlsOptions: accepted, _SNICallback: byName, _handle: handle, server } = peer as NodeInternals;
  // not Node.js; Deno has some of these members with other content
  if ('Deno' in globalThis || server?._sharedCreds === undefined) return true;
  // the context was replaced since the handshake; Bun does not keep the context of a connection
  if (!('Bun' in globalThis) && accepted?.secureContext !== server._sharedCreds) return false;
  if (server.ca === undefined || server.ca === '' || server.pfx !== undefined) return false;
  const chosenByName = byName !== undefined && byName !== null;
  return !chosenByName || (handle?.sni_context === undefined && peer.isSessionReused?.() === false);
}

/**
 * Returns Node's code for the fault of the chain, such as `INVALID_PURPOSE`. For logs only, because codes differ
 * between runtimes.
 */
export function readReason({ authorizationError: error }: TlsPeer): string | undefined {
  const code: unknown = error instanceof Error ? ((error as { code?: unknown }).code ?? error.message) : error;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Returns whether a renegotiation has begun on the connection (TLS 1.2 and earlier). During it, the connection may
 * expose a certificate before the client has proved possession of its key, because OpenSSL replaces the certificate
 * before the peer signs (RFC 5246 §7.4.8). Node has no public member for this.
 */
export function hasRenegotiated(peer: TlsPeer): boolean {
  const { _handle: handle } = peer as NodeInternals;
  return (handle?.handshakes ?? 0) > 0;
}
