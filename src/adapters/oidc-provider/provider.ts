import type { IncomingMessage } from 'node:http';

/** The members of an oidc-provider `Client` that are used. */
export interface OidcProviderClient {
  readonly clientId: string;
  readonly tokenEndpointAuthMethod?: string | undefined;
  metadata(): object;
}

/** The members of oidc-provider's Koa context that are used. */
export interface OidcProviderContext {
  readonly req: IncomingMessage;
  /** Koa's request, which has a `body` if a body parser of Koa has read it. */
  readonly request?: object;
  body: unknown;
  readonly oidc?: { readonly route?: string | undefined; readonly client?: OidcProviderClient | undefined } | undefined;
}

/** The members of an oidc-provider `Provider` that are used. */
export interface OidcProviderInstance {
  readonly Client: { find(id: string): Promise<OidcProviderClient | undefined> };
}
