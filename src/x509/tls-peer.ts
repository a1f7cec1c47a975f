/** What is read of Node's `TLSSocket` to judge what it says of the peer's certificate. */
export interface TlsPeer {
  readonly authorized?: boolean;
  readonly authorizationError?: unknown;
}

/**
 * Whether the TLS layer has verified the chain of the certificate that the connection tells. After a TLS 1.2
 * renegotiation with a certificate that it cannot verify, Node goes on to say `authorized` of the one before, and tells
 * the new one; only `authorizationError` gives it away.
 */
export function isAuthorized({ authorized, authorizationError }: TlsPeer): boolean {
  return authorized === true && (authorizationError === undefined || authorizationError === null);
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
