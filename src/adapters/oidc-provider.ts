import type { IncomingMessage } from 'node:http';
import { writePem } from '../encoding/pem.js';
import { isMtlsError, MtlsError } from '../errors.js';
import { toError } from '../errors/to-error.js';
import { checkOptions } from '../options.js';
import { createJwksSources, type JwksSourcesOptions } from '../jwks/index.js';
import {
  authenticateClient,
  type AuthenticatedClient,
  type PathVerifier,
} from '../oauth/client/authenticate-client.js';
import { parseClientMetadata } from '../oauth/client/parse-client-metadata.js';
import type { ClientMetadataFinding } from '../oauth/explain-client-metadata.js';
import { authorizationServerMetadata } from '../oauth/metadata/authorization-server-metadata.js';
import type { SvidVerifier } from '../oauth/client/svid-verifier.js';
import { isMutualTlsMethod, mutualTlsMethods, type MutualTlsMethod } from '../oauth/mutual-tls-method.js';
import { publishMethods } from './oidc-provider/publish-methods.js';
import { admitSpiffeClients } from './oidc-provider/spiffe-clients.js';
import type { CertificateInput } from '../x509/certificate.js';
import { checkRegistrations, type RegistrationChecks } from './oidc-provider/client-metadata.js';
import { NO_MIDDLEWARE, type Evidence, type Gathered } from './oidc-provider/evidence.js';
import { explainFailure, type FailureReport } from './oidc-provider/explain-failure.js';
import { findClient } from './oidc-provider/find-client.js';
import type { OidcProviderClient, OidcProviderContext, OidcProviderInstance } from './oidc-provider/provider.js';
import { checkProvider } from './oidc-provider/provider-version.js';
import { publishAliases } from './oidc-provider/publish-aliases.js';
import { readPathVerifier } from './oidc-provider/read-path-verifier.js';
import { shareKeys } from './oidc-provider/share-keys.js';
import type { PresentedCertificate } from '../presented/presented-certificate.js';

export type { FailureReport, OidcProviderClient, OidcProviderContext, OidcProviderInstance };

/** A mutual-TLS client that is not authenticated, or a certificate that cannot be read, and why. */
export interface MutualTlsFailure {
  /** The client as oidc-provider knows it; undefined where it asks for the certificate before it knows the client. */
  readonly clientId: string | undefined;
  readonly error: MtlsError;
  /** Why the chain, the subject or the registered certificates do not match: `cause`, and sentences in `hint`. */
  readonly report?: FailureReport | undefined;
  readonly request: IncomingMessage;
}

export interface MutualTlsFeatureOptions {
  /**
   * Where the certificate of a request comes from: `presentedCertificate`, or what `createCertificateReader` returns.
   */
  readonly getCertificate: (
    request: IncomingMessage,
  ) => Promise<PresentedCertificate | undefined> | PresentedCertificate | undefined;
  /**
   * The authorities that certify the clients of `tls_client_auth`: short for `pathVerifier` with these trust anchors.
   */
  readonly trustAnchors?: readonly CertificateInput[];
  /** With `trustAnchors`: authorities between them and the clients, which a resumed TLS session does not bring. */
  readonly intermediates?: readonly CertificateInput[];
  /**
   * Validates the chains of `tls_client_auth` clients: one verifier for all of them, or one for each; a client for
   * which there is none is refused. Without this and `trustAnchors`, the TLS layer or proxy has to have validated the
   * chain.
   */
  readonly pathVerifier?: PathVerifier | ((clientId: string) => PathVerifier | undefined);
  /** How the `jwks_uri` of a `self_signed_tls_client_auth` client is loaded. */
  readonly jwks?: JwksSourcesOptions;
  /** Experimental: the trust domains whose X.509-SVIDs authenticate clients of `spiffe_x509`. Needs oidc-provider 9. */
  readonly spiffeTrust?: SvidVerifier;
  /** Default: both methods of RFC 8705, and `spiffe_x509` where there is `spiffeTrust`. */
  readonly methods?: readonly MutualTlsMethod[];
  /** Whether clients may have bound access tokens. Default true. */
  readonly certificateBoundAccessTokens?: boolean;
  /**
   * The `https` origin where the same paths ask for a certificate; `mtls_endpoint_aliases` are published if it is
   * there.
   */
  readonly mtlsOrigin?: string;
  /** Published as `mtls_issuer`, where the server has an issuer of its own for mutual TLS. */
  readonly mtlsIssuer?: string;
  /**
   * Called with the reason why a mutual-TLS client is not authenticated: for logs, not for the client. Awaited before
   * the answer is sent.
   */
  readonly onFailure?: (failure: MutualTlsFailure) => unknown;
  /**
   * Called for each member of a registration that is misspelt or from a draft of RFC 8705, and is therefore ignored:
   * what `explainClientMetadata` returns. The registration is not refused for it.
   */
  readonly onRegistrationFinding?: (finding: ClientMetadataFinding) => unknown;
}

/** What oidc-provider is to be given. */
export interface MutualTlsFeature {
  /** For `features.mTLS`. */
  readonly mTLS: {
    readonly enabled: true;
    readonly certificateBoundAccessTokens: boolean;
    readonly tlsClientAuth: boolean;
    readonly selfSignedTlsClientAuth: boolean;
    readonly getCertificate: (ctx: OidcProviderContext) => string | undefined;
    readonly certificateAuthorized: (ctx: OidcProviderContext) => boolean;
    readonly certificateSubjectMatches: (ctx: OidcProviderContext, property: string, expected: string) => boolean;
  };
  /** For `clientAuthMethods`, with those that the server has besides. */
  readonly clientAuthMethods: readonly Exclude<MutualTlsMethod, 'spiffe_x509'>[];
  /**
   * To spread into the configuration: a registration with which the client could never authenticate is refused with
   * `invalid_client_metadata`. The description names the member and the rule, and repeats no value.
   */
  readonly clientMetadata: RegistrationChecks;
  /** For `provider.use`: without it no certificate is seen, and no client authenticated. */
  readonly middleware: (
    provider: OidcProviderInstance,
  ) => (ctx: OidcProviderContext, next: () => Promise<unknown>) => Promise<void>;
}

/**
 * RFC 8705 for oidc-provider: the functions that `features.mTLS` asks for, and the middleware that decides
 * before they are called, since they cannot wait for a chain to be validated or keys to be loaded. The decision is
 * that of `authenticateClient`; the functions repeat it, and say no where there is none.
 *
 * Beyond what oidc-provider does by itself: subjects are compared by RFC 5280, an expired self-signed certificate
 * is refused, a registered key without a certificate or with that of another key authenticates no client, and a
 * certificate that is new at a `jwks_uri` is accepted at once, whatever its `max-age`.
 *
 * Not done: TLS itself (`mutualTlsOptions`), and the rules of the grants, which stay oidc-provider's: it binds
 * tokens of clients registered with `tls_client_certificate_bound_access_tokens`, and answers `invalid_grant`
 * where such a client comes without a certificate.
 *
 * @example
 * ```ts
 * import Provider from 'oidc-provider';
 * import { presentedCertificate } from 'oauth-mtls/node';
 * import { createMutualTlsFeature } from 'oauth-mtls/oidc-provider';
 * declare const clientAuthority: string;
 * const { mTLS, clientAuthMethods, clientMetadata, middleware } = createMutualTlsFeature({
 *   getCertificate: presentedCertificate,
 *   trustAnchors: [clientAuthority],
 *   mtlsOrigin: 'https://mtls.as.example',
 *   onFailure: ({ clientId, error, report }) => console.warn(clientId, error.code, report?.hint),
 * });
 * const provider = new Provider('https://as.example', {
 *   ...clientMetadata,
 *   clientAuthMethods: [...clientAuthMethods, 'none'],
 *   features: { mTLS },
 * });
 * provider.use(middleware(provider));
 * ```
 * @throws TypeError for options that are not what they should be
 * @throws MtlsError for a trust anchor that does not parse
 * @see RFC 8705 §2, §3, §4, §5
 */
export function createMutualTlsFeature(options: MutualTlsFeatureOptions): MutualTlsFeature {
  checkOptions<MutualTlsFeatureOptions>(
    options,
    {
      getCertificate: 'function',
      trustAnchors: 'array',
      intermediates: 'array',
      pathVerifier: 'any',
      jwks: 'object',
      spiffeTrust: { method: 'verifySvid' },
      methods: { arrayOf: mutualTlsMethods },
      certificateBoundAccessTokens: 'boolean',
      mtlsOrigin: 'string',
      mtlsIssuer: 'string',
      onFailure: 'function',
      onRegistrationFinding: 'function',
    },
    ['getCertificate'],
  );
  const {
    getCertificate: findCertificate,
    spiffeTrust,
    methods = mutualTlsMethods.filter((method) => method !== 'spiffe_x509' || spiffeTrust !== undefined),
    certificateBoundAccessTokens = true,
    mtlsOrigin,
    mtlsIssuer,
    onFailure,
    onRegistrationFinding,
  } = options;
  const spiffe = methods.includes('spiffe_x509');
  if (spiffe !== (spiffeTrust !== undefined))
    throw new TypeError('Method spiffe_x509 and option "spiffeTrust" require each other');
  // an invalid origin is found now, not when the discovery document is asked for
  authorizationServerMetadata({ mtlsOrigin, mtlsIssuer });
  // the methods that oidc-provider is to know
  const native = (['tls_client_auth', 'self_signed_tls_client_auth'] as const).filter(
    (method) => methods.includes(method) || (spiffe && method === 'tls_client_auth'),
  );
  const pathVerifierOf = readPathVerifier(options);
  const sources = createJwksSources(options.jwks);
  const unsafeAllowHttpJwksUri = options.jwks?.unsafeAllowHttp === true;
  const gathered = new WeakMap<IncomingMessage, Gathered>();

  async function authenticate(
    presented: PresentedCertificate,
    client: OidcProviderClient,
  ): Promise<AuthenticatedClient> {
    const metadata = parseClientMetadata(client.metadata(), { unsafeAllowHttpJwksUri });
    const pathVerifier = pathVerifierOf(client.clientId);
    const jwksSource = sources(metadata.jwks_uri);
    const authenticated = await authenticateClient(presented, metadata, { pathVerifier, jwksSource, spiffeTrust });
    if (jwksSource !== undefined) shareKeys(client, jwksSource, authenticated.certificate.thumbprint);
    return authenticated;
  }

  async function gather(provider: OidcProviderInstance, ctx: OidcProviderContext): Promise<Evidence> {
    let presented: PresentedCertificate | undefined;
    let clientId: string | undefined;
    try {
      presented = (await findCertificate(ctx.req)) ?? undefined;
      if (presented === undefined) throw new MtlsError('ERR_CLIENT_CERTIFICATE_MISSING');
      const client = await findClient(provider, ctx);
      clientId = client.clientId;
      if (!methods.some((method) => method === client.tokenEndpointAuthMethod))
        throw new MtlsError('ERR_CLIENT_METHOD');
      return { presented, clientId, authenticated: await authenticate(presented, client) };
    } catch (error) {
      // Koa takes null for no error, and answers nothing
      if (!isMtlsError(error)) throw toError(error);
      return { presented, clientId, error };
    }
  }

  async function report(failure: MutualTlsFailure): Promise<Error | undefined> {
    try {
      await onFailure?.(failure);
      return undefined;
    } catch (thrown) {
      return toError(thrown);
    }
  }

  /** The verdict on the client that oidc-provider is about to authenticate. */
  function verdict({ req: request, oidc }: OidcProviderContext): AuthenticatedClient | undefined {
    const evidence = gathered.get(request);
    const clientId = oidc?.client?.clientId;
    return clientId !== undefined && evidence?.clientId === clientId ? evidence.authenticated : undefined;
  }

  function getCertificate(ctx: OidcProviderContext): string | undefined {
    const evidence: Gathered = gathered.get(ctx.req) ?? { ...NO_MIDDLEWARE, reports: [] };
    const { presented, clientId, error, reports } = evidence;
    const client = ctx.oidc?.client;
    const denied = client !== undefined && isMutualTls(client) && verdict(ctx) === undefined;
    if (denied || (presented === undefined && !isMtlsError(error, 'ERR_CLIENT_CERTIFICATE_MISSING'))) {
      const failure = error ?? new MtlsError('ERR_CLIENT_UNKNOWN', { reason: 'other-client' });
      // the error may be about another client than the one that oidc-provider asks for
      const explained = clientId === client?.clientId ? explainFailure(failure, presented, client, sources) : undefined;
      reports.push(report({ clientId: client?.clientId, error: failure, report: explained, request: ctx.req }));
      return undefined;
    }
    // RFC 8705 §4: tokens of other clients are bound to whatever certificate they present
    return presented && writePem('CERTIFICATE', presented.certificate.der);
  }

  const decide: MutualTlsFeature['middleware'] = (provider) => async (ctx, next) => {
    const reports: Gathered['reports'] = [];
    const evidence = await gather(provider, ctx);
    gathered.set(ctx.req, { ...evidence, reports });
    // oidc-provider reads nothing either, and never asks for the certificate
    if (evidence.error?.detail.reason === 'body-already-read')
      reports.push(report({ clientId: undefined, error: evidence.error, request: ctx.req }));
    await next();
    const failed = (await Promise.all(reports)).find((error) => error !== undefined);
    if (failed !== undefined) throw failed;
    if (ctx.oidc?.route !== 'discovery') return;
    if (spiffe) publishMethods(ctx, methods);
    if (mtlsOrigin !== undefined) publishAliases(ctx, mtlsOrigin);
    if (mtlsIssuer !== undefined) ctx.body = { ...Object(ctx.body), mtls_issuer: mtlsIssuer };
  };

  return {
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens,
      tlsClientAuth: native.includes('tls_client_auth'),
      selfSignedTlsClientAuth: methods.includes('self_signed_tls_client_auth'),
      getCertificate,
      certificateAuthorized: (ctx) => verdict(ctx) !== undefined,
      certificateSubjectMatches(ctx, property, expected) {
        const matched = verdict(ctx)?.matched;
        return matched?.parameter === property && matched.value === expected;
      },
    },
    clientAuthMethods: native,
    clientMetadata: checkRegistrations(native, unsafeAllowHttpJwksUri, sources, onRegistrationFinding),
    middleware: (provider) => {
      checkProvider(provider);
      if (spiffe) admitSpiffeClients(provider);
      return decide(provider);
    },
  };
}

function isMutualTls({ tokenEndpointAuthMethod }: OidcProviderClient): boolean {
  return tokenEndpointAuthMethod !== undefined && isMutualTlsMethod(tokenEndpointAuthMethod);
}
