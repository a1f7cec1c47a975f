import { checkOptions } from '../options.js';
import { JWKS_OPTIONS, remoteJwks, type RemoteJwks, type RemoteJwksOptions } from './remote-jwks.js';

export interface JwksSourcesOptions extends RemoteJwksOptions {
  /**
   * Maximum number of sources. The least recently used source is removed first. Default 1000: some hundred megabytes if
   * each client fills its set up to `maxBytes`.
   */
  readonly maxSources?: number;
}

/**
 * Creates a function that keeps a {@link remoteJwks} for each `jwks_uri`, so that its cache and its cool-down persist
 * across requests. After a change of its `jwks_uri` a client immediately has another source. Without a `jwks_uri` there
 * is none.
 *
 * @example
 * ```ts
 * import { authenticateClient, type MtlsClientMetadata, type PresentedCertificate } from 'oauth-mtls';
 * import { createJwksSources } from 'oauth-mtls/jwks';
 * const sources = createJwksSources();
 * export async function authenticate(presented: PresentedCertificate | undefined, client: MtlsClientMetadata) {
 *   const { jwks_uri: uri } = client;
 *   return authenticateClient(presented, client, { jwksSource: sources(uri) });
 * }
 * ```
 * @throws MtlsError ERR_JWKS_URI from the returned function
 * @throws TypeError for an option of the wrong type
 */
export function createJwksSources(options: JwksSourcesOptions = {}): {
  (uri: string): RemoteJwks;
  (uri: string | undefined): RemoteJwks | undefined;
} {
  checkOptions<JwksSourcesOptions>(options, { ...JWKS_OPTIONS, maxSources: 'positive' });
  const { maxSources = 1000, ...sourceOptions } = options;
  const sources = new Map<string, RemoteJwks>();
  function find(uri: string): RemoteJwks;
  function find(uri: string | undefined): RemoteJwks | undefined;
  function find(uri: string | undefined): RemoteJwks | undefined {
    if (uri === undefined) return undefined;
    const source = sources.get(uri) ?? remoteJwks(uri, sourceOptions);
    sources.delete(uri);
    sources.set(uri, source);
    const [oldest] = sources.keys();
    if (sources.size > maxSources) sources.delete(oldest!);
    return source;
  }
  return find;
}
