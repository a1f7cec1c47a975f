import { isDirectEndpoint } from '../../oauth/metadata/endpoint-url.js';

/**
 * RFC 8705 §5: adds the aliases of the endpoints that a discovery document has. Only their paths are read: behind a
 * proxy that oidc-provider does not trust, the document has `http` URLs.
 */
export function publishAliases(ctx: { body: unknown }, mtlsOrigin: string): void {
  const document = ctx.body;
  if (typeof document !== 'object' || document === null) return;
  const aliases = Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
    if (!isDirectEndpoint(name) || typeof value !== 'string' || !URL.canParse(value)) return [];
    const { pathname, search } = new URL(value);
    // set, not resolved: a path that starts with two slashes would name a host
    return [[name, Object.assign(new URL(mtlsOrigin), { pathname, search }).href] as const];
  });
  ctx.body = { ...document, mtls_endpoint_aliases: Object.fromEntries(aliases) };
}
