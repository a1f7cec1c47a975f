export { createJwksSources } from './jwks-sources.js';
export type { JwksSourcesOptions } from './jwks-sources.js';
export { remoteJwks } from './remote-jwks.js';
export type { RemoteJwksOptions } from './remote-jwks.js';
