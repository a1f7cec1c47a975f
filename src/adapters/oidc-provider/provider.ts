import type { IncomingMessage } from 'node:http';

/** What is used of an oidc-provider `Client`. */
export interface OidcProviderClient {
  readonly clientId: string;
  readonly tokenEndpointAuthMethod?: string | undefined;
  metadata(): object;
}

/** What is used of the Koa context that oidc-provider hands to middleware and hooks. */
export interface OidcProviderContext {
  readonly req: IncomingMessage;
  /** Koa's own request, which has a `body` where a body parser of Koa has read it. */
  readonly request?: object;
  body: unknown;
  readonly oidc?: { readonly route?: string | undefined; readonly client?: OidcProviderClient | undefined } | undefined;
}

/** What is used of an oidc-provider `Provider`. */
export interface OidcProviderInstance {
  readonly Client: { find(id: string): Promise<OidcProviderClient | undefined> };
}
