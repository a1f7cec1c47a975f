import { checkOptions } from '../options.js';
import { JWKS_OPTIONS, remoteJwks, type RemoteJwks, type RemoteJwksOptions } from './remote-jwks.js';

export interface JwksSourcesOptions extends RemoteJwksOptions {
  /**
   * Most sources that are kept; the one that has not been asked for longest goes first. Default 1000: some hundred
   * megabytes, if each client fills its set to `maxBytes`.
   */
  readonly maxSources?: number;
}

/**
 * Keeps a {@link remoteJwks} for each `jwks_uri`, so that its cache and its cool-down outlive a request. A
 * client whose `jwks_uri` has changed gets another source at once; one without a `jwks_uri` gets none.
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
 * @throws MtlsError ERR_JWKS_URI from the function that is returned
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
