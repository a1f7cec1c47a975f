import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mutualTlsOptions } from 'oauth-mtls/node';
import { createMutualTlsFeature, type MutualTlsFeatureOptions } from 'oauth-mtls/oidc-provider';
import type { TestAuthority, TestCertificate } from 'oauth-mtls/testing';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { Agent, fetch as undiciFetch, type RequestInit, type Response } from 'undici';

export interface OidcServerOptions {
  /** Certifies the servers. */
  readonly authority: TestAuthority;
  readonly feature: Omit<MutualTlsFeatureOptions, 'mtlsOrigin'>;
  readonly clients: readonly ClientMetadata[];
  /** Without it the middleware is left out. */
  readonly useMiddleware?: boolean;
}

/** Answers to a client's requests, with the certificate that it presents. */
export type Http = (url: string, init?: RequestInit & { readonly form?: Record<string, string> }) => Promise<Response>;

/**
 * oidc-provider over real TLS, on two ports: one for browsers, which asks for no certificate, and one for mutual
 * TLS. Whoever comes to log in is Alice, and consents.
 */
export class OidcServer {
  readonly provider: Provider;
  readonly issuer: string;
  readonly mtlsOrigin: string;
  readonly #servers: readonly Server[];
  readonly #agents: Agent[] = [];
  readonly #authority: TestAuthority;

  private constructor(options: OidcServerOptions, servers: readonly Server[], origins: readonly string[]) {
    this.#servers = servers;
    this.#authority = options.authority;
    [this.issuer, this.mtlsOrigin] = origins as [string, string];
    const { mTLS, clientAuthMethods, middleware } = createMutualTlsFeature({
      ...options.feature,
      mtlsOrigin: this.mtlsOrigin,
    });
    this.provider = new Provider(this.issuer, {
      clients: [...options.clients],
      clientAuthMethods: [...clientAuthMethods, 'none', 'client_secret_basic', 'private_key_jwt'],
      findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
      cookies: { keys: ['test'] },
      scopes: ['openid', 'offline_access', 'api'],
      ttl: {
        AccessToken: 600,
        ClientCredentials: 600,
        RefreshToken: 600,
        AuthorizationCode: 60,
        IdToken: 600,
        Grant: 600,
        Session: 600,
        Interaction: 600,
      },
      features: {
        mTLS,
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true },
        userinfo: { enabled: true },
        // a resource that asks for tokens as JWT
        resourceIndicators: {
          enabled: true,
          defaultResource: () => [],
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: 'api', accessTokenFormat: 'jwt' }),
        },
      },
    });
    this.provider.use(this.#logIn);
    if (options.useMiddleware !== false) this.provider.use(middleware(this.provider));
    const handle = this.provider.callback();
    for (const server of servers) server.on('request', (request, response) => void handle(request, response));
  }

  static async start(options: OidcServerOptions): Promise<OidcServer> {
    const { privateKeyPem: key, chainPem: cert } = await options.authority.issue({
      subject: 'CN=localhost',
      san: { dns: 'localhost' },
      extendedKeyUsage: ['serverAuth'],
    });
    const servers = [createServer({ key, cert }), createServer(mutualTlsOptions({ key, cert }))];
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
    return new OidcServer(
      options,
      servers,
      servers.map((server) => `https://localhost:${(server.address() as AddressInfo).port}`),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.close()));
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** A `dispatcher` for undici that presents a certificate, or none. */
  agent(certificate?: TestCertificate): Agent {
    const credentials = certificate && { cert: certificate.chainPem, key: certificate.privateKeyPem };
    const agent = new Agent({ connect: { ca: this.#authority.pem, ...credentials } });
    this.#agents.push(agent);
    return agent;
  }

  http(certificate?: TestCertificate): Http {
    const dispatcher = this.agent(certificate);
    return (url, { form, ...init } = {}) =>
      undiciFetch(url, {
        dispatcher,
        redirect: 'manual',
        ...(form && {
          method: 'POST',
          body: new URLSearchParams(form).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
        ...init,
      });
  }

  /** Sends a browser to the authorization endpoint, and returns where it ends up outside of this server. */
  async authorize(url: URL): Promise<URL> {
    const http = this.http();
    const cookies = new Map<string, string>();
    let target = url.href;
    for (let hops = 0; target.startsWith(this.issuer) && hops < 10; hops++) {
      const response = await http(target, {
        headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null)
        throw new Error(`The browser is stuck at ${target}: ${response.status} ${await response.text()}`);
      target = new URL(location, target).href;
    }
    return new URL(target);
  }

  #logIn: Parameters<Provider['use']>[0] = async (ctx, next) => {
    if (!ctx.path.startsWith('/login/')) return next();
    const { prompt, params, session } = await this.provider.interactionDetails(ctx.req, ctx.res);
    if (prompt.name === 'login') {
      await this.provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: 'alice' } });
    } else {
      const grant = new this.provider.Grant({ accountId: session!.accountId, clientId: String(params['client_id']) });
      grant.addOIDCScope(String(params['scope']));
      await this.provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } });
    }
    ctx.respond = false;
  };
}
