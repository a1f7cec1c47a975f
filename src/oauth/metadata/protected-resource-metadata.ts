import { checkOptions } from '../../options.js';
import { parseHttpsUrl } from './endpoint-url.js';

export interface ResourceMetadataOptions {
  /** The identifier of the protected resource: an `https` URL without fragment. */
  readonly resource: string;
  /** Issuers whose tokens the resource accepts. */
  readonly authorizationServers?: readonly string[];
  /** Whether the resource accepts certificate-bound access tokens. Default false, as in RFC 9728 §2. */
  readonly certificateBoundAccessTokens?: boolean;
}

/** Members to publish in the resource's metadata document. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly tls_client_certificate_bound_access_tokens: boolean;
}

/**
 * Returns the metadata document of a protected resource (RFC 9728). From it a client learns before the handshake that
 * it must present the certificate of its tokens. Publish it at `/.well-known/oauth-protected-resource`, followed by the
 * path of the resource.
 *
 * @example
 * ```ts
 * import { protectedResourceMetadata } from 'oauth-mtls';
 * const document = protectedResourceMetadata({
 *   resource: 'https://api.example',
 *   authorizationServers: ['https://as.example'],
 *   certificateBoundAccessTokens: true,
 * });
 * ```
 * @throws TypeError for a resource or issuer that is not an absolute https URL
 * @see RFC 9728 §2, RFC 8705 §3
 */
export function protectedResourceMetadata(options: ResourceMetadataOptions): ResourceMetadata {
  checkOptions<ResourceMetadataOptions>(
    options,
    { resource: 'string', authorizationServers: 'strings', certificateBoundAccessTokens: 'boolean' },
    ['resource'],
  );
  const { resource, authorizationServers, certificateBoundAccessTokens = false } = options;
  for (const url of [resource, ...(authorizationServers ?? [])]) {
    if (parseHttpsUrl(url) === undefined) throw new TypeError('Resources and issuers must be absolute https URLs');
  }
  return {
    resource,
    ...(authorizationServers && { authorization_servers: [...authorizationServers] }),
    bearer_methods_supported: ['header'],
    tls_client_certificate_bound_access_tokens: certificateBoundAccessTokens,
  };
}
