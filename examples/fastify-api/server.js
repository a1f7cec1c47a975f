/**
 * A Fastify API that asks the authorization server about each access token, over mutual TLS with a certificate of its
 * own, and keeps the answers for ten seconds.
 *
 *     ISSUER=https://as.example CLIENT_ID=api TLS_KEY=server.key TLS_CERT=server.crt \
 *       node examples/fastify-api/server.js
 */
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import { protectResource } from 'oauth-mtls/fastify';
import { createIntrospector } from 'oauth-mtls/tokens';
import { mutualTlsFetch, mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';

const { ISSUER: issuer = 'https://as.example', AUDIENCE: audience = 'https://api.example' } = process.env;
const { TLS_KEY = 'server.key', TLS_CERT = 'server.crt', PORT = '8443' } = process.env;
// the certificate with which the API authenticates as a client, and the authority of the authorization server
const { CLIENT_ID: clientId = 'api', CLIENT_KEY = TLS_KEY, CLIENT_CERT = TLS_CERT, ISSUER_CA } = process.env;

const token = createIntrospector({
  endpoint: `${issuer}/introspect`,
  clientId,
  fetch: mutualTlsFetch({
    key: readFileSync(CLIENT_KEY),
    cert: readFileSync(CLIENT_CERT),
    ...(ISSUER_CA !== undefined && { ca: readFileSync(ISSUER_CA) }),
  }),
  issuer,
  audience,
  cache: { maxAge: 10 },
});

const https = mutualTlsOptions({ key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT) });
const app = fastify({ https, logger: { level: 'error' } });
await app.register(protectResource, {
  getCertificate: ({ raw }) => presentedCertificate(raw),
  verifyToken: token,
  resourceMetadata: `${audience}/.well-known/oauth-protected-resource`,
  onRefusal: (error) => console.log('refused', error.code),
});

app.get('/health', () => ({ ok: true }));
app.get('/accounts', { onRequest: app.protect() }, (request) => ({ client: request.accessToken?.claims.client_id }));
app.get('/admin', { onRequest: app.protect('admin') }, () => ({ admin: true }));

await app.listen({ port: Number(PORT), host: '127.0.0.1' });
console.log('listening', app.server.address());
