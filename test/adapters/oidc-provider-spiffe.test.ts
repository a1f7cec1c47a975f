import { createServer, request as send, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createMutualTlsFeature, type MutualTlsFailure } from 'oauth-mtls/oidc-provider';
import { createSpiffeTrust, type SpiffeTrust } from 'oauth-mtls/spiffe';
import {
  createCertificateAuthority,
  createSpiffeAuthority,
  hostileSvids,
  type TestAuthority,
  type TestCertificate,
  type TestSpiffeAuthority,
} from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/* spiffe_x509 in a real oidc-provider, over TLS. */
const PAYMENTS = 'spiffe://example.org/payments';
let tls: TestAuthority;
let authority: TestSpiffeAuthority;
let spiffeTrust: SpiffeTrust;
const servers: Server[] = [];

beforeAll(async () => {
  tls = await createCertificateAuthority();
  authority = await createSpiffeAuthority('example.org');
  spiffeTrust = createSpiffeTrust({ trustDomains: { 'example.org': { bundle: authority.bundle() } } });
});

afterAll(() => servers.forEach((server) => server.close()));

type Client = NonNullable<Configuration['clients']>[number];
/** `spiffe_x509` is not among the methods that oidc-provider's types know. */
const client = (metadata: object): Client =>
  ({
    token_endpoint_auth_method: 'spiffe_x509',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    tls_client_certificate_bound_access_tokens: true,
    ...metadata,
  }) as unknown as Client;

async function start(clients: readonly Client[], options: Partial<Parameters<typeof createMutualTlsFeature>[0]> = {}) {
  const failures: MutualTlsFailure[] = [];
  const { chainPem: cert, privateKeyPem: key } = await tls.issue({
    san: { dns: 'localhost' },
    extendedKeyUsage: ['serverAuth'],
  });
  const server = createServer(mutualTlsOptions({ cert, key, ca: [tls.pem, authority.authority.pem] }));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
  const feature = createMutualTlsFeature({
    getCertificate: presentedCertificate,
    spiffeTrust,
    onFailure: (failure) => void failures.push(failure),
    ...options,
  });
  const provider = new Provider(issuer, {
    clients: [...clients],
    clientAuthMethods: [...feature.clientAuthMethods, 'none'],
    features: {
      mTLS: feature.mTLS,
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true },
      devInteractions: { enabled: false },
    },
  });
  provider.use(feature.middleware(provider));
  const handle = provider.callback();
  server.on('request', (incoming, response) => void handle(incoming, response));

  const call = async (path: string, body?: URLSearchParams | object, credentials?: TestCertificate) => {
    const form = body instanceof URLSearchParams;
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = send(
        new URL(path, issuer),
        {
          ca: tls.pem,
          agent: false,
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' },
          ...(credentials && { cert: credentials.chainPem, key: credentials.privateKeyPem }),
        },
        (incoming) => {
          let text = '';
          incoming
            .on('data', (chunk: Buffer) => (text += chunk.toString()))
            .on('end', () => resolve({ status: incoming.statusCode!, text }));
        },
      ).on('error', reject);
      outgoing.end(body === undefined ? undefined : form ? String(body) : JSON.stringify(body));
    });
    return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
  };
  const token = (client_id: string, credentials?: TestCertificate) =>
    call('/token', new URLSearchParams({ grant_type: 'client_credentials', client_id }), credentials);
  return { provider, call, token, failures, feature };
}

describe('oidc-provider with spiffe_x509', () => {
  it('issues a bound token to the workload, by an ID of the draft and by another client_id', async () => {
    const { token, provider } = await start([
      client({ client_id: PAYMENTS, spiffe_id: PAYMENTS }),
      client({ client_id: 'workloads', spiffe_id: 'spiffe://example.org/workloads/*' }),
    ]);
    const svid = await authority.issueSvid({ spiffeId: PAYMENTS });
    const { status, body } = await token(PAYMENTS, svid);
    expect([status, body['token_type']]).toEqual([200, 'Bearer']);
    const issued = await provider.ClientCredentials.find(body['access_token'] as string);
    expect([issued?.clientId, issued?.['x5t#S256']]).toEqual([PAYMENTS, svid.certificate.thumbprint]);

    const workload = await authority.issueSvid({ spiffeId: 'spiffe://example.org/workloads/a' });
    expect((await token('workloads', workload)).status).toBe(200);
    expect((await token('workloads', svid)).status).toBe(401);
    expect((await token(PAYMENTS, workload)).status).toBe(401);
    expect((await token(PAYMENTS)).status).toBe(401);
    const foundClient = await provider.Client.find(PAYMENTS);
    expect(foundClient?.metadata()).toMatchObject({ token_endpoint_auth_method: 'spiffe_x509', spiffe_id: PAYMENTS });
    expect(foundClient?.metadata()).not.toHaveProperty('client_secret');
    expect(foundClient?.metadata()).not.toHaveProperty('tls_client_auth_san_uri');
  });

  it('authenticates no hostile SVID, and says why in the log', async () => {
    const { token, failures } = await start([client({ client_id: 'payments', spiffe_id: PAYMENTS })]);
    const hostile = await hostileSvids(authority);
    for (const { name, svid } of hostile) expect([name, (await token('payments', svid)).status]).toEqual([name, 401]);
    expect(failures).toHaveLength(hostile.length);
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(
      new Set(['ERR_CLIENT_SVID', 'ERR_CLIENT_PATH', 'ERR_CLIENT_EXPIRED', 'ERR_CLIENT_NOT_YET_VALID']),
    );
  });

  it('keeps tls_client_auth apart: not offered, not authenticated; offered, by its own rules', async () => {
    const byUri = client({
      client_id: 'by-uri',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_uri: PAYMENTS,
    });
    const svid = await authority.issueSvid({ spiffeId: PAYMENTS });
    const alone = await start([byUri], { methods: ['spiffe_x509'] });
    expect((await alone.token('by-uri', svid)).status).toBe(401);
    expect(alone.failures.map(({ error }) => error.code)).toEqual(['ERR_CLIENT_METHOD']);
    // spiffeTrust is no trust anchor of tls_client_auth
    const both = await start([byUri], { trustAnchors: [tls.pem] });
    expect((await both.token('by-uri', svid)).status).toBe(401);
  });

  it('publishes the methods that it offers', async () => {
    const lists = async (methods?: ['spiffe_x509']) => {
      const { call } = await start([], { ...(methods && { methods }), mtlsOrigin: 'https://mtls.as.example' });
      const { body } = await call('/.well-known/openid-configuration');
      expect(body).toHaveProperty('mtls_endpoint_aliases.token_endpoint', 'https://mtls.as.example/token');
      const names = ['token', 'introspection', 'revocation'].map((name) => `${name}_endpoint_auth_methods_supported`);
      return names.filter((name) => name in body).map((name) => body[name]);
    };
    expect(new Set((await lists(['spiffe_x509'])).map(String))).toEqual(new Set(['none,spiffe_x509']));
    expect(new Set((await lists()).map(String))).toEqual(
      new Set(['none,tls_client_auth,self_signed_tls_client_auth,spiffe_x509']),
    );
  });

  it('registers a client, without a secret, and refuses one that could never authenticate', async () => {
    const { call, token } = await start([]);
    const registered = await call('/reg', client({ spiffe_id: PAYMENTS }));
    expect(registered.status).toBe(201);
    expect(registered.body).toMatchObject({ token_endpoint_auth_method: 'spiffe_x509', spiffe_id: PAYMENTS });
    expect(registered.body).not.toHaveProperty('client_secret');
    const svid = await authority.issueSvid({ spiffeId: PAYMENTS });
    expect((await token(registered.body['client_id'] as string, svid)).status).toBe(200);
    for (const spiffe_id of [undefined, 'spiffe://example.org', 'spiffe://example.org/*', 7, 'https://example.org/a']) {
      const { status, body } = await call('/reg', client({ spiffe_id }));
      expect([spiffe_id, status, body['error']]).toEqual([spiffe_id, 400, 'invalid_client_metadata']);
    }
  });

  it('needs the trust and the method together, and version 9', () => {
    const getCertificate = presentedCertificate;
    expect(() => createMutualTlsFeature({ getCertificate, methods: ['spiffe_x509'] })).toThrow(TypeError);
    expect(() => createMutualTlsFeature({ getCertificate, methods: ['tls_client_auth'], spiffeTrust })).toThrow(
      TypeError,
    );
    const { middleware } = createMutualTlsFeature({ getCertificate, spiffeTrust });
    expect(() => middleware({ Client: { find: () => Promise.resolve(undefined) } })).toThrow(/version 9|provider 9/);
  });
});
