/**
 * A Hono API on Node whose access tokens (JWT) are bound to certificates.
 *
 *     ISSUER=https://as.example TLS_KEY=server.key TLS_CERT=server.crt node examples/hono-api/server.js
 *
 * On Workers, the certificate is `cloudflareWorkersCertificate(c.req.raw)` of `oauth-mtls/forwarded` instead.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { protectResource } from 'oauth-mtls/hono';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';

/** @typedef {{ Bindings: import('@hono/node-server').HttpBindings }} NodeEnv */

const { ISSUER: issuer = 'https://as.example', AUDIENCE: audience = 'https://api.example' } = process.env;
const { TLS_KEY = 'server.key', TLS_CERT = 'server.crt', PORT = '8443' } = process.env;

const token = createAccessTokenVerifier({ keys: `${issuer}/jwks`, issuer, audience });
/** @type {import('oauth-mtls').ResourceOptions<import('hono').Context<NodeEnv>>} */
const options = {
  getCertificate: (c) => presentedCertificate(c.env.incoming),
  verifyToken: token,
  resourceMetadata: `${audience}/.well-known/oauth-protected-resource`,
  onRefusal: (error) => console.log('refused', error.code),
};
const protect = protectResource(options);

const app = new Hono();
app.get('/health', (c) => c.json({ ok: true }));
app.get('/accounts', protect(), (c) => c.json({ client: c.var.accessToken.claims.client_id }));
app.get('/admin', protect('admin'), (c) => c.json({ admin: true }));

const serverOptions = mutualTlsOptions({ key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) });
serve({ fetch: app.fetch, createServer, serverOptions, port: Number(PORT), hostname: '127.0.0.1' }, (address) =>
  console.log('listening', address),
);
