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
import { admitSpiffeClients } from './oidc-provider/admit-spiffe-clients.js';
import type { CertificateInput } from '../x509/certificate.js';
import { checkRegistrations, type RegistrationChecks } from './oidc-provider/check-registrations.js';
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

/** Why a mutual-TLS client was not authenticated, or a certificate could not be read. */
export interface MutualTlsFailure {
  /** The client. Undefined if oidc-provider requests the certificate before it has looked up the client. */
  readonly clientId: string | undefined;
  readonly error: MtlsError;
  /** Why the chain, the subject or the registered certificates do not match: `cause`, and sentences in `hint`. */
  readonly report?: FailureReport | undefined;
  readonly request: IncomingMessage;
}

export interface MutualTlsFeatureOptions {
  /** Returns the certificate of a request: `presentedCertificate`, or a reader of `createCertificateReader`. */
  readonly getCertificate: (
    request: IncomingMessage,
  ) => Promise<PresentedCertificate | undefined> | PresentedCertificate | undefined;
  /**
   * The authorities that certify `tls_client_auth` clients. A shorthand for `pathVerifier` with these trust anchors.
   */
  readonly trustAnchors?: readonly CertificateInput[];
  /** With `trustAnchors`: intermediate authorities, which are not available on a resumed TLS session. */
  readonly intermediates?: readonly CertificateInput[];
  /**
   * Validates the chains of `tls_client_auth` clients: one verifier for all clients, or a function that returns one for
   * each. A client without a verifier is refused. Without this option and `trustAnchors`, the TLS layer or proxy must
   * have validated the chain.
   */
  readonly pathVerifier?: PathVerifier | ((clientId: string) => PathVerifier | undefined);
  /** How the `jwks_uri` of a `self_signed_tls_client_auth` client is loaded. */
  readonly jwks?: JwksSourcesOptions;
  /** Trust domains whose X.509-SVIDs authenticate `spiffe_x509` clients (experimental). Requires oidc-provider 9. */
  readonly spiffeTrust?: SvidVerifier;
  /** Default: both methods of RFC 8705, and `spiffe_x509` with `spiffeTrust`. */
  readonly methods?: readonly MutualTlsMethod[];
  /** Whether clients may have bound access tokens. Default true. */
  readonly certificateBoundAccessTokens?: boolean;
  /**
   * The `https` origin at which the same paths request a certificate. With it, `mtls_endpoint_aliases` are published.
   */
  readonly mtlsOrigin?: string;
  /** The issuer for mutual TLS, if it is a separate one. Published as `mtls_issuer`. */
  readonly mtlsIssuer?: string;
  /**
   * Called for each mutual-TLS client that is not authenticated, for logging. Awaited before the response is sent. Do
   * not send the failure to the client.
   */
  readonly onFailure?: (failure: MutualTlsFailure) => unknown;
  /**
   * Called for each finding of `explainClientMetadata`: a member of a registration that is ignored because it is
   * misspelt or from a draft of RFC 8705. The registration is not refused.
   */
  readonly onRegistrationFinding?: (finding: ClientMetadataFinding) => unknown;
}

/** The configuration for oidc-provider. */
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
  /** For `clientAuthMethods`, together with the other methods of the server. */
  readonly clientAuthMethods: readonly Exclude<MutualTlsMethod, 'spiffe_x509'>[];
  /**
   * To be spread into the configuration. A registration with which the client could never authenticate is refused with
   * `invalid_client_metadata`. The description names the member and the rule, but contains no value.
   */
  readonly clientMetadata: RegistrationChecks;
  /** For `provider.use`. Without it no client is authenticated. */
  readonly middleware: (
    provider: OidcProviderInstance,
  ) => (ctx: OidcProviderContext, next: () => Promise<unknown>) => Promise<void>;
}

/**
 * Creates the configuration of RFC 8705 for oidc-provider: the functions of `features.mTLS`, and a middleware that
 * makes the decision of `authenticateClient` beforehand, because these functions are synchronous. They return the
 * result of the middleware, and refuse without one.
 *
 * Checks in addition to oidc-provider: subjects are compared according to RFC 5280, an expired self-signed certificate
 * is refused, and a registered key without a certificate, or with the certificate of another key, authenticates no
 * client. A new certificate at a `jwks_uri` is accepted immediately, regardless of `max-age`.
 *
 * Does not configure TLS (see `mutualTlsOptions`) and does not change the rules of grants. oidc-provider binds the
 * tokens of clients registered with `tls_client_certificate_bound_access_tokens`, and returns `invalid_grant` if such a
 * client presents no certificate.
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
 * @throws TypeError for invalid options
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
  // an invalid origin is reported now, not when the discovery document is requested
  authorizationServerMetadata({ mtlsOrigin, mtlsIssuer });
  // the methods that oidc-provider implements
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
      // Koa treats null as no error and sends no response
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
      // the error may concern another client than the one that oidc-provider asks for
      const explained = clientId === client?.clientId ? explainFailure(failure, presented, client, sources) : undefined;
      reports.push(report({ clientId: client?.clientId, error: failure, report: explained, request: ctx.req }));
      return undefined;
    }
    // RFC 8705 §4: tokens of other clients are bound to any certificate that they present
    return presented && writePem('CERTIFICATE', presented.certificate.der);
  }

  const decide: MutualTlsFeature['middleware'] = (provider) => async (ctx, next) => {
    const reports: Gathered['reports'] = [];
    const evidence = await gather(provider, ctx);
    gathered.set(ctx.req, { ...evidence, reports });
    // oidc-provider cannot read the body either, and never asks for the certificate
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
