import { isDirectEndpoint } from '../../oauth/metadata/endpoint-url.js';

/**
 * Adds the aliases of the endpoints in a discovery document (RFC 8705 §5). Only the paths of the endpoints are read,
 * because the document has `http` URLs behind a proxy that oidc-provider does not trust.
 */
export function publishAliases(ctx: { body: unknown }, mtlsOrigin: string): void {
  const document = ctx.body;
  if (typeof document !== 'object' || document === null) return;
  const aliases = Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
    if (!isDirectEndpoint(name) || typeof value !== 'string' || !URL.canParse(value)) return [];
    const { pathname, search } = new URL(value);
    // assigned, not resolved: a path that starts with two slashes would become a host
    return [[name, Object.assign(new URL(mtlsOrigin), { pathname, search }).href] as const];
  });
  ctx.body = { ...document, mtls_endpoint_aliases: Object.fromEntries(aliases) };
}
