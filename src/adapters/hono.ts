import type { Context, Env, MiddlewareHandler } from 'hono';
import { headerValues } from '../forwarded/request.js';
import { isRefusal } from '../oauth/error-response.js';
import type { ResourceRequest } from '../oauth/resource/read-access-token.js';
import {
  createResourceGuard,
  type ResourceOptions,
  type VerifiedAccessToken,
} from '../oauth/resource/resource-guard.js';

/** The variable that {@link protectResource} adds to the context: `c.get('accessToken')`. */
export interface AccessTokenEnv {
  Variables: { accessToken: VerifiedAccessToken };
}

/**
 * Creates Hono middleware that accepts a request only with an access token for this resource, and with the certificate
 * that the token is bound to. The token is at `c.get('accessToken')` or `c.var.accessToken`. A refused request is
 * answered as RFC 6750 §3 specifies. Any other error is passed to the error handler of the application.
 *
 * The source of the certificate depends on the runtime: `presentedCertificate(c.env.incoming)` on Node,
 * `cloudflareWorkersCertificate(c.req.raw)` on Workers, a reader of `createCertificateReader` behind a proxy.
 *
 * @example
 * ```ts
 * import type { HttpBindings } from '@hono/node-server';
 * import { Hono } from 'hono';
 * import { protectResource } from 'oauth-mtls/hono';
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * const issuer = 'https://as.example';
 * const verifyToken = createAccessTokenVerifier({ issuer, keys: `${issuer}/jwks`, audience: 'https://api.example' });
 * const protect = protectResource<{ Bindings: HttpBindings }>({
 *   getCertificate: (c) => presentedCertificate(c.env.incoming),
 *   verifyToken,
 * });
 * new Hono<{ Bindings: HttpBindings }>().get('/accounts', protect('accounts:read'), (c) =>
 *   c.json({ client: c.var.accessToken.claims.client_id }),
 * );
 * ```
 * @throws TypeError for invalid options
 * @see RFC 8705 §3, RFC 6750 §2, §3
 */
export function protectResource<E extends Env = Env>(
  options: ResourceOptions<Context<E>>,
): (...scopes: string[]) => MiddlewareHandler<E & AccessTokenEnv> {
  const guard = createResourceGuard<Context<E>>(options, readRequest);
  return (...scopes) => {
    const { authorize, toResponse } = guard(scopes);
    return async (c, next) => {
      const context = c as unknown as Context<E>;
      let accessToken: VerifiedAccessToken;
      try {
        accessToken = await authorize(context);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const { status, headers, body } = toResponse(error, context);
        return c.newResponse(body === undefined ? null : JSON.stringify(body), status as 401, headers);
      }
      c.set('accessToken', accessToken);
      return next();
    };
  };
}

function readRequest<E extends Env>({ req }: Context<E>): ResourceRequest {
  const raw = req.raw as Request | undefined;
  if (raw === undefined)
    throw new TypeError('oauth-mtls/hono requires hono 3 or newer, but an older version is installed');
  const query = new URL(raw.url).search.slice(1);
  return { authorization: headerValues(raw, 'authorization'), dpop: headerValues(raw, 'dpop'), query };
}
