/**
 * An API behind nginx, which ends TLS and passes the client's certificate on in a header. It listens on a Unix domain
 * socket, so that nobody but nginx can send that header: run both as the same user, or give nginx the group of the
 * socket.
 *
 *     cd examples/behind-nginx
 *     ISSUER=https://as.example node server.js &
 *     nginx -p . -c nginx.conf
 */
import { chmodSync } from 'node:fs';
import express from 'express';
import { protectResource } from 'oauth-mtls/express';
import { createCertificateReader, fromUnixSocket, nginx } from 'oauth-mtls/forwarded';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';

const {
  ISSUER: issuer = 'https://as.example',
  AUDIENCE: audience = 'https://api.example',
  SOCKET = 'api.sock',
} = process.env;

const protect = protectResource({
  getCertificate: createCertificateReader({ format: nginx(), trust: fromUnixSocket() }),
  verifyToken: createAccessTokenVerifier({ keys: `${issuer}/jwks`, issuer, audience }),
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

app.listen(SOCKET, () => {
  chmodSync(SOCKET, 0o660);
  console.log('listening', SOCKET);
});
