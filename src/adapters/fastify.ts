import type { FastifyPluginCallback, FastifyReply, FastifyRequest, RegisterOptions } from 'fastify';
import { headerValues } from '../forwarded/request.js';
import { isRefusal } from '../oauth/error-response.js';
import { checkOptions } from '../options.js';
import type { ResourceRequest } from '../oauth/resource/read-access-token.js';
import {
  createResourceGuard,
  RESOURCE_OPTIONS,
  type ResourceGuard,
  type ResourceOptions,
  type VerifiedAccessToken,
} from '../oauth/resource/resource-guard.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns an `onRequest` hook for a route, a plugin or the application that requires a token with these scopes. */
    protect(...scopes: string[]): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  }
  interface FastifyRequest {
    /** The access token of a request that `protect` accepted. Null before. */
    accessToken: VerifiedAccessToken | null;
  }
}

/**
 * Fastify plugin that decorates the application with `protect`, which creates `onRequest` hooks, and the request with
 * `accessToken`. A hook accepts a request only with an access token for this resource, and with the certificate that
 * the token is bound to. A refused request is answered as RFC 6750 §3 specifies, before its body is read. Any other
 * error is passed to the error handler of the application.
 *
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import { protectResource } from 'oauth-mtls/fastify';
 * import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * const issuer = 'https://as.example';
 * const verifyToken = createAccessTokenVerifier({ issuer, keys: `${issuer}/jwks`, audience: 'https://api.example' });
 * const app = fastify();
 * await app.register(protectResource, { getCertificate: ({ raw }) => presentedCertificate(raw), verifyToken });
 * app.get('/accounts', { onRequest: app.protect('accounts:read') }, (request) => ({
 *   client: request.accessToken?.claims.client_id,
 * }));
 * ```
 * @throws TypeError, when registered, for invalid options
 * @see RFC 8705 §3, RFC 6750 §2, §3
 */
export const protectResource: FastifyPluginCallback<ResourceOptions<FastifyRequest>> = (app, options, done) => {
  let guard: (scopes?: readonly string[]) => ResourceGuard<FastifyRequest>;
  try {
    guard = createResourceGuard(ownOptions(options), readRequest);
  } catch (error) {
    // Fastify would wait for a plugin that throws until its timeout
    done(error as TypeError);
    return;
  }
  app.decorateRequest('accessToken', null);
  app.decorate('protect', (...scopes) => {
    const { authorize, toResponse } = guard(scopes);
    return async (request, reply) => {
      try {
        request.accessToken = await authorize(request);
        return undefined;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const { status, headers, body } = toResponse(error, request);
        return reply.code(status).headers(headers).send(JSON.stringify(body));
      }
    };
  });
  done();
};

/** The options without those of `register`, which Fastify passes too. */
function ownOptions(options: ResourceOptions<FastifyRequest> & RegisterOptions): ResourceOptions<FastifyRequest> {
  checkOptions<typeof options>(options, { ...RESOURCE_OPTIONS, prefix: 'any', logLevel: 'any', logSerializers: 'any' });
  const { prefix: _prefix, logLevel: _logLevel, logSerializers: _logSerializers, ...own } = options;
  return own;
}

// as in fastify-plugin: the decorators apply to the application that registers the plugin, not only to the plugin
Object.assign(protectResource, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'oauth-mtls',
  // Fastify refuses to register it in another version, with an error that names both
  [Symbol.for('plugin-meta')]: { name: 'oauth-mtls', fastify: '>=4.0.0' },
});

function readRequest({ raw }: FastifyRequest): ResourceRequest {
  // early releases of Fastify 4 have no request.originalUrl
  const { originalUrl = raw.url ?? '' } = raw as { readonly originalUrl?: string };
  const [, ...query] = originalUrl.split('?');
  return { authorization: headerValues(raw, 'authorization'), dpop: headerValues(raw, 'dpop'), query: query.join('?') };
}
