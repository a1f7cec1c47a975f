import { mutualTlsMethods, type MutualTlsMethod } from '../../oauth/mutual-tls-method.js';
import type { OidcProviderContext } from './provider.js';

/**
 * Lists the offered methods in the discovery document. oidc-provider does not implement `spiffe_x509` and lists
 * `tls_client_auth` instead.
 *
 * @see draft-ietf-oauth-spiffe-client-auth-02 §4
 */
export function publishMethods(ctx: OidcProviderContext, offered: readonly MutualTlsMethod[]): void {
  const document = ctx.body;
  if (typeof document !== 'object' || document === null) return;
  const lists = Object.entries(document).filter(
    (member): member is [string, unknown[]] =>
      member[0].endsWith('_endpoint_auth_methods_supported') && Array.isArray(member[1]),
  );
  const written = lists.map(([name, list]) => [name, [...list.filter((method) => !isMutualTls(method)), ...offered]]);
  ctx.body = { ...document, ...(Object.fromEntries(written) as object) };
}

function isMutualTls(method: unknown): boolean {
  return mutualTlsMethods.some((known) => known === method);
}
