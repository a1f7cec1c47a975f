import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { explainServerMetadata } from 'oauth-mtls';
import { apache, createCertificateReader, fromAddresses } from 'oauth-mtls/forwarded';
import { presentedCertificate } from 'oauth-mtls/node';
import { createPathVerifier } from 'oauth-mtls/pki';
import type { MutualTlsFailure } from 'oauth-mtls/oidc-provider';
import {
  createCertificateAuthority,
  forwardedHeaders,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import type { ClientMetadata } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JwksServer } from '../jwks/jwks-server.js';
import { OidcServer } from './oidc-provider-server.js';

const DN = 'CN=payments,O=Acme,C=US';
const REDIRECT_URI = 'https://app.example/callback';
const bound = { tls_client_certificate_bound_access_tokens: true };
const machine: Partial<ClientMetadata> = {
  ...bound,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
};
const app: Partial<ClientMetadata> = {
  ...bound,
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [REDIRECT_URI],
};

let server: OidcServer;
let jwksServer: JwksServer;
let root: TestAuthority;
let authority: TestAuthority;
let serverAuthority: TestAuthority;
let payments: TestCertificate;
let reports: TestCertificate;
let stranger: TestCertificate;
const failures: MutualTlsFailure[] = [];

beforeAll(async () => {
  serverAuthority = await createCertificateAuthority({ subject: 'CN=Server CA' });
  root = await createCertificateAuthority({ subject: 'CN=Client Root' });
  authority = await root.issueAuthority({ subject: 'CN=Client CA' });
  const san = {
    dns: 'payments.example',
    uri: 'spiffe://example/payments',
    email: 'payments@example.com',
    ip: '2001:db8::1',
  };
  payments = await authority.issue({ subject: DN, san });
  reports = await selfSignedCertificate({ subject: 'CN=reports' });
  stranger = await selfSignedCertificate({ subject: 'CN=stranger' });
  jwksServer = await JwksServer.start(reports);
  const { x5c: _x5c, ...bare } = reports.jwk;
  const thumbprintOnly = { ...bare, 'x5t#S256': reports.certificate.thumbprint };
  server = await start([
    pki('payments', { tls_client_auth_subject_dn: DN }),
    pki('by-other-case', { tls_client_auth_subject_dn: 'cn=PAYMENTS, O=acme, c=us' }),
    pki('by-dns', { tls_client_auth_san_dns: 'PAYMENTS.example' }),
    pki('by-uri', { tls_client_auth_san_uri: 'spiffe://example/payments' }),
    pki('by-email', { tls_client_auth_san_email: 'payments@EXAMPLE.com' }),
    pki('by-ip', { tls_client_auth_san_ip: '2001:DB8:0::1' }),
    pki('other', { tls_client_auth_subject_dn: 'CN=other,O=Acme,C=US' }),
    { ...app, client_id: 'web', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: DN },
    selfSigned('reports', { jwks: { keys: [reports.jwk] } }),
    selfSigned('without-x5c', { jwks: { keys: [thumbprintOnly] } }),
    selfSigned('other-key', { jwks: { keys: [{ ...stranger.jwk, x5c: reports.jwk.x5c }] } }),
    selfSigned('remote', { jwks_uri: jwksServer.uri }),
    { ...app, client_id: 'native', token_endpoint_auth_method: 'none', application_type: 'native' },
    {
      ...machine,
      client_id: 'secret',
      client_secret: 'secret',
      ...{ tls_client_certificate_bound_access_tokens: false },
    },
  ]);
});

afterAll(async () => {
  await server.stop();
  await jwksServer.stop();
});

beforeEach(() => {
  failures.length = 0;
});

function pki(clientId: string, subject: Partial<ClientMetadata>): ClientMetadata {
  return { ...machine, client_id: clientId, token_endpoint_auth_method: 'tls_client_auth', ...subject };
}

function selfSigned(clientId: string, keys: Partial<ClientMetadata>): ClientMetadata {
  return { ...machine, client_id: clientId, token_endpoint_auth_method: 'self_signed_tls_client_auth', ...keys };
}

function start(
  clients: ClientMetadata[],
  options: Partial<Parameters<typeof OidcServer.start>[0]['feature']> = {},
  useMiddleware = true,
): Promise<OidcServer> {
  const trust = options.pathVerifier ? {} : { trustAnchors: [root.pem] };
  return OidcServer.start({
    authority: serverAuthority,
    clients,
    useMiddleware,
    feature: {
      getCertificate: presentedCertificate,
      ...trust,
      jwks: { unsafeAllowHttp: true, unsafeAllowPrivateAddresses: true },
      onFailure: (failure) => failures.push(failure),
      ...options,
    },
  });
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Calls an endpoint on the host for mutual TLS. */
async function call(
  path: string,
  certificate: TestCertificate | undefined,
  form: Record<string, string>,
  at = server,
): Promise<Answer> {
  const response = await at.http(certificate)(at.mtlsOrigin + path, { form });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

function token(clientId: string, certificate: TestCertificate | undefined, at = server): Promise<Answer> {
  return call('/token', certificate, { grant_type: 'client_credentials', client_id: clientId }, at);
}

async function introspect(value: unknown): Promise<Record<string, unknown>> {
  const { body } = await call('/token/introspection', payments, { client_id: 'payments', token: String(value) });
  return body;
}

async function refused(
  clientId: string,
  certificate: TestCertificate | undefined,
  code: string,
  at = server,
): Promise<void> {
  expect(await token(clientId, certificate, at)).toEqual({
    status: 401,
    body: { error: 'invalid_client', error_description: 'client authentication failed' },
  });
  expect(failures.map((failure) => [failure.clientId, failure.error.code])).toEqual([[clientId, code]]);
}

describe('tls_client_auth', () => {
  it.each(['payments', 'by-other-case', 'by-dns', 'by-uri', 'by-email', 'by-ip'])(
    'RFC 8705 §2.1: authenticates %s, and binds its token',
    async (clientId) => {
      const { status, body } = await token(clientId, payments);
      expect(status).toBe(200);
      expect(await introspect(body['access_token'])).toMatchObject({
        active: true,
        client_id: clientId,
        cnf: { 'x5t#S256': payments.certificate.thumbprint },
      });
      expect(failures).toEqual([]);
    },
  );

  it('RFC 8705 §2: refuses a client without a certificate', () =>
    refused('payments', undefined, 'ERR_CLIENT_CERTIFICATE_MISSING'));
  it('RFC 8705 §2.1: refuses another subject', () => refused('other', payments, 'ERR_CLIENT_SUBJECT_MISMATCH'));

  it('RFC 8705 §7.4: refuses the same subject from an authority of the same name', async () => {
    const forged = await createCertificateAuthority({ subject: 'CN=Client Root' });
    await refused('payments', await forged.issue({ subject: DN }), 'ERR_CLIENT_PATH');
  });

  it('refuses a self-signed certificate with the registered subject', async () => {
    await refused('payments', await selfSignedCertificate({ subject: DN }), 'ERR_CLIENT_PATH');
  });

  it('refuses an expired certificate', async () => {
    const expired = await authority.issue({
      subject: DN,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    });
    await refused('payments', expired, 'ERR_CLIENT_EXPIRED');
  });

  it('refuses a certificate for servers only', async () => {
    await refused(
      'payments',
      await authority.issue({ subject: DN, extendedKeyUsage: ['serverAuth'] }),
      'ERR_CLIENT_PATH',
    );
  });

  it('RFC 8705 §7.4: accepts each client under its own authorities alone', async () => {
    const otherRoot = await createCertificateAuthority({ subject: 'CN=Other Root' });
    const theirs = await otherRoot.issue({ subject: DN });
    const verifiers = new Map([
      ['payments', createPathVerifier({ trustAnchors: [root.pem] })],
      ['theirs', createPathVerifier({ trustAnchors: [otherRoot.pem] })],
    ]);
    const clients = ['payments', 'theirs', 'nobody'].map((id) => pki(id, { tls_client_auth_subject_dn: DN }));
    const separate = await start(clients, { pathVerifier: (clientId) => verifiers.get(clientId) });
    try {
      expect(await token('payments', payments, separate)).toMatchObject({ status: 200 });
      expect(await token('theirs', theirs, separate)).toMatchObject({ status: 200 });
      await refused('payments', theirs, 'ERR_CLIENT_PATH', separate);
      failures.length = 0;
      await refused('nobody', payments, 'ERR_CLIENT_PATH', separate);
    } finally {
      await separate.stop();
    }
  });
});

describe('self_signed_tls_client_auth', () => {
  it('RFC 8705 §2.2: authenticates the registered certificate, and binds its token', async () => {
    const { status, body } = await token('reports', reports);
    expect(status).toBe(200);
    expect(await introspect(body['access_token'])).toMatchObject({
      cnf: { 'x5t#S256': reports.certificate.thumbprint },
    });
  });

  it('RFC 8705 §2.2: refuses another certificate', () =>
    refused('reports', stranger, 'ERR_CLIENT_CERTIFICATE_UNKNOWN'));
  it('RFC 8705 §2: refuses a client without a certificate', () =>
    refused('reports', undefined, 'ERR_CLIENT_CERTIFICATE_MISSING'));
  it('RFC 8705 §2.2.2: refuses a registered thumbprint without x5c', () =>
    refused('without-x5c', reports, 'ERR_METADATA_JWKS'));
  it('RFC 7517 §4.7: refuses a registered certificate with the key of another', () =>
    refused('other-key', reports, 'ERR_METADATA_X5C'));

  it('refuses a registered certificate past its validity period', async () => {
    const expired = await selfSignedCertificate({
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    });
    const late = await start([selfSigned('late', { jwks: { keys: [expired.jwk] } })]);
    await refused('late', expired, 'ERR_CLIENT_EXPIRED', late);
    expect(failures[0]?.report).toMatchObject({ cause: 'expired', fields: ['jwks.keys[0]'] });
    await late.stop();
  });

  it('accepts a certificate that was rotated in at jwks_uri at once, whatever its max-age, and keeps it while the server is down', async () => {
    jwksServer.answer = (_request, response) => {
      response.setHeader('Cache-Control', 'max-age=86400');
      response.end(JSON.stringify({ keys: jwksServer.keys }));
    };
    expect(await token('remote', reports)).toMatchObject({ status: 200 });
    const renewed = await selfSignedCertificate({ subject: 'CN=reports' });
    jwksServer.serve(renewed);
    expect(await token('remote', renewed)).toMatchObject({ status: 200 });
    await refused('remote', reports, 'ERR_CLIENT_CERTIFICATE_UNKNOWN');
    expect(jwksServer.requests).toBe(2);
    // the log compares with the keys that were loaded
    failures.length = 0;
    await refused(
      'remote',
      await selfSignedCertificate({ keyPair: renewed.keyPair }),
      'ERR_CLIENT_CERTIFICATE_UNKNOWN',
    );
    expect(failures[0]?.report).toMatchObject({ cause: 'renewed', fields: ['keys[0]'] });
    jwksServer.answer = (_request, response) => response.writeHead(503).end();
    expect(await token('remote', renewed)).toMatchObject({ status: 200 });
  });
});

describe('requests', () => {
  it('RFC 8705 §2: have to name the client', async () => {
    expect(await call('/token', payments, { grant_type: 'client_credentials' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    const twice = await server.http(payments)(`${server.mtlsOrigin}/token`, {
      method: 'POST',
      body: 'grant_type=client_credentials&client_id=payments&client_id=payments',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(twice.status).toBe(400);
  });

  it('do not authenticate a mutual-TLS client by a secret, nor the other way round', async () => {
    const basic = { authorization: `Basic ${btoa('payments:secret')}` };
    const response = await server.http(payments)(`${server.mtlsOrigin}/token`, {
      method: 'POST',
      body: 'grant_type=client_credentials&client_id=payments',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic },
    });
    expect(response.status).toBe(401);
    expect(await token('secret', payments)).toMatchObject({ status: 401 });
  });

  it('may be sent in pieces', async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const part of ['grant_type=client_', 'credentials&client', '_id=payments']) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield Buffer.from(part);
      }
    }
    const response = await server.http(payments)(`${server.mtlsOrigin}/token`, {
      method: 'POST',
      body: body() as never,
      duplex: 'half',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(response.status).toBe(200);
  });
});

describe('a certificate from a proxy', () => {
  const chain = () => payments.chainPem.replaceAll('\n', ' ');
  let proxied: OidcServer;

  beforeAll(async () => {
    proxied = await start([pki('payments', { tls_client_auth_subject_dn: DN })], {
      getCertificate: createCertificateReader({ format: apache(), trust: fromAddresses(['127.0.0.1']) }),
      pathVerifier: createPathVerifier({ trustAnchors: [authority.pem] }),
    });
  });
  afterAll(() => proxied.stop());

  async function send(headers: Record<string, string>, clientId = 'payments'): Promise<Answer> {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId });
    const response = await proxied.http()(`${proxied.mtlsOrigin}/token`, {
      method: 'POST',
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it.each([
    ['PEM with spaces', () => forwardedHeaders('apache', payments)],
    [
      'percent-encoded PEM',
      () => ({ 'x-ssl-client-cert': encodeURIComponent(payments.pem), 'x-ssl-client-verify': 'SUCCESS' }),
    ],
  ])('authenticates, and binds to the certificate itself, where it comes as %s', async (_what, headers) => {
    const { status, body } = await send(headers());
    expect(status).toBe(200);
    const stored = await proxied.provider.ClientCredentials.find(String(body['access_token']));
    expect(stored?.['x5t#S256']).toBe(payments.certificate.thumbprint);
  });

  it.each<[what: string, value: () => string, code: string]>([
    ['(null), Apache’s word for none', () => '(null)', 'ERR_CLIENT_CERTIFICATE_MISSING'],
    ['a chain of PEM blocks', chain, 'ERR_FORWARDED_MALFORMED'],
    [
      'text before the PEM block',
      () => `subject=CN ${chain().split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----`,
      'ERR_FORWARDED_MALFORMED',
    ],
    ['text that is no certificate', () => 'AAAA', 'ERR_FORWARDED_MALFORMED'],
  ])('refuses %s instead of binding to a constant', async (_what, value, code) => {
    const headers = {
      'x-ssl-client-cert': value(),
      'x-ssl-client-verify': code === 'ERR_CLIENT_CERTIFICATE_MISSING' ? 'NONE' : 'SUCCESS',
    };
    expect(await send(headers)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(failures.map(({ error }) => error.code)).toEqual([code]);
  });
});

describe('hooks', () => {
  it('deny where the middleware has not decided', async () => {
    const without = await start([pki('payments', { tls_client_auth_subject_dn: DN })], {}, false);
    await refused('payments', payments, 'ERR_CLIENT_UNKNOWN', without);
    expect(failures[0]?.error.detail).toEqual({ reason: 'no-middleware' });
    await without.stop();
  });
});

/** A code for Alice's consent, and the verifier that goes with it. */
async function authorize(
  clientId: string,
  extra: Record<string, string> = {},
): Promise<{ code: string; code_verifier: string }> {
  const verifier = 'v'.repeat(43);
  const url = new URL(`${server.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access api',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  }).toString();
  const target = await server.authorize(url);
  expect(target.searchParams.get('error_description')).toBeNull();
  return { code: target.searchParams.get('code')!, code_verifier: verifier };
}

async function exchange(clientId: string, certificate: TestCertificate | undefined): Promise<Answer> {
  return call('/token', certificate, {
    grant_type: 'authorization_code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    ...(await authorize(clientId)),
  });
}

function refresh(clientId: string, certificate: TestCertificate | undefined, refreshToken: string): Promise<Answer> {
  return call('/token', certificate, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
}

describe('a public client', () => {
  it('RFC 8705 §4: has its access token and its refresh token bound to whatever certificate it presents', async () => {
    const { status, body } = await exchange('native', stranger);
    expect(status).toBe(200);
    const cnf = { 'x5t#S256': stranger.certificate.thumbprint };
    expect(await introspect(body['access_token'])).toMatchObject({ active: true, cnf });
    expect(await introspect(body['refresh_token'])).toMatchObject({ active: true, cnf });
    expect(failures).toEqual([]);
  });

  it('RFC 8705 §4: refreshes with the same certificate only', async () => {
    const { body } = await exchange('native', stranger);
    const refreshToken = String(body['refresh_token']);
    for (const certificate of [undefined, reports]) {
      expect(await refresh('native', certificate, refreshToken)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    }
    const refreshed = await refresh('native', stranger, refreshToken);
    expect(refreshed.status).toBe(200);
    expect(await introspect(refreshed.body['access_token'])).toMatchObject({
      cnf: { 'x5t#S256': stranger.certificate.thumbprint },
    });
  });

  it('RFC 8705 §3.4: gets an error where it asked for bound tokens and comes without a certificate', async () => {
    expect(await exchange('native', undefined)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('a client that authenticates', () => {
  it('RFC 8705 §7.1: refreshes with a new certificate, to which the new token is bound', async () => {
    const { body } = await exchange('web', payments);
    const renewed = await authority.issue({ subject: DN });
    const refreshed = await refresh('web', renewed, String(body['refresh_token']));
    expect(refreshed.status).toBe(200);
    expect(await introspect(refreshed.body['access_token'])).toMatchObject({
      cnf: { 'x5t#S256': renewed.certificate.thumbprint },
    });
  });

  it('RFC 8705 §7.1: does not refresh without authentication', async () => {
    const { body } = await exchange('web', payments);
    for (const certificate of [undefined, stranger]) {
      expect(await refresh('web', certificate, String(body['refresh_token']))).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
    }
  });

  it('authenticates at the endpoint for pushed authorization requests', async () => {
    const request = {
      client_id: 'web',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    };
    expect(await call('/request', payments, request)).toMatchObject({
      status: 201,
      body: { request_uri: expect.stringContaining('urn:') },
    });
    expect(await call('/request', stranger, request)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('authenticates at revocation and introspection', async () => {
    const { body } = await token('payments', payments);
    const form = { client_id: 'payments', token: String(body['access_token']) };
    expect(await call('/token/revocation', stranger, form)).toMatchObject({ status: 401 });
    expect(await call('/token/introspection', stranger, form)).toMatchObject({ status: 401 });
    expect(await call('/token/introspection', payments, form)).toMatchObject({ status: 200, body: { active: true } });
    expect(await call('/token/revocation', payments, form)).toMatchObject({ status: 200 });
    expect(await call('/token/introspection', payments, form)).toEqual({ status: 200, body: { active: false } });
  });
});

describe('tokens', () => {
  it('RFC 8705 §3.1: carry the confirmation where they are JWT', async () => {
    const { body } = await call('/token', payments, {
      grant_type: 'client_credentials',
      client_id: 'payments',
      resource: 'https://api.example',
      scope: 'api',
    });
    expect(decodeJwt(String(body['access_token']))).toMatchObject({
      cnf: { 'x5t#S256': payments.certificate.thumbprint },
    });
  });

  it('RFC 8705 §3: open userinfo with their certificate only', async () => {
    const { body } = await exchange('native', stranger);
    const userinfo = async (certificate?: TestCertificate) => {
      const authorization = `Bearer ${String(body['access_token'])}`;
      const { status, headers } = await server.http(certificate)(`${server.mtlsOrigin}/me`, {
        headers: { authorization },
      });
      return [status, /error="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1]];
    };
    expect(await userinfo(stranger)).toEqual([200, undefined]);
    expect(await userinfo(reports)).toEqual([401, 'invalid_token']);
    expect(await userinfo()).toEqual([401, 'invalid_token']);
  });
});

describe('metadata', () => {
  it('RFC 8705 §3.3, §5: announces the methods, bound tokens, and an alias for each endpoint that a client calls', async () => {
    const response = await server.http()(`${server.issuer}/.well-known/openid-configuration`);
    const document = (await response.json()) as Record<string, unknown>;
    expect(document).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      token_endpoint_auth_methods_supported: expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    });
    expect(document['mtls_endpoint_aliases']).toEqual({
      token_endpoint: `${server.mtlsOrigin}/token`,
      userinfo_endpoint: `${server.mtlsOrigin}/me`,
      introspection_endpoint: `${server.mtlsOrigin}/token/introspection`,
      revocation_endpoint: `${server.mtlsOrigin}/token/revocation`,
      pushed_authorization_request_endpoint: `${server.mtlsOrigin}/request`,
    });
    expect(explainServerMetadata(document)).toEqual([]);
  });

  it('RFC 8705 §5: the conventional host asks for no certificate', async () => {
    const response = await server.http(payments)(`${server.issuer}/token`, {
      form: { grant_type: 'client_credentials', client_id: 'payments' },
    });
    expect(response.status).toBe(401);
  });
});
