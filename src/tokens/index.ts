export { createAccessTokenVerifier } from './access-token-verifier.js';
export type { AccessTokenCacheOptions, AccessTokenOptions, JwtAccessTokenVerifier } from './access-token-verifier.js';
export { createIntrospector } from './introspector.js';
export type { IntrospectionOptions, IntrospectionResponse, Introspector } from './introspector.js';
export type {
  IntrospectionFetch,
  IntrospectionRequestOptions,
  SignedIntrospectionOptions,
} from './introspection-request.js';
export type { IssuerKeys, IssuerKeysOptions } from '../jwks/issuer-keys.js';
export type { AsymmetricAlgorithm } from './verify-jwt.js';
