import { installedVersion, isBefore } from '../../node/installed-version.js';
import type { OidcProviderInstance } from './provider.js';

/**
 * Checks that a provider has the client class of version 8 or newer. In version 7, the method of a client depends on
 * the endpoint.
 *
 * @throws TypeError that names both versions
 */
export function checkProvider(provider: OidcProviderInstance): void {
  const { Client } = Object(provider) as Partial<OidcProviderInstance>;
  if (typeof Client?.find !== 'function') throw new TypeError('provider must be a Provider of oidc-provider');
  const { prototype } = Client as { readonly prototype?: object };
  if (prototype !== undefined && !('clientAuthMethod' in prototype))
    throw unsupportedProvider('oauth-mtls/oidc-provider', '8');
}

/** The error for a feature that requires a newer oidc-provider. */
export function unsupportedProvider(part: string, major: string): TypeError {
  const found = installedVersion('oidc-provider');
  // the provider may be from another copy of the package than the one found
  const older = found !== undefined && isBefore(found, major) ? `version ${found}` : 'an older version';
  return new TypeError(`${part} requires oidc-provider ${major} or newer, but ${older} is installed`);
}
