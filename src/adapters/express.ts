import type { Request, RequestHandler } from 'express';
import { toError } from '../errors/to-error.js';
import { headerValues } from '../forwarded/request.js';
import { isRefusal } from '../oauth/error-response.js';
import type { ResourceRequest } from '../oauth/resource/read-access-token.js';
import {
  createResourceGuard,
  type ResourceOptions,
  type VerifiedAccessToken,
} from '../oauth/resource/resource-guard.js';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Express is extended
  namespace Express {
    interface Request {
      /** The access token of a request that {@link protectResource} accepted. */
      accessToken?: VerifiedAccessToken;
    }
  }
}

/**
 * Creates Express middleware that accepts a request only with an access token for this resource, and with the
 * certificate that the token is bound to. The token is at `request.accessToken`. A refused request is answered as RFC
 * 6750 §3 specifies. Any other error is passed to the error handler of the application.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { protectResource } from 'oauth-mtls/express';
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * const issuer = 'https://as.example';
 * const verifyToken = createAccessTokenVerifier({ issuer, keys: `${issuer}/jwks`, audience: 'https://api.example' });
 * const protect = protectResource({ getCertificate: presentedCertificate, verifyToken });
 * express().get('/accounts', protect('accounts:read'), (request, response) => {
 *   response.json({ client: request.accessToken?.claims.client_id });
 * });
 * ```
 * @throws TypeError for invalid options
 * @see RFC 8705 §3, RFC 6750 §2, §3
 */
export function protectResource(options: ResourceOptions<Request>): (...scopes: string[]) => RequestHandler {
  const guard = createResourceGuard(options, readRequest);
  return (...scopes) => {
    const { authorize, toResponse } = guard(scopes);
    return (request, response, next) => {
      const pass = (accessToken: VerifiedAccessToken): void => {
        request.accessToken = accessToken;
        next();
      };
      const refuse = (error: unknown): void => {
        if (!isRefusal(error)) throw toError(error);
        const { status, headers, body } = toResponse(error, request);
        response.statusCode = status;
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        response.end(JSON.stringify(body));
      };
      // next() accepts the request for undefined, 'route' and the like
      authorize(request)
        .then(pass, refuse)
        .catch((error: unknown) => next(toError(error)));
    };
  };
}

function readRequest(request: Request): ResourceRequest {
  const [, ...query] = request.originalUrl.split('?');
  return {
    authorization: headerValues(request, 'authorization'),
    dpop: headerValues(request, 'dpop'),
    query: query.join('?'),
  };
}
