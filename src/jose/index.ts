export { createAccessTokenVerifier, verifyAccessToken } from './access-token.js';
export type {
  AccessTokenOptions,
  JwtAccessTokenVerifier,
  VerifiedJwtAccessToken,
  VerifyAccessTokenOptions,
} from './access-token.js';
export { createIntrospector } from './introspection.js';
export type { IntrospectionOptions, IntrospectionResponse, Introspector } from './introspection.js';
export type { IntrospectionFetch, IntrospectionRequestOptions, SignedIntrospectionOptions } from './introspection-request.js';
export type { IssuerKeys, IssuerKeysOptions } from './issuer-keys.js';
export { createJwksSources } from './jwks-sources.js';
export type { JwksSourcesOptions } from './jwks-sources.js';
export type { AsymmetricAlgorithm } from './jwt-verification.js';
export { isPublicAddress } from './public-url.js';
export { remoteJwks } from './remote-jwks.js';
export type { RemoteJwks, RemoteJwksOptions } from './remote-jwks.js';
