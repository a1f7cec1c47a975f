import { MtlsError } from '../../errors.js';
import type { PathVerifier } from './authenticate-client.js';

/** Without it, the verdict of the TLS layer would decide about a client that is not in the table. */
const NOBODY: PathVerifier = Object.freeze({
  verify: () => Promise.reject(new MtlsError('ERR_CLIENT_TRUST_ANCHORS')),
});

/**
 * Creates a lookup of path verifiers by client, so that each `tls_client_auth` client has its own trust anchors. A
 * subject counts only under the authorities configured for this client. A client without a verifier is refused.
 *
 * A verifier of `createPathVerifier` identifies its anchors by name and key: another authority of the same name is not
 * trusted, and a renewed certificate with the same name and key is.
 *
 * @example
 * ```ts
 * import { authenticateClient, createClientPathVerifiers } from 'oauth-mtls';
 * import type { MtlsClientMetadata, PresentedCertificate } from 'oauth-mtls';
 * import { createPathVerifier } from 'oauth-mtls/pki';
 * declare const acmeAuthority: string, initechAuthority: string;
 * const pathVerifierOf = createClientPathVerifiers(
 *   new Map([
 *     ['acme', createPathVerifier({ trustAnchors: [acmeAuthority] })],
 *     ['initech', createPathVerifier({ trustAnchors: [initechAuthority] })],
 *   ]),
 * );
 * export const authenticate = (presented: PresentedCertificate, clientId: string, client: MtlsClientMetadata) =>
 *   authenticateClient(presented, client, { pathVerifier: pathVerifierOf(clientId) });
 * ```
 * @throws MtlsError ERR_CLIENT_TRUST_ANCHORS, when a client without a verifier is authenticated
 * @throws TypeError if `verifiers` is neither a Map nor a function
 * @see RFC 8705 §7.4
 */
export function createClientPathVerifiers(
  verifiers: ReadonlyMap<string, PathVerifier> | ((clientId: string) => PathVerifier | undefined),
): (clientId: string) => PathVerifier {
  if (typeof verifiers === 'function') return (clientId) => verifiers(clientId) ?? NOBODY;
  if (!((verifiers as unknown) instanceof Map))
    throw new TypeError('Argument "verifiers" must be a Map or a function of the client_id');
  return (clientId) => verifiers.get(clientId) ?? NOBODY;
}
