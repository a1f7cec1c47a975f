export { isPublicAddress } from '../loading/check-public-url.js';
export { createJwksSources } from './jwks-sources.js';
export type { JwksSourcesOptions } from './jwks-sources.js';
export { remoteJwks } from './remote-jwks.js';
export type { RemoteJwks, RemoteJwksOptions } from './remote-jwks.js';
