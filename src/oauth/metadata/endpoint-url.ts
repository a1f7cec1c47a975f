import { hasCredentials } from '../../errors/without-credentials.js';

/** Endpoints that a browser visits. RFC 8705 §5 defines aliases for those that a client calls. */
const VISITED_BY_BROWSERS: ReadonlySet<string> = new Set(['authorization_endpoint', 'end_session_endpoint']);

/** Whether a member of server metadata is an endpoint to which clients make direct requests (RFC 8705 §5). */
export function isDirectEndpoint(name: string): boolean {
  return name.endsWith('_endpoint') && !VISITED_BY_BROWSERS.has(name);
}

/** What `URL` removes or rewrites: white space, control characters, and backslashes. */
const REWRITTEN = /[\u0000-\u0020\u007f\\]/;

/**
 * Parses an absolute https URL without credentials and fragment (RFC 6749 §3.2). Undefined for anything else, including
 * text that `URL` repairs, such as `https:/as.example`: others compare it unchanged, or read it as another URL.
 */
export function parseHttpsUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || !/^https:\/\/[^/]/i.test(value) || REWRITTEN.test(value)) return undefined;
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  // URL does not expose an empty fragment
  const bare = !hasCredentials(url) && !value.includes('#');
  return url.protocol === 'https:' && bare ? url : undefined;
}
