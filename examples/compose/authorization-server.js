/**
 * oidc-provider behind nginx, for clients with `tls_client_auth` and `self_signed_tls_client_auth`. It listens on a
 * Unix domain socket, so that nginx alone can send it certificates. Tokens end with the process: it makes a new key
 * each time.
 */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createCertificateReader, fromUnixSocket, nginx } from 'oauth-mtls/forwarded';
import { createMutualTlsFeature } from 'oauth-mtls/oidc-provider';
import Provider from 'oidc-provider';

const {
  ISSUER: issuer = 'https://as.example',
  AUDIENCE: audience = 'https://api.example',
  SOCKET = 'as.sock',
} = process.env;

const { mTLS, clientAuthMethods, clientMetadata, middleware } = createMutualTlsFeature({
  // no trust anchors: nginx validates the chains
  getCertificate: createCertificateReader({ format: nginx(), trust: fromUnixSocket() }),
  mtlsOrigin: issuer,
  onFailure: ({ clientId, error, report }) => console.log('refused', clientId, error.code, report?.hint ?? ''),
});
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const provider = new Provider(issuer, {
  ...clientMetadata,
  clientAuthMethods,
  clients: JSON.parse(readFileSync(new URL('clients.json', import.meta.url), 'utf8')),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
  features: {
    mTLS,
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: () => ({
        scope: 'admin',
        audience,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
// nginx sets X-Forwarded-Proto and removes X-Forwarded-Host
provider.proxy = true;
provider.use(middleware(provider));
provider.on('server_error', (_context, error) => console.error(error));

createServer(provider.callback()).listen(SOCKET, () => {
  chmodSync(SOCKET, 0o660);
  console.log('listening', SOCKET);
});
