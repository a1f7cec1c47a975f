/**
 * The client authentication methods in which a client presents a certificate: those of RFC 8705, and `spiffe_x509` of
 * draft-ietf-oauth-spiffe-client-auth-02, which is experimental.
 */
export const mutualTlsMethods = Object.freeze([
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'spiffe_x509',
] as const);

/** A client authentication method in which a client presents a certificate. */
export type MutualTlsMethod = (typeof mutualTlsMethods)[number];

/**
 * Returns whether a `token_endpoint_auth_method` is one of {@link mutualTlsMethods}.
 */
export function isMutualTlsMethod(method: string): method is MutualTlsMethod {
  return mutualTlsMethods.some((known) => known === method);
}
