/**
 * A Lambda authorizer of type REQUEST for an API Gateway with mutual TLS on its custom domain name. Set its
 * `AuthorizerResultTtlInSeconds` to 0: a result that API Gateway keeps by the token alone would let the token pass on
 * any certificate.
 */
import { createAuthorizer } from 'oauth-mtls/aws-lambda';
import { apiGatewayCertificate } from 'oauth-mtls/forwarded';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';

const { ISSUER: issuer = 'https://as.example', AUDIENCE: audience = 'https://api.example', SCOPES = '' } = process.env;

export const handler = createAuthorizer({
  getCertificate: apiGatewayCertificate,
  verifyToken: createAccessTokenVerifier({ keys: `${issuer}/jwks`, issuer, audience }),
  scopes: SCOPES.split(' ').filter((scope) => scope !== ''),
});
