/**
 * The server process of the load benchmark: one framework, real mutual TLS, the same handler behind each guard. The
 * parent process sends a {@link Setup} and gets the port; then it asks for the CPU time and the heap of this process.
 *
 * @typedef {{ framework: 'express' | 'fastify' | 'hono', key: string, cert: string, ca: string, jwk: object, issuer:
 * string,
 *   audience: string, introspection: string }} Setup
 */
import { once } from 'node:events';
import { createServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import fastify from 'fastify';
import { Hono } from 'hono';
import { protectResource as protectExpress } from 'oauth-mtls/express';
import { protectResource as protectFastify } from 'oauth-mtls/fastify';
import { protectResource as protectHono } from 'oauth-mtls/hono';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createAccessTokenVerifier, createIntrospector } from 'oauth-mtls/tokens';

const answer = { status: 'ok' };

/** What verifies the tokens of each route. @param {Setup} setup */
function verifiers({ jwk, issuer, audience, introspection }) {
  const options = { keys: { keys: [jwk] }, issuer, audience };
  return {
    '/ours': createAccessTokenVerifier(options),
    '/ours-without-cache': createAccessTokenVerifier({ ...options, cache: false }),
    '/introspection': createIntrospector({ endpoint: introspection, unsafeAllowHttp: true, audience }),
  };
}

const frameworks = {
  /** @param {Setup} setup @param {import('node:https').ServerOptions} tls */
  async express(setup, tls) {
    const app = express();
    /** @type {import('express').RequestHandler} */
    const handler = (_request, response) => void response.json(answer);
    app.get('/bare', handler);
    for (const [path, verifyToken] of Object.entries(verifiers(setup))) {
      app.get(path, protectExpress({ getCertificate: presentedCertificate, verifyToken })('read'), handler);
    }
    const theirs = auth({
      issuer: setup.issuer,
      audience: setup.audience,
      publicKey: { keys: [setup.jwk] },
      tokenSigningAlg: 'ES256',
      mtls: { required: true },
      dpop: { enabled: false },
      getCertificate: (request) =>
        /** @type {import('node:tls').TLSSocket} */ (request.socket).getPeerX509Certificate()?.raw,
    });
    app.get('/express-oauth2-jwt-bearer', theirs, requiredScopes('read'), handler);
    return createServer(tls, app);
  },

  /** @param {Setup} setup @param {import('node:https').ServerOptions} tls */
  async fastify(setup, tls) {
    const app = fastify({ https: tls });
    const handler = () => answer;
    app.get('/bare', handler);
    for (const [path, verifyToken] of Object.entries(verifiers(setup))) {
      await app.register(async (scope) => {
        await scope.register(protectFastify, { getCertificate: ({ raw }) => presentedCertificate(raw), verifyToken });
        scope.get(path, { onRequest: scope.protect('read') }, handler);
      });
    }
    await app.ready();
    return app.server;
  },

  /** @param {Setup} setup @param {import('node:https').ServerOptions} tls */
  async hono(setup, tls) {
    /** @type {Hono<{ Bindings: import('@hono/node-server').HttpBindings }>} */
    const app = new Hono();
    app.get('/bare', (c) => c.json(answer));
    for (const [path, verifyToken] of Object.entries(verifiers(setup))) {
      const protect = protectHono({
        getCertificate: (c) => presentedCertificate(/** @type {any} */ (c.env).incoming),
        verifyToken,
      });
      app.get(path, protect('read'), (c) => c.json(answer));
    }
    return createAdaptorServer({ fetch: app.fetch, createServer, serverOptions: tls });
  },
};

process.once('message', async (/** @type {Setup} */ setup) => {
  const { key, cert, ca } = setup;
  const server = await frameworks[setup.framework](setup, mutualTlsOptions({ key, cert, ca }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', (question) => {
    if (question === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
    } else if (question === 'heap') {
      globalThis.gc?.();
      process.send?.(process.memoryUsage().heapUsed);
    }
  });
  process.send?.(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
});
process.on('disconnect', () => process.exit());
