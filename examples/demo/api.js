import { createServer } from 'node:https';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { isMtlsError, MtlsError, toErrorResponse, verifyConfirmation } from 'oauth-mtls';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';

/**
 * An API whose access tokens are bound to certificates. It asks each client for a certificate and does not
 * care who issued it (RFC 8705 §6.2): the token says which one it has to be.
 *
 * @param {{ key: string, cert: string, issuer: string, jwks: import('jose').JSONWebKeySet }} settings
 */
export function createApi({ key, cert, issuer, jwks }) {
  const keys = createLocalJWKSet(jwks);
  const verify = (/** @type {string} */ jwt) =>
    jwtVerify(jwt, keys, { issuer, audience: 'https://api.example', typ: 'at+jwt', algorithms: ['ES256'] });

  return createServer(mutualTlsOptions({ key, cert }), async (request, response) => {
    try {
      const [, jwt = ''] = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
      const { payload } = await verify(jwt).catch((cause) => {
        throw new MtlsError('ERR_TOKEN_INVALID', {}, { cause });
      });
      verifyConfirmation(payload, presentedCertificate(request));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ hello: payload.sub }));
    } catch (error) {
      if (!isMtlsError(error)) console.error(error);
      const { status, headers, body } = toErrorResponse(error);
      response.writeHead(status, headers);
      response.end(JSON.stringify(body));
    }
  });
}
