import type { PresentedCertificate } from '../../presented/presented-certificate.js';

/** An X.509-SVID that was verified, and the ID in it. */
export interface SvidIdentity {
  readonly spiffeId: string;
}

/** Verifies X.509-SVIDs: `createSpiffeTrust` of `oauth-mtls/spiffe` makes one. */
export interface SvidVerifier {
  /** Resolves to the ID in the certificate, rejects where the trust domain of that ID has not issued it. */
  verifySvid(presented: PresentedCertificate, options?: { readonly now?: Date | undefined }): Promise<SvidIdentity>;
}
