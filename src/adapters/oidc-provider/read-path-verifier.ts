import type { PathVerifier } from '../../oauth/client/authenticate-client.js';
import { createClientPathVerifiers } from '../../oauth/client/client-path-verifiers.js';
import { checkOption } from '../../options.js';
import { createPathVerifier } from '../../pki/path-verifier.js';
import type { CertificateInput } from '../../x509/certificate.js';

/** The options of the feature that determine the trust anchors. */
interface TrustOptions {
  readonly trustAnchors?: readonly CertificateInput[] | undefined;
  readonly intermediates?: readonly CertificateInput[] | undefined;
  readonly pathVerifier?: PathVerifier | ((clientId: string) => PathVerifier | undefined) | undefined;
}

/**
 * Returns the lookup of a client's verifier. It returns undefined if the TLS layer must have validated the chain.
 *
 * @throws TypeError for options that cannot be combined
 */
export function readPathVerifier(options: TrustOptions): (clientId: string) => PathVerifier | undefined {
  const { trustAnchors, intermediates, pathVerifier } = options;
  if (trustAnchors !== undefined && pathVerifier !== undefined)
    throw new TypeError('Options "trustAnchors" and "pathVerifier" cannot be combined');
  if (trustAnchors === undefined && intermediates !== undefined)
    throw new TypeError('Option "intermediates" requires option "trustAnchors"');
  if (typeof pathVerifier === 'function') return createClientPathVerifiers(pathVerifier);
  if (pathVerifier !== undefined) checkOption('pathVerifier', pathVerifier, { method: 'verify' });
  const one = trustAnchors === undefined ? pathVerifier : createPathVerifier({ trustAnchors, intermediates });
  return () => one;
}
