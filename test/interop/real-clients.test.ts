import { createServer, type AddressInfo } from 'node:net';
import type { Server } from 'node:https';
import { resolveEndpoint } from 'oauth-mtls';
import { presentedCertificate } from 'oauth-mtls/node';
import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthorizationServer } from '../../examples/authorization-server/server.js';
import { JwksServer } from '../jwks/jwks-server.js';
import { OidcServer } from './oidc-provider-server.js';

/*
 * oauth4webapi and openid-client with undici's mutual TLS, against the example server and oidc-provider. Both
 * servers publish aliases at another origin, which the clients have to choose.
 */
const DN = 'CN=payments,O=Acme,C=US';
const REDIRECT_URI = 'https://app.example/callback';
const bound = { tls_client_certificate_bound_access_tokens: true, use_mtls_endpoint_aliases: true };
const loopback = { unsafeAllowHttp: true, unsafeAllowPrivateAddresses: true };

interface Party {
  readonly issuer: string;
  readonly mtlsOrigin: string;
  readonly algorithm: 'oauth2' | 'oidc';
  register(metadata: Record<string, unknown>): Promise<string>;
}
const parties: Record<'the example server' | 'oidc-provider', Party | undefined> = {
  'the example server': undefined,
  'oidc-provider': undefined,
};

let serverAuthority: TestAuthority;
let payments: TestCertificate;
let reports: TestCertificate;
let stranger: TestCertificate;
let jwksServer: JwksServer;
let example: Server;
let provider: OidcServer;
const agents: Agent[] = [];
/** Where requests went, in order. */
const requested: string[] = [];

beforeAll(async () => {
  serverAuthority = await createCertificateAuthority({ subject: 'CN=Server CA' });
  const root = await createCertificateAuthority({ subject: 'CN=Client Root' });
  const intermediate = await root.issueAuthority({ subject: 'CN=Client CA' });
  payments = await intermediate.issue({ subject: DN });
  reports = await selfSignedCertificate({ subject: 'CN=reports' });
  stranger = await selfSignedCertificate({ subject: 'CN=stranger' });
  jwksServer = await JwksServer.start(reports);
  parties['the example server'] = await startExample(root, intermediate);
  parties['oidc-provider'] = await startProvider(root, intermediate);
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await provider.stop();
  example.closeAllConnections();
  await new Promise((resolve) => example.close(resolve));
  await jwksServer.stop();
});

beforeEach(() => {
  requested.length = 0;
});

async function startExample(root: TestAuthority, intermediate: TestAuthority): Promise<Party> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const { privateKeyPem: key, chainPem: cert } = await serverAuthority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost', ip: '127.0.0.1' },
    extendedKeyUsage: ['serverAuth'],
  });
  const issuer = `https://localhost:${port}`;
  const mtlsOrigin = `https://127.0.0.1:${port}`;
  ({ server: example } = await createAuthorizationServer({
    key,
    cert,
    clientAuthority: root.pem,
    intermediates: [intermediate.pem],
    issuer,
    mtlsOrigin,
    jwks: loopback,
  }));
  await new Promise<void>((resolve) => example.listen(port, '127.0.0.1', () => resolve()));
  const register = async (metadata: Record<string, unknown>): Promise<string> => {
    const response = await send()(`${issuer}/register`, { method: 'POST', body: JSON.stringify(metadata) });
    const { client_id: clientId } = (await response.json()) as { client_id: string };
    expect(response.status).toBe(201);
    return clientId;
  };
  return { issuer, mtlsOrigin, algorithm: 'oauth2', register };
}

async function startProvider(root: TestAuthority, intermediate: TestAuthority): Promise<Party> {
  const machine = { ...bound, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
  const clients = [
    {
      ...machine,
      client_id: 'pki',
      token_endpoint_auth_method: 'tls_client_auth' as const,
      tls_client_auth_subject_dn: DN,
    },
    {
      ...machine,
      client_id: 'jwks',
      token_endpoint_auth_method: 'self_signed_tls_client_auth' as const,
      jwks: { keys: [reports.jwk] },
    },
    {
      ...machine,
      client_id: 'jwks_uri',
      token_endpoint_auth_method: 'self_signed_tls_client_auth' as const,
      jwks_uri: jwksServer.uri,
    },
    {
      ...bound,
      client_id: 'native',
      token_endpoint_auth_method: 'none' as const,
      application_type: 'native' as const,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [REDIRECT_URI],
    },
  ];
  const feature = {
    getCertificate: presentedCertificate,
    trustAnchors: [root.pem],
    intermediates: [intermediate.pem],
    jwks: loopback,
  };
  provider = await OidcServer.start({ authority: serverAuthority, feature, clients });
  const { issuer, mtlsOrigin } = provider;
  // registered already: by the member that tells them apart
  const register = async (metadata: Record<string, unknown>): Promise<string> =>
    ['jwks', 'jwks_uri'].find((member) => member in metadata) ?? 'pki';
  return { issuer, mtlsOrigin, algorithm: 'oidc', register };
}

/** undici's fetch, with a certificate or none. */
function send(certificate?: TestCertificate) {
  const credentials = certificate && { cert: certificate.chainPem, key: certificate.privateKeyPem };
  const dispatcher = new Agent({ connect: { ca: serverAuthority.pem, ...credentials } });
  agents.push(dispatcher);
  return (url: string, init?: object) => {
    requested.push(url);
    return undiciFetch(url, { ...init, dispatcher });
  };
}

const methods: [name: string, certificate: () => TestCertificate, metadata: () => Record<string, unknown>][] = [
  [
    'tls_client_auth',
    () => payments,
    () => ({ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: DN }),
  ],
  [
    'self_signed_tls_client_auth, jwks',
    () => reports,
    () => ({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [reports.jwk] } }),
  ],
  [
    'self_signed_tls_client_auth, jwks_uri',
    () => reports,
    () => ({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: jwksServer.uri }),
  ],
];

describe.each(['the example server', 'oidc-provider'] as const)('%s', (name) => {
  let party: Party;
  beforeAll(() => {
    party = parties[name]!;
  });

  it.each(methods)(
    'RFC 8705 §5: serves openid-client with %s at its aliases, and binds the token',
    async (_method, certificate, metadata) => {
      const clientId = await party.register({ ...bound, ...metadata() });
      requested.length = 0;
      const configuration = await openid.discovery(new URL(party.issuer), clientId, bound, openid.TlsClientAuth(), {
        algorithm: party.algorithm,
        [openid.customFetch]: send(certificate()) as unknown as openid.CustomFetch,
      });
      const { access_token: token } = await openid.clientCredentialsGrant(configuration);
      const introspected = await openid.tokenIntrospection(configuration, token);
      expect(introspected).toMatchObject({
        active: true,
        client_id: clientId,
        cnf: { 'x5t#S256': certificate().certificate.thumbprint },
      });
      await openid.tokenRevocation(configuration, token);
      expect(await openid.tokenIntrospection(configuration, token)).toEqual({ active: false });

      const document = configuration.serverMetadata();
      const [discovered, ...called] = requested;
      expect(discovered).toContain(`${party.issuer}/.well-known/`);
      // the same choice as ours
      const [tokenUrl, introspectionUrl, revocationUrl] = ['token', 'introspection', 'revocation'].map(
        (endpoint) => resolveEndpoint(document, `${endpoint}_endpoint`, { mutualTls: true }).href,
      );
      expect(called).toEqual([tokenUrl, introspectionUrl, revocationUrl, introspectionUrl]);
      for (const url of called) expect(url).toContain(`${party.mtlsOrigin}/`);
    },
  );

  it.each(methods)(
    'RFC 8705 §2: answers oauth4webapi with %s and another certificate, or none, with invalid_client',
    async (_method, _certificate, metadata) => {
      const client: oauth.Client = { client_id: await party.register({ ...bound, ...metadata() }), ...bound };
      for (const certificate of [stranger, undefined]) {
        const options = { [oauth.customFetch]: send(certificate) as unknown as typeof fetch };
        const issuer = new URL(party.issuer);
        const server = await oauth.processDiscoveryResponse(
          issuer,
          await oauth.discoveryRequest(issuer, { ...options, algorithm: party.algorithm }),
        );
        const response = await oauth.clientCredentialsGrantRequest(
          server,
          client,
          oauth.TlsClientAuth(),
          new URLSearchParams(),
          options,
        );
        const refused = oauth.processClientCredentialsResponse(server, client, response);
        await expect(refused).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
      }
    },
  );
});

it('RFC 8705 §4: openid-client as a public client gets and refreshes bound tokens with PKCE, and calls userinfo at its alias', async () => {
  const { issuer, mtlsOrigin } = provider;
  const configuration = await openid.discovery(new URL(issuer), 'native', bound, openid.None(), {
    [openid.customFetch]: send(stranger) as unknown as openid.CustomFetch,
  });
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access',
    prompt: 'consent',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  expect(url.origin).toBe(issuer);
  const tokens = await openid.authorizationCodeGrant(configuration, await provider.authorize(url), {
    pkceCodeVerifier: verifier,
  });
  const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token!);
  expect(await openid.fetchUserInfo(configuration, refreshed.access_token, 'alice')).toMatchObject({ sub: 'alice' });
  const token = await provider.provider.AccessToken.find(refreshed.access_token);
  expect(token?.['x5t#S256']).toBe(stranger.certificate.thumbprint);
  expect(requested.filter((each) => each.startsWith(mtlsOrigin)).map((each) => new URL(each).pathname)).toEqual([
    '/token',
    '/token',
    '/me',
  ]);
});
