export type { ExpiringMessage, ReloadMessage } from '../pki/trust-messages.js';
export { createTrust } from './create-trust.js';
export type { CrlUrl, TrustFetch } from './sources/download-crl.js';
export type { KeyPairSources } from './sources/key-pair.js';
export type { Content, TrustSource } from './sources/name-source.js';
export type { SourceStatus } from './sources/source.js';
export type { Trust, TrustClientOptions, TrustStatus } from './trust.js';
export type { ExpiringPart, TrustOptions, TrustPart, TrustServerContext } from './trust-options.js';
