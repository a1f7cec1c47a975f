import { MtlsError } from '../../errors.js';
import { checkOptions } from '../../options.js';
import { isDirectEndpoint, parseHttpsUrl } from './endpoint-url.js';
import { isJsonObject } from '../../encoding/json-object.js';

export interface ResolveEndpointOptions {
  /** Whether the client uses mutual TLS: to authenticate, to get bound tokens, or to use them. */
  readonly mutualTls: boolean;
}

/**
 * Returns the URL at which a client calls an endpoint of an authorization server.
 *
 * With mutual TLS it is the alias of the same name in `mtls_endpoint_aliases`, if there is one. Otherwise, and for
 * endpoints that browsers visit, it is the URL in the document itself. An invalid alias is an error, because the server
 * might not request a certificate at the other URL.
 *
 * Does not check: that the document belongs to the issuer (RFC 8414 §3.3).
 *
 * @example
 * ```ts
 * import { resolveEndpoint } from 'oauth-mtls';
 * const response = await fetch('https://as.example/.well-known/oauth-authorization-server');
 * const url = resolveEndpoint(await response.json(), 'token_endpoint', { mutualTls: true });
 * ```
 * @throws MtlsError ERR_SERVER_METADATA for an invalid document, aliases or URL, ERR_SERVER_ENDPOINT if the server does
 * not have this endpoint
 * @throws TypeError for a name that does not end in `_endpoint`, or without `mutualTls`
 * @see RFC 8705 §5
 */
export function resolveEndpoint(metadata: unknown, name: string, options: ResolveEndpointOptions): URL {
  checkOptions<ResolveEndpointOptions>(options, { mutualTls: 'boolean' }, ['mutualTls']);
  if (typeof name !== 'string' || !name.endsWith('_endpoint'))
    throw new TypeError('The name of an endpoint must end in _endpoint');
  if (!isJsonObject(metadata)) throw new MtlsError('ERR_SERVER_METADATA', { reason: 'not-an-object' });
  const alias = options.mutualTls && isDirectEndpoint(name) ? member(readAliases(metadata), name) : undefined;
  const value = alias === undefined ? member(metadata, name) : alias;
  if (value === undefined) throw new MtlsError('ERR_SERVER_ENDPOINT', { field: name });
  const url = parseHttpsUrl(value);
  if (url === undefined) {
    throw new MtlsError('ERR_SERVER_METADATA', {
      field: alias === undefined ? name : `mtls_endpoint_aliases.${name}`,
      reason: 'not-https',
    });
  }
  return url;
}

function readAliases(metadata: object): object {
  const aliases = member(metadata, 'mtls_endpoint_aliases');
  if (aliases === undefined) return {};
  if (!isJsonObject(aliases))
    throw new MtlsError('ERR_SERVER_METADATA', { field: 'mtls_endpoint_aliases', reason: 'not-an-object' });
  return aliases;
}

/** Reads an own member. A null, which some servers publish for absence, is a value. */
function member(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
}
