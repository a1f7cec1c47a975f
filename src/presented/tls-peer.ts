import type { Verification } from './presented-certificate.js';

/** What is read of Node's `TLSSocket` to judge its verdict on the peer's certificate. */
export interface TlsPeer {
  readonly authorized?: boolean;
  readonly authorizationError?: unknown;
  readonly isSessionReused?: () => boolean;
  /** The server that accepted the connection. */
  readonly server?: unknown;
}

/** Members of Node's `TLSSocket` and `tls.Server` that are not public. */
interface NodeInternals {
  /** What the connection was accepted with. */
  readonly _tlsOptions?: { readonly secureContext?: unknown };
  /** Set where a server name may choose another context: by `addContext` or the option `SNICallback`. */
  readonly _SNICallback?: unknown;
  readonly _handle?: { readonly handshakes?: number; readonly sni_context?: unknown } | null;
  readonly server?: { readonly _sharedCreds?: unknown; readonly ca?: unknown; readonly pfx?: unknown };
}

/**
 * The TLS layer's verdict on the peer's chain. Meaningless without a peer certificate
 * (nodejs/node#35317).
 *
 * After a TLS 1.2 renegotiation with a certificate that it cannot verify, Node goes on to say `authorized` of the one
 * before, and exposes the new one; only `authorizationError` shows it. Deno reports `authorized` for every certificate
 * once its session is resumed, of expired and self-signed ones too: there a resumed session says nothing.
 */
export function readVerification(peer: TlsPeer): Verification {
  if ('Deno' in globalThis && peer.isSessionReused?.() !== false) return 'unknown';
  const { authorized, authorizationError } = peer;
  if (authorized !== true || (authorizationError !== undefined && authorizationError !== null)) return 'unverified';
  return knowsOnlyNamedRoots(peer) ? 'verified' : 'unknown';
}

/**
 * Whether the trust anchors of the connection are those of the server's `ca`. Node trusts the public web's roots where
 * a context has no `ca`, as after `server.setSecureContext({ key, cert })`, and the authorities in a `pfx` too. Of a
 * context that was chosen by server name, the trust anchors cannot be read, and its TLS 1.3 sessions go on at other
 * names.
 */
function knowsOnlyNamedRoots(peer: TlsPeer): boolean {
  const { _tlsOptions: accepted, _SNICallback: byName, _handle: handle, server } = peer as NodeInternals;
  // not Node's; Deno has some of these members with other content
  if ('Deno' in globalThis || server?._sharedCreds === undefined) return true;
  // the context has been replaced since the handshake; Bun does not keep the one that a connection came with
  if (!('Bun' in globalThis) && accepted?.secureContext !== server._sharedCreds) return false;
  if (server.ca === undefined || server.ca === '' || server.pfx !== undefined) return false;
  const chosenByName = byName !== undefined && byName !== null;
  return !chosenByName || (handle?.sni_context === undefined && peer.isSessionReused?.() === false);
}

/**
 * Node's code for what is wrong with the chain, such as `INVALID_PURPOSE`; for logs, as runtimes have codes of their
 * own.
 */
export function readReason({ authorizationError: error }: TlsPeer): string | undefined {
  const code: unknown = error instanceof Error ? ((error as { code?: unknown }).code ?? error.message) : error;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Whether a renegotiation has begun on the connection (TLS 1.2 and before). Until it ends, it may expose
 * a certificate before the client has proved possession of its key: OpenSSL takes it over before the peer signs (RFC
 * 5246 §7.4.8). Node has no public member that says so.
 */
export function hasRenegotiated(peer: TlsPeer): boolean {
  const { _handle: handle } = peer as NodeInternals;
  return (handle?.handshakes ?? 0) > 0;
}
