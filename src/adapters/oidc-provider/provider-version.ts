import { installedVersion, isBefore } from '../../node/installed-version.js';
import type { OidcProviderInstance } from './provider.js';

/**
 * Checks that a provider has clients as they are since version 8. In version 7, the method of a client depends on the
 * endpoint.
 *
 * @throws TypeError that names both versions
 */
export function checkProvider({ Client }: OidcProviderInstance): void {
  const { prototype } = Client as { readonly prototype?: object };
  if (prototype !== undefined && !('clientAuthMethod' in prototype))
    throw unsupportedProvider('oauth-mtls/oidc-provider', '8');
}

/** For a part that needs a newer oidc-provider than the one that it is given. */
export function unsupportedProvider(part: string, major: string): TypeError {
  const found = installedVersion('oidc-provider');
  // the provider may be of another copy than the one that is found
  const older = found !== undefined && isBefore(found, major) ? `version ${found}` : 'an older version';
  return new TypeError(`${part} requires oidc-provider ${major} or newer, but ${older} is installed`);
}
