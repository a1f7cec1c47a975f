import * as core from 'oauth-mtls';
import { createPathVerifier } from 'oauth-mtls/pki';

import { asyncOutcome } from './outcome.js';
import { presentedBy } from './presented-by.js';

/** @typedef {import('./check.js').Fixtures} Fixtures */
/** @typedef {import('./check.js').Expect} Expect */

const METHOD = 'self_signed_tls_client_auth';

/**
 * Where the runtime has no ML-DSA, no path is valid; a client registers its own certificate all the same.
 *
 * @param {Fixtures} fixtures
 * @param {Expect} expect
 */
export async function checkMlDsa(fixtures, expect) {
  const able = await verifiesMlDsa(fixtures);
  for (const { title, root, impostor, intermediate, leaf, forged } of fixtures.mlDsa) {
    const invalid = able ? 'ERR_PATH_SIGNATURE' : 'ERR_PATH_ALGORITHM';
    expect(`${title}: path`, able ? 3 : invalid, await mlDsaPath(root, leaf, intermediate));
    expect(`${title}: changed signature`, invalid, await mlDsaPath(root, forged, intermediate));
    expect(`${title}: other root of the same name`, invalid, await mlDsaPath(impostor, leaf, intermediate));
    const jwk = core.certificateJwk(core.parseCertificate(leaf));
    expect(`${title}: kty`, 'AKP', jwk.kty);
    const client = core.parseClientMetadata({ token_endpoint_auth_method: METHOD, jwks: { keys: [jwk] } });
    for (const [certificate, result] of [
      [leaf, METHOD],
      [forged, 'ERR_CLIENT_CERTIFICATE_UNKNOWN'],
    ]) {
      const authenticate = () => core.authenticateClient(presentedBy(`:${certificate}:`), client);
      expect(`${title}: client`, result, await asyncOutcome(async () => (await authenticate()).method));
    }
  }
}

/**
 * Whether the runtime verifies ML-DSA signatures.
 *
 * @param {Fixtures} fixtures
 */
export async function verifiesMlDsa({ mlDsa: [first] }) {
  return first !== undefined && (await mlDsaPath(first.root, first.leaf, first.intermediate)) === 3;
}

/**
 * @param {string} anchor
 * @param {string} leaf
 * @param {string} intermediate
 */
async function mlDsaPath(anchor, leaf, intermediate) {
  try {
    const verifier = createPathVerifier({ trustAnchors: [anchor] });
    return (await verifier.verify(leaf, [intermediate])).certificates.length;
  } catch (error) {
    if (!core.isMtlsError(error)) throw error;
    // with node:crypto, the anchor is refused when the verifier is created
    return error.code === 'ERR_PATH_ANCHOR' ? error.detail.reason : error.code;
  }
}
