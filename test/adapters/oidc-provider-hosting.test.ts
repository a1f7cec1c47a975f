import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import express, { type RequestHandler } from 'express';
import { createMutualTlsFeature, type MutualTlsFailure, type MutualTlsFeatureOptions } from 'oauth-mtls/oidc-provider';
import { createCertificateAuthority, presented } from 'oauth-mtls/testing';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

/* oidc-provider inside of other applications, and behind proxies. */
const DN = 'CN=payments,O=Acme,C=US';
const mtlsOrigin = 'https://mtls.as.example';
const failures: MutualTlsFailure[] = [];
let trusted: Partial<MutualTlsFeatureOptions> & Pick<MutualTlsFeatureOptions, 'getCertificate'>;
const servers: ReturnType<typeof createServer>[] = [];

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  const payments = await authority.issue({ subject: DN });
  trusted = { getCertificate: () => presented(payments), trustAnchors: [authority.pem] };
});
beforeEach(() => void (failures.length = 0));
afterAll(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

interface Hosted {
  readonly provider: Provider;
  readonly port: number;
}

async function host(
  options: Partial<MutualTlsFeatureOptions>,
  parser?: RequestHandler,
  before?: Parameters<Provider['use']>[0],
): Promise<Hosted> {
  const feature = createMutualTlsFeature({ ...trusted, onFailure: (failure) => failures.push(failure), ...options });
  const provider = new Provider('https://as.example', {
    clients: [
      {
        client_id: 'payments',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: DN,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientAuthMethods: [...feature.clientAuthMethods],
    features: { mTLS: feature.mTLS, clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  if (before) provider.use(before);
  provider.use(feature.middleware(provider));
  const app = express();
  if (parser) app.use(parser);
  app.use(provider.callback());
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { provider, port: (server.address() as AddressInfo).port };
}

function send(port: number, path: string, headers: Record<string, string>, body?: string) {
  return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const request = httpRequest({ host: '127.0.0.1', port, path, method, agent: false, headers });
    request.on('error', reject).on('response', (response: IncomingMessage) => {
      const parse = (all: string) =>
        all.startsWith('{') ? (JSON.parse(all) as Record<string, unknown>) : { text: all };
      text(response).then((all) => resolve({ status: response.statusCode!, body: parse(all) }), reject);
    });
    request.end(body);
  });
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
const token = (port: number, form: string) => send(port, '/token', FORM, form);
const GRANT = 'grant_type=client_credentials';

/** Reads the request and leaves nothing to anybody. */
const swallow: RequestHandler = (request, _response, next) => void request.resume().on('end', () => next());

describe('behind a body parser', () => {
  const parsers: [name: string, parser: RequestHandler | undefined, koa?: Parameters<Provider['use']>[0]][] = [
    ['no parser', undefined],
    ['express.urlencoded', express.urlencoded({ extended: false })],
    ['express.urlencoded, extended', express.urlencoded({ extended: true })],
    ['express.json, which leaves a form alone', express.json()],
    ['express.text', express.text({ type: '*/*' })],
    ['express.raw', express.raw({ type: '*/*' })],
    [
      'a parser of Koa',
      undefined,
      async (ctx, next) => {
        Object.assign(ctx.request, { body: Object.fromEntries(new URLSearchParams(await text(ctx.req))) });
        await next();
      },
    ],
  ];

  describe.each(parsers)('%s', (_name, parser, before) => {
    let port: number;
    beforeAll(async () => {
      ({ port } = await host({}, parser, before));
    });

    it('authenticates the client that the form names', async () => {
      expect(await token(port, `${GRANT}&client_id=payments`)).toMatchObject({ status: 200 });
      expect(failures).toEqual([]);
    });

    it('refuses a form that names no client, another, or two', async () => {
      for (const form of ['', '&client_id=', '&client_id=other', '&client_id=payments&client_id=other']) {
        const { status } = await token(port, GRANT + form);
        expect([form, status]).not.toEqual([form, 200]);
      }
    });
  });

  it('says so where the request was read before and the body is gone', async () => {
    const { port } = await host({}, swallow);
    expect((await token(port, `${GRANT}&client_id=payments`)).status).toBeGreaterThanOrEqual(400);
    expect(failures.map(({ error }) => [error.code, error.detail.reason])).toEqual([
      ['ERR_CLIENT_UNKNOWN', 'body-already-read'],
    ]);
    // nothing was there to read
    failures.length = 0;
    await token(port, '');
    expect(failures).toEqual([]);
  });
});

describe('discovery', () => {
  const path = '/.well-known/openid-configuration';
  const alias = `${mtlsOrigin}/token`;

  it('RFC 8705 §5: has aliases, whatever scheme oidc-provider takes the request for', async () => {
    const { port, provider } = await host({ mtlsOrigin });
    const plain = await send(port, path, { Host: 'as.example' });
    expect(plain).toMatchObject({
      status: 200,
      body: { token_endpoint: 'http://as.example/token', mtls_endpoint_aliases: { token_endpoint: alias } },
    });
    provider.proxy = true;
    const forwarded = await send(port, path, { Host: 'as.example', 'X-Forwarded-Proto': 'https' });
    expect(forwarded).toMatchObject({
      status: 200,
      body: { token_endpoint: 'https://as.example/token', mtls_endpoint_aliases: { token_endpoint: alias } },
    });
  });

  it('answers as without aliases, whatever the host and the scheme in the request are', async () => {
    const [without, with_] = [await host({}), await host({ mtlsOrigin })];
    without.provider.proxy = with_.provider.proxy = true;
    const hosts = [
      'as.example',
      'user@as.example',
      'user:secret@as.example',
      'as.example:99999',
      'as example',
      '[',
      '#',
      'a"b',
    ];
    for (const Host of hosts) {
      for (const proto of ['https', 'http', 'javascript', 'h t', 'https, http', '']) {
        const headers = { Host, 'X-Forwarded-Proto': proto };
        const { status } = await send(without.port, path, headers);
        expect([Host, proto, (await send(with_.port, path, headers)).status]).toEqual([Host, proto, status]);
      }
    }
  });
});
