import type { Verification } from './presented-certificate.js';

/** What is read of Node's `TLSSocket` to judge what it says of the peer's certificate. */
export interface TlsPeer {
  readonly authorized?: boolean;
  readonly authorizationError?: unknown;
  readonly isSessionReused?: () => boolean;
}

/**
 * What the TLS layer has said of the chain of the certificate that the connection tells; of none, it may say anything
 * (nodejs/node#35317).
 *
 * After a TLS 1.2 renegotiation with a certificate that it cannot verify, Node goes on to say `authorized` of the one
 * before, and tells the new one; only `authorizationError` gives it away. Deno says `authorized` of every certificate
 * once its session is resumed, of expired and self-signed ones too: there a resumed session says nothing.
 */
export function readVerification(peer: TlsPeer): Verification {
  if ('Deno' in globalThis && peer.isSessionReused?.() !== false) return 'unknown';
  const { authorized, authorizationError } = peer;
  return authorized === true && (authorizationError === undefined || authorizationError === null)
    ? 'verified'
    : 'unverified';
}

/**
 * Whether a renegotiation has begun on the connection (TLS 1.2 and before). From then on until it ends, it may tell
 * a certificate whose key nobody has proven to hold: OpenSSL takes it over before the peer signs (RFC 5246 §7.4.8).
 * Node has no public member that says so.
 */
export function hasRenegotiated(peer: TlsPeer): boolean {
  const { _handle: handle } = peer as { _handle?: { readonly handshakes?: number } | null };
  return (handle?.handshakes ?? 0) > 0;
}
