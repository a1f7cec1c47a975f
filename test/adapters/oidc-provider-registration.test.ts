import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientMetadataFinding } from 'oauth-mtls';
import { createMutualTlsFeature } from 'oauth-mtls/oidc-provider';
import { selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: Server;
let issuer: string;
let client: TestCertificate;
let other: TestCertificate;
const findings: ClientMetadataFinding[] = [];

beforeAll(async () => {
  [client, other] = [await selfSignedCertificate(), await selfSignedCertificate()];
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { mTLS, clientAuthMethods, clientMetadata, middleware } = createMutualTlsFeature({
    getCertificate: () => undefined,
    mtlsIssuer: 'https://mtls.as.example',
    onRegistrationFinding: (finding) => void findings.push(finding),
  });
  const provider = new Provider(issuer, {
    ...clientMetadata,
    clientAuthMethods: [...clientAuthMethods, 'none'],
    features: {
      mTLS,
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      devInteractions: { enabled: false },
    },
  });
  provider.use(middleware(provider));
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
});
afterAll(() => server.close());

async function register(metadata: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...metadata }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const pki = (members: object) => ({ token_endpoint_auth_method: 'tls_client_auth', ...members });
const selfSigned = (members: object) => ({ token_endpoint_auth_method: 'self_signed_tls_client_auth', ...members });

describe('registration at oidc-provider', () => {
  it.each<[what: string, member: string, metadata: () => object]>([
    ['a slash DN', 'tls_client_auth_subject_dn', () => pki({ tls_client_auth_subject_dn: '/C=US/CN=marked' })],
    ['a quoted DN', 'tls_client_auth_subject_dn', () => pki({ tls_client_auth_subject_dn: 'CN="marked",O=x' })],
    ['an unknown attribute', 'tls_client_auth_subject_dn', () => pki({ tls_client_auth_subject_dn: 'X=marked' })],
    ['an address as DNS name', 'tls_client_auth_san_dns', () => pki({ tls_client_auth_san_dns: '198.51.100.7' })],
    ['a port in an address', 'tls_client_auth_san_ip', () => pki({ tls_client_auth_san_ip: '198.51.100.7:443' })],
    ['a URI without a scheme', 'tls_client_auth_san_uri', () => pki({ tls_client_auth_san_uri: 'marked.example' })],
    ['no at sign', 'tls_client_auth_san_email', () => pki({ tls_client_auth_san_email: 'marked' })],
    [
      'x5c of another key',
      'jwks.keys[0]',
      () => selfSigned({ jwks: { keys: [{ ...client.jwk, x5c: other.jwk.x5c }] } }),
    ],
    [
      'x5c that is PEM',
      'jwks.keys[0].x5c[0]',
      () => selfSigned({ jwks: { keys: [{ ...client.jwk, x5c: [client.pem] }] } }),
    ],
    ['a private jwks_uri', 'jwks_uri', () => selfSigned({ jwks_uri: 'https://127.0.0.1/jwks' })],
  ])('refuses %s, names %s, and repeats no value', async (_what, member, metadata) => {
    const { status, body } = await register(metadata());
    expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
    expect(body['error_description']).toContain(member);
    expect(JSON.stringify(body)).not.toMatch(/marked|198\.51\.100|127\.0\.0\.1/);
  });

  it('accepts what can authenticate, and leaves other methods to oidc-provider', async () => {
    for (const metadata of [
      pki({ tls_client_auth_subject_dn: 'CN=client,O=Acme,C=US' }),
      selfSigned({ jwks: { keys: [client.jwk] } }),
      { token_endpoint_auth_method: 'none', grant_types: [] },
    ]) {
      expect((await register(metadata)).status).toBe(201);
    }
  });

  it('reports misspelt members, and accepts the registration', async () => {
    findings.length = 0;
    const metadata = pki({
      tls_client_auth_subject_dn: 'CN=client',
      tls_client_auth_issuer_dn: 'CN=marked',
      tls_client_certificate_bound_access_token: true,
    });
    expect((await register(metadata)).status).toBe(201);
    expect(findings.map(({ cause, member }) => [cause, member])).toEqual([
      ['draft-member', 'tls_client_auth_issuer_dn'],
      ['misspelt-member', 'tls_client_certificate_bound_access_token'],
    ]);
    expect(JSON.stringify(findings)).not.toContain('marked');
  });

  it('publishes mtls_issuer', async () => {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({ issuer, mtls_issuer: 'https://mtls.as.example' });
  });
});
