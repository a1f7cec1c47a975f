/** The two client authentication methods of RFC 8705. */
export type MutualTlsMethod = 'tls_client_auth' | 'self_signed_tls_client_auth';

export interface ServerMetadataOptions {
  /** The methods that the server supports, to be added to those that it has of its own. */
  readonly methods?: readonly MutualTlsMethod[];
  /** Whether access tokens can be bound to certificates. Default false, as in RFC 8705 §3.3. */
  readonly certificateBoundAccessTokens?: boolean;
  /** The server's metadata so far (RFC 8414 §2): its `*_endpoint` members get the aliases. */
  readonly endpoints?: Readonly<Record<string, unknown>>;
  /**
   * The `https` origin where the same paths ask for a certificate, such as `https://mtls.example.com`.
   * Without it no aliases are published.
   */
  readonly mtlsOrigin?: string;
}

/** Members to publish in the server's metadata document. */
export interface ServerMetadata {
  readonly tls_client_certificate_bound_access_tokens: boolean;
  readonly token_endpoint_auth_methods_supported: readonly MutualTlsMethod[];
  readonly mtls_endpoint_aliases?: Readonly<Record<string, string>>;
}

/** Endpoints that a browser visits: RFC 8705 §5 gives aliases to those that a client calls. */
const VISITED_BY_BROWSERS: ReadonlySet<string> = new Set(['authorization_endpoint', 'end_session_endpoint']);

/**
 * The members of authorization server metadata (RFC 8414) that RFC 8705 defines, to be merged into the
 * document that the server publishes.
 *
 * Aliases are made only for endpoints that exist. Not checked: that anything listens at `mtlsOrigin`.
 *
 * @example
 * ```ts
 * import { authorizationServerMetadata } from 'oauth-mtls';
 * const endpoints = { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' };
 * const document = {
 *   ...endpoints,
 *   ...authorizationServerMetadata({
 *     methods: ['tls_client_auth'],
 *     certificateBoundAccessTokens: true,
 *     endpoints,
 *     mtlsOrigin: 'https://mtls.as.example',
 *   }),
 * };
 * ```
 * @throws TypeError for an endpoint or origin that is not an absolute https URL
 * @see RFC 8705 §3.3, §5
 */
export function authorizationServerMetadata(options: ServerMetadataOptions): ServerMetadata {
  const { methods = [], certificateBoundAccessTokens = false, endpoints = {}, mtlsOrigin } = options;
  return {
    tls_client_certificate_bound_access_tokens: certificateBoundAccessTokens,
    token_endpoint_auth_methods_supported: [...methods],
    ...(mtlsOrigin !== undefined && { mtls_endpoint_aliases: aliases(endpoints, httpsUrl(mtlsOrigin)) }),
  };
}

function aliases(endpoints: Readonly<Record<string, unknown>>, origin: URL): Record<string, string> {
  if (origin.pathname !== '/' || origin.search !== '' || origin.hash !== '') {
    throw new TypeError('mtlsOrigin is an origin, without path, query and fragment');
  }
  return Object.fromEntries(
    Object.entries(endpoints)
      .filter(([name]) => name.endsWith('_endpoint') && !VISITED_BY_BROWSERS.has(name))
      .map(([name, value]) => {
        const { pathname, search } = httpsUrl(value);
        return [name, new URL(pathname + search, origin).href];
      }),
  );
}

function httpsUrl(value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'https:') throw new TypeError('Endpoints are absolute https URLs');
  return url;
}
