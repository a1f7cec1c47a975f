import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMutualTlsFeature, type MutualTlsFailure } from 'oauth-mtls/oidc-provider';
import { createCertificateAuthority, presented } from 'oauth-mtls/testing';
import Provider from 'oidc-provider';
import { rowsOf, type Row } from './row.js';

const authority = await createCertificateAuthority();
const certificate = presented(await authority.issue({ subject: 'CN=payments' }));
const client = (client_id: string) => ({
  client_id,
  token_endpoint_auth_method: 'tls_client_auth' as const,
  tls_client_auth_subject_dn: `CN=${client_id}`,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});

/** Throws what is reported where oidc-provider authenticates a client that the request need not name. */
async function authenticate(body: string, authenticated = 'payments', type = 'application/x-www-form-urlencoded') {
  const failures: MutualTlsFailure[] = [];
  const feature = createMutualTlsFeature({
    getCertificate: () => certificate,
    trustAnchors: [authority.pem],
    onFailure: (failure) => failures.push(failure),
  });
  const provider = new Provider('https://as.example', {
    clients: [client('payments'), client('other')],
    clientAuthMethods: [...feature.clientAuthMethods],
    features: { mTLS: feature.mTLS, clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  provider.use(feature.middleware(provider));
  provider.use(async (ctx) => {
    const oidc = { client: await provider.Client.find(authenticated) };
    feature.mTLS.getCertificate({ req: ctx.req, request: ctx.request, oidc } as never);
    ctx.status = 204;
  });
  const callback = provider.callback();
  const server = createServer((request, response) => void callback(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/token`, { method: 'POST', headers: { 'content-type': type }, body });
  } finally {
    server.closeAllConnections();
    server.close();
  }
  if (failures[0]) throw failures[0].error;
}

/** Clients of oidc-provider. */
export const oidcRows: readonly Row[] = rowsOf('ERR_CLIENT_UNKNOWN', {
  'not-a-form': () => authenticate('{"client_id":"payments"}', 'payments', 'application/json'),
  'no-such-client': () => authenticate('client_id=stranger'),
  'repeated-client-id': () => authenticate('client_id=payments&client_id=payments'),
  'other-client': () => authenticate('client_id=payments', 'other'),
  'unreadable-body': () => authenticate(`client_id=payments&x=${'x'.repeat(60_000)}`),
});
