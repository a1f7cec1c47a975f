import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { apache, createCertificateReader, fromUnixSocket, nginx, type ForwardedFormat } from 'oauth-mtls/forwarded';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createMutualTlsFeature } from 'oauth-mtls/oidc-provider';
import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { codeBlocks } from '../documentation.js';
import { toJavaScript } from './install-packages.js';

/*
 * The hooks that docs/guides/migrating.md shows, as they are printed there, in a real oidc-provider, and what replaces
 * them.
 */
type Hooks = NonNullable<NonNullable<Configuration['features']>['mTLS']>;
type Install = (provider: Provider) => void;

const DN = 'CN=payments,O=Acme,C=US';
/** Inside the package, so that the modules find it. */
const folder = fromRoot('dist/migrating');
const servers: Server[] = [];
const failures: string[] = [];
let hooks: Readonly<Record<'proxy' | 'node', Hooks>>;
let authority: TestAuthority;
let serverAuthority: TestAuthority;
let payments: TestCertificate;
let expired: TestCertificate;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const load = async (name: string): Promise<Hooks> => {
    const { code } = codeBlocks().find((block) => block.code.startsWith(`// ${name}.ts\n`))!;
    writeFileSync(`${folder}/${name}.mjs`, toJavaScript(code));
    return ((await import(/* @vite-ignore */ `${folder}/${name}.mjs`)) as { mTLS: Hooks }).mTLS;
  };
  hooks = { proxy: await load('hooks-behind-a-proxy'), node: await load('hooks-on-node') };
  authority = await createCertificateAuthority();
  serverAuthority = await createCertificateAuthority();
  payments = await authority.issue({ subject: DN, san: { dns: 'payments.example' } });
  expired = await selfSignedCertificate({
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2021-01-01T00:00:00Z'),
  });
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Answer {
  readonly status: number;
  readonly thumbprint?: string | undefined;
}

/** A provider with some clients, and a function that asks it for a token. */
async function start(
  mTLS: Hooks,
  install: Install | undefined,
  tls: boolean,
): Promise<(clientId: string, headers?: Record<string, string>, certificate?: TestCertificate) => Promise<Answer>> {
  const machine = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    tls_client_certificate_bound_access_tokens: true,
  };
  const pki = { ...machine, token_endpoint_auth_method: 'tls_client_auth' } as const;
  const clients: ClientMetadata[] = [
    { ...pki, client_id: 'by-dn', tls_client_auth_subject_dn: DN },
    { ...pki, client_id: 'by-same-dn', tls_client_auth_subject_dn: 'cn=Payments, o=ACME, c=us' },
    { ...pki, client_id: 'by-dns', tls_client_auth_san_dns: 'payments.example' },
    {
      ...machine,
      client_id: 'self-signed',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [expired.jwk] },
    },
    { ...machine, client_id: 'secret', client_secret: 'secret', token_endpoint_auth_method: 'client_secret_post' },
  ];
  const provider = new Provider('https://as.example', {
    clients,
    clientAuthMethods: ['tls_client_auth', 'self_signed_tls_client_auth', 'client_secret_post'],
    features: {
      mTLS,
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://api.example',
        getResourceServerInfo: () => ({ scope: 'api', accessTokenFormat: 'jwt' }),
      },
    },
  });
  provider.proxy = true;
  install?.(provider);
  const own = await serverAuthority.issue({ san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
  const options = { key: own.privateKeyPem, cert: own.chainPem, ca: authority.pem };
  const server = tls ? createServer(mutualTlsOptions(options)) : createPlainServer();
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return async (clientId, headers = {}, certificate) => {
    const credentials = certificate && { cert: certificate.chainPem, key: certificate.privateKeyPem };
    const dispatcher = new Agent({ connect: { ca: serverAuthority.pem, ...credentials } });
    const response = await fetch(`${tls ? 'https' : 'http'}://localhost:${port}/token`, {
      dispatcher,
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Forwarded-Proto': 'https', ...headers },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        ...(clientId === 'secret' && { client_secret: 'secret' }),
      }).toString(),
    });
    const body = (await response.json()) as { access_token?: string };
    await dispatcher.close();
    const claims =
      body.access_token === undefined ? {} : decodeJwt<{ cnf?: { 'x5t#S256': string } }>(body.access_token);
    return { status: response.status, thumbprint: claims.cnf?.['x5t#S256'] };
  };
}

const startProxyHooks = () => start(hooks.proxy, undefined, false);
/** The replacement; in the tests, every request is the proxy's unless the trust function says no. */
function startReader(format: ForwardedFormat, trust: ReturnType<typeof fromUnixSocket> = () => true) {
  const getCertificate = createCertificateReader({ format, trust });
  const { mTLS, middleware } = createMutualTlsFeature({
    getCertificate,
    trustAnchors: [authority.pem],
    onFailure: ({ error }) => failures.push(error.code),
  });
  return start(mTLS, (provider) => void provider.use(middleware(provider)), false);
}
const startNodeHooks = () => start(hooks.node, undefined, true);
function startReplacement() {
  const { mTLS, middleware } = createMutualTlsFeature({ getCertificate: presentedCertificate });
  return start(mTLS, (provider) => void provider.use(middleware(provider)), true);
}

describe('hooks behind a proxy', () => {
  const oneLine = ({ pem }: TestCertificate) => pem.replaceAll('\n', ' ').trim();
  const headers = (certificate: string) => ({
    'X-SSL-Client-Cert': certificate,
    'X-SSL-Client-Verify': 'SUCCESS',
    'X-SSL-Client-S-DN': DN,
  });

  it('believe headers that the client itself has sent', async () => {
    expect(await (await startProxyHooks())('by-dn', headers(oneLine(payments)))).toEqual({
      status: 200,
      thumbprint: payments.certificate.thumbprint,
    });
    const call = await startReader(apache(), fromUnixSocket());
    expect(await call('by-dn', headers(oneLine(payments)))).toEqual({ status: 401, thumbprint: undefined });
    expect(failures.at(-1)).toBe('ERR_FORWARDED_UNTRUSTED');
  });

  it('bind tokens to what stands for no certificate', async () => {
    const constant = createHash('sha256').update(Buffer.from('(null)', 'base64')).digest('base64url');
    const none = { 'X-SSL-Client-Cert': '(null)', 'X-SSL-Client-Verify': 'NONE' };
    expect(await (await startProxyHooks())('secret', none)).toEqual({ status: 200, thumbprint: constant });
    expect((await (await startReader(apache()))('secret', none)).status).toBe(400);
  });

  it('bind tokens to the hash of something else', async () => {
    const sent = headers(encodeURIComponent(payments.pem));
    const { status, thumbprint } = await (await startProxyHooks())('by-dn', sent);
    expect([status, thumbprint === payments.certificate.thumbprint]).toEqual([200, false]);
    expect(await (await startReader(nginx()))('by-dn', sent)).toEqual({
      status: 200,
      thumbprint: payments.certificate.thumbprint,
    });
  });

  it('refuse the registered name in another spelling', async () => {
    const sent = headers(encodeURIComponent(payments.pem));
    expect((await (await startProxyHooks())('by-same-dn', sent)).status).toBe(401);
    expect((await (await startReader(nginx()))('by-same-dn', sent)).status).toBe(200);
  });
});

describe('hooks on Node', () => {
  it.each<[what: string, clientId: string, issue: () => Promise<TestCertificate>]>([
    [
      'take a common name for the whole name',
      'by-dn',
      () => authority.issue({ subject: 'CN=payments,O=Attacker,C=ZZ' }),
    ],
    [
      'take a part of a DNS name for the name',
      'by-dns',
      () => authority.issue({ san: { dns: 'payments.example.attacker.test' } }),
    ],
    ['take a self-signed certificate that has expired', 'self-signed', async () => expired],
  ])('%s', async (_what, clientId, issue) => {
    const certificate = await issue();
    expect((await (await startNodeHooks())(clientId, {}, certificate)).status).toBe(200);
    expect((await (await startReplacement())(clientId, {}, certificate)).status).toBe(401);
  });

  it('work for honest clients, before and after', async () => {
    for (const call of [await startNodeHooks(), await startReplacement()]) {
      for (const clientId of ['by-dn', 'by-dns']) expect((await call(clientId, {}, payments)).status).toBe(200);
    }
  });
});
