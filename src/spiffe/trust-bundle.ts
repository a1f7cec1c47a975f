import { isMtlsError } from '../errors.js';
import { createPathVerifier, type CertificationPathVerifier } from '../pki/path-verifier.js';
import type { Certificate } from '../x509/certificate.js';
import { parseBundle, type SpiffeBundle, type SpiffeBundleInput } from './parse-bundle.js';

/** A bundle with which SVIDs are verified. */
export interface TrustBundle extends SpiffeBundle {
  /** Undefined without a usable authority: every SVID of the trust domain is refused. */
  readonly pathVerifier: CertificationPathVerifier | undefined;
}

/**
 * Reads a bundle and creates its verifier, or keeps that of the previous bundle if the authorities are the same.
 *
 * @throws MtlsError ERR_SPIFFE_BUNDLE
 */
export function readTrustBundle(input: SpiffeBundleInput, before?: TrustBundle): TrustBundle {
  const bundle = parseBundle(input);
  const authorities = bundle.authorities.filter(isUsable);
  const pathVerifier =
    before !== undefined && sameAuthorities(before.authorities, authorities)
      ? before.pathVerifier
      : createVerifier(authorities);
  return { ...bundle, authorities, pathVerifier };
}

function createVerifier(trustAnchors: readonly Certificate[]): CertificationPathVerifier | undefined {
  return trustAnchors.length === 0 ? undefined : createPathVerifier({ trustAnchors });
}

/** Trust Domain and Bundle §4.1.3: an unusable authority is ignored, and the others are used. */
function isUsable(authority: Certificate): boolean {
  try {
    createVerifier([authority]);
    return true;
  } catch (error) {
    if (isMtlsError(error)) return false;
    throw error;
  }
}

function sameAuthorities(a: readonly Certificate[], b: readonly Certificate[]): boolean {
  const thumbprints = new Set(a.map(({ thumbprint }) => thumbprint));
  return a.length === b.length && b.every(({ thumbprint }) => thumbprints.has(thumbprint));
}
