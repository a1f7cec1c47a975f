export type { BundleStatus } from './bundle-source.js';
export type { BundleFetch } from './bundle-loader.js';
export type { SpiffeBundleInput } from './parse-bundle.js';
export { createSpiffeTrust } from './spiffe-trust.js';
export type { SpiffeTrust, SpiffeTrustOptions, TrustDomainOptions } from './spiffe-trust.js';
export type { VerifiedX509Svid, VerifySvidOptions } from './verify-svid.js';
export { verifyX509Svid } from './verify-x509-svid.js';
export { parseSpiffeId } from '../x509/spiffe-id.js';
export type { SpiffeId } from '../x509/spiffe-id.js';
