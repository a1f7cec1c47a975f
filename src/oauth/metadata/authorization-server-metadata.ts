import { checkOptions } from '../../options.js';
import { isDirectEndpoint, parseHttpsUrl } from './endpoint-url.js';
import { mutualTlsMethods, type MutualTlsMethod } from '../mutual-tls-method.js';

export interface ServerMetadataOptions {
  /** The methods that the server supports, in addition to those in `metadata`. */
  readonly methods?: readonly MutualTlsMethod[];
  /** Whether access tokens can be bound to certificates. Default false, as in RFC 8705 §3.3. */
  readonly certificateBoundAccessTokens?: boolean;
  /** The server's metadata so far (RFC 8414 §2). */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /**
   * The `https` origin at which the same paths request a certificate, such as `https://mtls.example.com`. Without it,
   * no aliases are published.
   */
  readonly mtlsOrigin?: string | undefined;
  /**
   * The issuer for mutual TLS, if it is a separate one. Published as `mtls_issuer`, which no RFC defines but some
   * servers and clients support.
   */
  readonly mtlsIssuer?: string | undefined;
}

/** Members to publish in the server's metadata document. */
export interface ServerMetadata {
  readonly tls_client_certificate_bound_access_tokens: boolean;
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly introspection_endpoint_auth_methods_supported?: readonly string[];
  readonly revocation_endpoint_auth_methods_supported?: readonly string[];
  readonly mtls_endpoint_aliases?: Readonly<Record<string, string>>;
  readonly mtls_issuer?: string;
}

/**
 * Returns the members of authorization server metadata (RFC 8414) that RFC 8705 defines, and those that list its
 * methods, to be merged into the published document.
 *
 * Aliases are created for existing endpoints that clients call directly, never for the authorization endpoint. The
 * methods are added to those in `metadata`. If it lists none, they are the only ones.
 *
 * Does not check: that a server listens at `mtlsOrigin`.
 *
 * @example
 * ```ts
 * import { authorizationServerMetadata } from 'oauth-mtls';
 * const metadata = {
 *   issuer: 'https://as.example',
 *   token_endpoint: 'https://as.example/token',
 *   token_endpoint_auth_methods_supported: ['private_key_jwt'],
 * };
 * const document = {
 *   ...metadata,
 *   ...authorizationServerMetadata({
 *     methods: ['tls_client_auth'],
 *     certificateBoundAccessTokens: true,
 *     metadata,
 *     mtlsOrigin: 'https://mtls.as.example',
 *   }),
 * };
 * ```
 * @throws TypeError for an endpoint, origin or issuer that is not an absolute https URL
 * @see RFC 8705 §3.3, §5, RFC 8414 §2
 */
export function authorizationServerMetadata(options: ServerMetadataOptions = {}): ServerMetadata {
  checkOptions<ServerMetadataOptions>(options, {
    methods: { arrayOf: mutualTlsMethods },
    certificateBoundAccessTokens: 'boolean',
    metadata: 'object',
    mtlsOrigin: 'string',
    mtlsIssuer: 'string',
  });
  const { methods = [], certificateBoundAccessTokens = false, metadata = {}, mtlsOrigin, mtlsIssuer } = options;
  const aliases = mtlsOrigin === undefined ? {} : endpointAliases(metadata, mtlsOrigin);
  return {
    tls_client_certificate_bound_access_tokens: certificateBoundAccessTokens,
    ...(metadata['introspection_endpoint'] !== undefined && {
      introspection_endpoint_auth_methods_supported: allMethods(
        metadata['introspection_endpoint_auth_methods_supported'],
        methods,
      ),
    }),
    ...(metadata['revocation_endpoint'] !== undefined && {
      revocation_endpoint_auth_methods_supported: allMethods(
        metadata['revocation_endpoint_auth_methods_supported'],
        methods,
      ),
    }),
    token_endpoint_auth_methods_supported: allMethods(metadata['token_endpoint_auth_methods_supported'], methods),
    // RFC 8705 §5: one or more endpoints
    ...(Object.keys(aliases).length > 0 && { mtls_endpoint_aliases: aliases }),
    ...(mtlsIssuer !== undefined && { mtls_issuer: issuer(mtlsIssuer) }),
  };
}

/** RFC 8705 §5: the endpoints that clients call, at another origin. A member that is undefined is absent. */
function endpointAliases(metadata: Readonly<Record<string, unknown>>, mtlsOrigin: string): Record<string, string> {
  const origin = httpsUrl(mtlsOrigin);
  if (origin.pathname !== '/' || origin.search !== '')
    throw new TypeError('Option "mtlsOrigin" must be an origin without path and query');
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([name, value]) => isDirectEndpoint(name) && value !== undefined)
      .map(([name, value]) => {
        const { pathname, search } = httpsUrl(value);
        // assigned, not resolved: a path that starts with two slashes would become a host
        return [name, Object.assign(new URL(origin), { pathname, search }).href];
      }),
  );
}

function allMethods(listed: unknown, methods: readonly MutualTlsMethod[]): string[] {
  if (listed !== undefined && !Array.isArray(listed))
    throw new TypeError('The authentication methods of an endpoint must be an array');
  return [...new Set([...((listed ?? []) as string[]), ...methods])];
}

/** RFC 8414 §2: an issuer has no query. */
function issuer(value: string): string {
  if (httpsUrl(value).search !== '') throw new TypeError('An issuer must not have a query');
  return value;
}

function httpsUrl(value: unknown): URL {
  const url = parseHttpsUrl(value);
  if (url === undefined) throw new TypeError('Endpoints, issuers and origins must be absolute https URLs');
  return url;
}
