/** Endpoints that a browser visits: RFC 8705 §5 gives aliases to those that a client calls. */
const VISITED_BY_BROWSERS: ReadonlySet<string> = new Set(['authorization_endpoint', 'end_session_endpoint']);

/** RFC 8705 §5: whether a member of server metadata names an endpoint that clients make direct requests to. */
export function isDirectEndpoint(name: string): boolean {
  return name.endsWith('_endpoint') && !VISITED_BY_BROWSERS.has(name);
}

/** An absolute https URL without credentials and fragment (RFC 6749 §3.2); undefined for anything else. */
export function parseHttpsUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  // an empty fragment is a fragment too, and URL hides it
  const bare = url.username === '' && url.password === '' && !value.includes('#');
  return url.protocol === 'https:' && bare ? url : undefined;
}
