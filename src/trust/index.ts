export { createTrust } from './create-trust.js';
export type { CrlUrl, TrustFetch } from './sources/crl-download.js';
export type { KeyPairSources } from './sources/key-pair.js';
export type { Content, TrustSource } from './sources/read-content.js';
export type { SourceStatus } from './sources/source.js';
export type { Trust, TrustClientOptions, TrustStatus } from './trust.js';
export type { ExpiringPart, TrustOptions, TrustPart, TrustServerContext } from './trust-options.js';
