import type { PresentedCertificate } from '../../presented/presented-certificate.js';

/** A verified X.509-SVID and its ID. */
export interface SvidIdentity {
  readonly spiffeId: string;
}

/** Verifies X.509-SVIDs. `createSpiffeTrust` of `oauth-mtls/spiffe` creates one. */
export interface SvidVerifier {
  /** Resolves to the ID in the certificate. Rejects if the trust domain of that ID did not issue the certificate. */
  verifySvid(presented: PresentedCertificate, options?: { readonly now?: Date | undefined }): Promise<SvidIdentity>;
}
