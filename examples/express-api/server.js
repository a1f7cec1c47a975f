/**
 * An Express API whose access tokens (JWT) are bound to certificates.
 *
 *     ISSUER=https://as.example TLS_KEY=server.key TLS_CERT=server.crt node examples/express-api/server.js
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import express from 'express';
import { protectResource } from 'oauth-mtls/express';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';

const { ISSUER: issuer = 'https://as.example', AUDIENCE: audience = 'https://api.example' } = process.env;
const { TLS_KEY = 'server.key', TLS_CERT = 'server.crt', PORT = '8443' } = process.env;

const token = createAccessTokenVerifier({ keys: `${issuer}/jwks`, issuer, audience });
const protect = protectResource({
  getCertificate: presentedCertificate,
  verifyToken: token,
  resourceMetadata: `${audience}/.well-known/oauth-protected-resource`,
  onRefusal: (error) => console.log('refused', error.code),
});

const app = express();
app.get('/health', (_request, response) => {
  response.json({ ok: true });
});
app.get('/accounts', protect(), (request, response) => {
  response.json({ client: request.accessToken?.claims.client_id });
});
app.get('/admin', protect('admin'), (_request, response) => {
  response.json({ admin: true });
});

const tls = mutualTlsOptions({ key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) });
const server = createServer(tls, app).listen(Number(PORT), '127.0.0.1', () =>
  console.log('listening', server.address()),
);
