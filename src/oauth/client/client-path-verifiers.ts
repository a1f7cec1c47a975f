import { MtlsError } from '../../errors.js';
import type { PathVerifier } from './authenticate-client.js';

/** Without it, a client that is not in the table would be left to the verdict of the TLS layer. */
const NOBODY: PathVerifier = Object.freeze({
  verify: () => Promise.reject(new MtlsError('ERR_CLIENT_TRUST_ANCHORS')),
});

/**
 * Trust anchors of their own for each client of `tls_client_auth`: a subject counts only under the authorities
 * that certify this client. A client for which there is no verifier is refused.
 *
 * A verifier of `createPathVerifier` knows its anchors by their keys: an authority that merely bears the same name
 * does not pass, and one that renews its certificate, with the same name and key, does.
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
 * @throws MtlsError ERR_CLIENT_TRUST_ANCHORS from the verifier of a client that has none
 * @throws TypeError for a table that is neither a Map nor a function
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
