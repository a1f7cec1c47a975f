import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as core from 'oauth-mtls';
import * as awsLambda from 'oauth-mtls/aws-lambda';
import * as express from 'oauth-mtls/express';
import * as fastifyAdapter from 'oauth-mtls/fastify';
import * as fetchAdapter from 'oauth-mtls/fetch';
import * as forwarded from 'oauth-mtls/forwarded';
import * as hono from 'oauth-mtls/hono';
import * as jwks from 'oauth-mtls/jwks';
import * as node from 'oauth-mtls/node';
import * as oidcProvider from 'oauth-mtls/oidc-provider';
import * as pki from 'oauth-mtls/pki';
import * as spiffe from 'oauth-mtls/spiffe';
import * as testing from 'oauth-mtls/testing';
import * as tokens from 'oauth-mtls/tokens';
import * as trust from 'oauth-mtls/trust';
import { fromRoot, subpaths } from '../subpaths.js';

/** Every member of an options type, with a value that is good. One that is forgotten does not compile. */
type Full<Options> = { readonly [Name in keyof Required<Options>]: Exclude<Options[Name], undefined> };
type OptionsOf<F extends (...args: never[]) => unknown, At extends number> = NonNullable<Parameters<F>[At]>;

interface Entry {
  /** The exported function, as `subpath name`, and what is called, where that is not the function itself. */
  readonly name: string;
  readonly good: object;
  readonly call: (options: never) => unknown;
  /** Members that are needed, so that a misspelling of another is seen with them. */
  readonly required: readonly string[];
  /** Members that may be null. */
  readonly nullable: readonly string[];
  /** What may be there instead of an object. */
  readonly instead: readonly unknown[];
  /** Open: other members pass, as the object goes on to Node. */
  readonly open: boolean;
}

const entries: Entry[] = [];

function entry<Options extends object>(
  name: string,
  good: Full<Options>,
  call: (options: Options) => unknown,
  rest: Partial<Omit<Entry, 'name' | 'good' | 'call'>> = {},
): void {
  entries.push({
    name,
    good,
    call: call,
    required: [],
    nullable: [],
    instead: [],
    open: false,
    ...rest,
  });
}

const date = new Date();
const noop = (): undefined => undefined;
const root = await testing.createCertificateAuthority();
const { certificate } = root;
const presented = testing.presented(certificate, { verification: 'verified' });
const issuer = 'https://as.example';
const keys = { keys: [] };

entry<OptionsOf<typeof core.parseCertificate, 1>>('. parseCertificate', { maxBytes: 65_536 }, (options) =>
  core.parseCertificate(root.pem, options),
);
entry<OptionsOf<typeof core.parseCertificate, 1>>(
  '. parseCertificate of a parsed certificate',
  { maxBytes: 65_536 },
  (options) => core.parseCertificate(certificate, options),
);
const dn = 'tls_client_auth_subject_dn';
entry<core.SubjectMatchOptions>('. parseDistinguishedName equals', { exactCase: true }, (options) =>
  certificate.subject.equals(core.parseDistinguishedName('CN=a'), options),
);
entry<core.SubjectMatchOptions>('. subjectMatches', { exactCase: true }, (options) =>
  core.subjectMatches(certificate, dn, 'CN=a', options),
);
entry<core.SubjectMatchOptions>('. explainSubject', { exactCase: true }, (options) =>
  core.explainSubject(certificate, dn, 'CN=a', options),
);
const client = { token_endpoint_auth_method: 'tls_client_auth', [dn]: certificate.subject.toString() };
entry<core.ParseClientMetadataOptions>(
  '. parseClientMetadata',
  { exactCase: true, profile: 'open-finance-brasil', unsafeAllowHttpJwksUri: true },
  (options) => core.parseClientMetadata(client, options),
);
const pathVerifier = pki.createPathVerifier({ trustAnchors: [certificate], extendedKeyUsage: 'any' });
entry<core.AuthenticateClientOptions>(
  '. authenticateClient',
  {
    pathVerifier: { verify: async () => ({}) },
    jwksSource: { uri: issuer, find: async () => certificate },
    spiffeTrust: { verifySvid: async () => ({ spiffeId: '' }) },
    now: date,
    unsafeAllowExpired: true,
  },
  (options) => core.authenticateClient(presented, client, options),
);
entry<core.UnsafePresentedOptions>(
  '. unsafePresentedCertificate',
  { certificate, intermediates: [certificate], verification: 'unknown', source: 'a' },
  core.unsafePresentedCertificate,
  { required: ['certificate', 'verification', 'source'] },
);
const bound = { cnf: core.createConfirmation(certificate) };
const policy = { required: false, experimentalS512: true };
entry<core.ConfirmationPolicy>('. verifyConfirmation', policy, (options) =>
  core.verifyConfirmation(bound, presented, options),
);
entry<core.ConfirmationPolicy>('. verifyGrantConfirmation', policy, (options) =>
  core.verifyGrantConfirmation(bound, presented, options),
);
entry<core.TokenConfirmationPolicy>(
  '. createTokenConfirmation',
  { unsafeAllowUnbound: true, policy: 'by-metadata' },
  (options) => core.createTokenConfirmation(client, presented, options),
);
entry<core.ExplainConfirmationOptions>(
  '. explainConfirmation',
  { previous: [certificate], intermediates: [certificate] },
  (options) => core.explainConfirmation({}, presented, options),
);
entry<core.ExplainRegistrationOptions>(
  '. explainRegistration',
  { jwksSource: { uri: issuer, find: async () => certificate }, now: new Date() },
  (options) => core.explainRegistration(presented, client, options),
);
entry<OptionsOf<typeof core.authorizationServerMetadata, 0>>(
  '. authorizationServerMetadata',
  {
    methods: ['tls_client_auth'],
    certificateBoundAccessTokens: true,
    metadata: {},
    mtlsOrigin: 'https://mtls.example',
    mtlsIssuer: issuer,
  },
  core.authorizationServerMetadata,
);
entry<core.ResourceMetadataOptions>(
  '. protectedResourceMetadata',
  { resource: issuer, authorizationServers: [issuer], certificateBoundAccessTokens: true },
  core.protectedResourceMetadata,
  { required: ['resource'] },
);
entry<core.ResolveEndpointOptions>(
  '. resolveEndpoint',
  { mutualTls: true },
  (options) => core.resolveEndpoint({ token_endpoint: issuer }, 'token_endpoint', options),
  { required: ['mutualTls'] },
);
entry<core.ChallengeOptions>(
  '. toErrorResponse',
  {
    schemes: ['Bearer', 'DPoP'],
    scheme: 'DPoP',
    realm: 'api',
    scopes: ['a'],
    resourceMetadata: issuer,
    dpopAlgorithms: ['ES256'],
  },
  (options) => core.toErrorResponse(new core.MtlsError('ERR_CNF_MISMATCH'), options),
);

const resource: Full<core.ResourceOptions<never>> = {
  getCertificate: noop,
  verifyToken: () => ({}),
  binding: 'any',
  schemes: ['Bearer', 'mtls_pop'],
  dpop: { verify: noop },
  realm: 'api',
  resourceMetadata: issuer,
  experimentalS512: true,
  onRefusal: noop,
};
const resourceRequired = { required: ['getCertificate', 'verifyToken'] };
for (const [name, make] of Object.entries({
  '. createResourceGuard': core.createResourceGuard,
  './express protectResource': express.protectResource,
  './hono protectResource': hono.protectResource,
  './fetch protectResource': fetchAdapter.protectResource,
})) {
  entry<core.ResourceOptions<never>>(
    name,
    resource,
    make as (options: core.ResourceOptions<never>) => unknown,
    resourceRequired,
  );
}
entry<core.DpopOptions<never>>(
  '. createResourceGuard dpop',
  { verify: noop, algorithms: ['ES256'] },
  (dpop) => core.createResourceGuard({ ...resource, dpop } as never),
  { required: ['verify'] },
);
entry<core.ResourceOptions<never>>(
  './fastify protectResource',
  resource,
  (options) => fastify().register(fastifyAdapter.protectResource, options as never),
  resourceRequired,
);
entry<awsLambda.AuthorizerOptions<never>>(
  './aws-lambda createAuthorizer',
  { ...resource, scopes: ['a'], simpleResponses: true },
  (options) => awsLambda.createAuthorizer(options as never),
  resourceRequired,
);
const feature = {
  getCertificate: noop,
  jwks: {},
  spiffeTrust: { verifySvid: async () => ({ spiffeId: '' }) },
  methods: ['spiffe_x509' as const],
  certificateBoundAccessTokens: true,
  mtlsOrigin: issuer,
  mtlsIssuer: issuer,
  onFailure: noop,
  onRegistrationFinding: noop,
};
// trustAnchors and pathVerifier exclude each other
entry<Omit<oidcProvider.MutualTlsFeatureOptions, 'trustAnchors' | 'intermediates'>>(
  './oidc-provider createMutualTlsFeature',
  { ...feature, pathVerifier },
  oidcProvider.createMutualTlsFeature,
  { required: ['getCertificate'] },
);
entry<Omit<oidcProvider.MutualTlsFeatureOptions, 'pathVerifier'>>(
  './oidc-provider createMutualTlsFeature with trustAnchors',
  { ...feature, trustAnchors: [certificate], intermediates: [certificate] },
  oidcProvider.createMutualTlsFeature,
  { required: ['getCertificate'] },
);

const remote: Full<jwks.RemoteJwksOptions> = {
  cacheMaxAge: 1,
  maxStaleness: Infinity,
  cooldownDuration: 0,
  timeoutDuration: 1,
  maxBytes: 1,
  fetch: globalThis.fetch,
  onFailure: noop,
  now: () => new Date(),
  unsafeAllowHttp: true,
  unsafeAllowPrivateAddresses: true,
};
entry<jwks.RemoteJwksOptions>('./jwks remoteJwks', remote, (options) =>
  jwks.remoteJwks('https://a.example.com/', options),
);
entry<jwks.JwksSourcesOptions>('./jwks createJwksSources', { ...remote, maxSources: 1 }, jwks.createJwksSources);
entry<jwks.JwksSourcesOptions>('./oidc-provider createMutualTlsFeature jwks', { ...remote, maxSources: 1 }, (options) =>
  oidcProvider.createMutualTlsFeature({ getCertificate: noop, jwks: options }),
);

entry<tokens.AccessTokenOptions>(
  './tokens createAccessTokenVerifier',
  {
    keys,
    issuer,
    audience: ['a', 'b'],
    algorithms: ['ES256'],
    clockTolerance: 1,
    requiredClaims: ['sub'],
    unsafeAllowAnyType: true,
    cache: { maxEntries: 1 },
    fetch: globalThis.fetch,
    unsafeAllowHttp: true,
  },
  tokens.createAccessTokenVerifier,
  { required: ['keys', 'issuer', 'audience'] },
);
entry<Exclude<NonNullable<tokens.AccessTokenOptions['cache']>, false>>(
  './tokens createAccessTokenVerifier cache',
  { maxEntries: 0 },
  (cache) => tokens.createAccessTokenVerifier({ keys, issuer, audience: 'a', cache }),
);
const isTypeError = (error: unknown): undefined => {
  if (error instanceof TypeError) throw error;
  return undefined;
};
entry<{ now?: Date }>('./tokens createAccessTokenVerifier verify', { now: date }, (options) =>
  tokens.createAccessTokenVerifier({ keys, issuer, audience: 'a' })('a.b.c', options).catch(isTypeError),
);
const endpoint = 'https://as.example/introspect';
entry<tokens.IntrospectionOptions>(
  './tokens createIntrospector',
  {
    endpoint,
    fetch: globalThis.fetch,
    clientId: 'a',
    headers: {},
    signed: { keys, issuer, audience: 'a' },
    timeoutDuration: 1,
    unsafeAllowHttp: true,
    issuer,
    audience: 'a',
    cache: { maxEntries: 0, maxAge: 0 },
  },
  tokens.createIntrospector,
  { required: ['endpoint'] },
);
entry<tokens.SignedIntrospectionOptions>(
  './tokens createIntrospector signed',
  { keys, issuer, audience: 'a' },
  (signed) => tokens.createIntrospector({ endpoint, signed }),
  { required: ['keys', 'issuer', 'audience'] },
);
entry<Exclude<NonNullable<tokens.IntrospectionOptions['cache']>, false>>(
  './tokens createIntrospector cache',
  { maxEntries: 1, maxAge: 0.5 },
  (cache) => tokens.createIntrospector({ endpoint, cache }),
);
entry<{ now?: Date }>('./tokens createIntrospector introspect', { now: date }, (options) =>
  tokens
    .createIntrospector({ endpoint, fetch: () => Promise.reject(new Error('offline')) })('token', options)
    .catch(isTypeError),
);

const trustAnchors = [certificate];
entry<pki.PathVerifierOptions>(
  './pki createPathVerifier',
  {
    trustAnchors,
    intermediates: trustAnchors,
    crls: [],
    ocspResponses: [],
    revocation: 'require',
    extendedKeyUsage: 'any',
    additionalCurves: [],
    maxIntermediates: 0,
    policies: {},
    strictProfile: true,
    limits: {},
  },
  pki.createPathVerifier,
  { required: ['trustAnchors'] },
);
entry<pki.PathLimits>(
  './pki createPathVerifier limits',
  { intermediates: 1, intermediateBytes: 1, depth: 1, candidates: 1, paths: 1, signatures: 1, nameComparisons: 0 },
  (limits) => pki.createPathVerifier({ trustAnchors, limits }),
);
entry<pki.PolicyInputs>(
  './pki createPathVerifier policies',
  { initialPolicies: ['1.2.3'], requireExplicitPolicy: true, inhibitPolicyMapping: true, inhibitAnyPolicy: true },
  (policies) => pki.createPathVerifier({ trustAnchors, policies }),
);
entry<Exclude<pki.OcspInput, pki.RevocationInput>>(
  './pki createPathVerifier ocspResponses',
  { response: 'AAAA', nonce: new Uint8Array(8) },
  (response) => {
    try {
      return pki.createPathVerifier({ trustAnchors, ocspResponses: [response] });
    } catch (error) {
      isTypeError(error);
      return;
    }
  },
  { required: ['response', 'nonce'], instead: ['a'] },
);
entry<pki.VerifyPathOptions>('./pki createPathVerifier verify', { now: date }, (options) =>
  pathVerifier.verify(certificate, [], options).catch(isTypeError),
);

entry<pki.ReloadingPathVerifierOptions>(
  './pki createReloadingPathVerifier',
  {
    load: async () => ({ trustAnchors }),
    refreshInterval: 1,
    maxStaleness: 1,
    onReload: noop,
    onFailure: noop,
    now: () => date,
  },
  async (options) => (await pki.createReloadingPathVerifier(options)).close(),
  { required: ['load'] },
);
entry<trust.TrustOptions>(
  './trust createTrust',
  {
    anchors: [root.pem],
    intermediates: [],
    crls: [],
    ocspResponses: [],
    revocation: 'if-available',
    additionalCurves: ['brainpoolP256r1'],
    server: { key: root.privateKeyPem, cert: root.pem },
    client: { key: root.privateKeyPem, cert: root.pem },
    refreshInterval: 300,
    maxStaleness: 86_400,
    onReload: noop,
    onFailure: noop,
    onExpiring: noop,
    fetch: noop as never,
    now: () => new Date(),
  },
  async (options) => (await trust.createTrust(options)).close(),
  { required: ['anchors'] },
);

const format: Full<forwarded.FormatOptions> = {
  header: 'a',
  chainHeader: 'b',
  statusHeader: 'c',
  verifiedByProxy: true,
};
const formats = {
  ...{ apache: forwarded.apache, azureAppService: forwarded.azureAppService, caddy: forwarded.caddy },
  ...{ azureContainerApps: forwarded.azureContainerApps, cloudflare: forwarded.cloudflare, gcp: forwarded.gcp },
  ...{ cloudFront: forwarded.cloudFront, ingressNginx: forwarded.ingressNginx, nginx: forwarded.nginx },
  ...{ rfc9440: forwarded.rfc9440, traefik: forwarded.traefik },
};
for (const [name, make] of Object.entries(formats)) entry<forwarded.FormatOptions>(`./forwarded ${name}`, format, make);
entry<forwarded.AwsAlbOptions>('./forwarded awsAlb', { ...format, mode: 'passthrough' }, forwarded.awsAlb);
entry<forwarded.EnvoyOptions>('./forwarded envoy', { ...format, hop: 1 }, forwarded.envoy);
entry<forwarded.HaproxyOptions>('./forwarded haproxy', { ...format, usedHeader: 'd' }, forwarded.haproxy);
const statusValues = { verified: ['yes'] };
entry<forwarded.CustomOptions>(
  './forwarded custom',
  { ...format, decode: 'pem', statusValues },
  forwarded.custom,
  // these two need each other
  { required: ['statusHeader', 'statusValues'] },
);
entry<NonNullable<forwarded.CustomOptions['statusValues']>>(
  './forwarded custom statusValues',
  statusValues,
  (values) => forwarded.custom({ statusHeader: 'a', statusValues: values }),
  { required: ['verified'] },
);
entry<forwarded.CertificateReaderOptions<never>>(
  './forwarded createCertificateReader',
  { format: forwarded.nginx(), trust: () => true, maxBytes: 1 },
  forwarded.createCertificateReader,
  { required: ['format', 'trust'] },
);
const secret = 'secret-secret-secret-secret';
entry<forwarded.SharedSecretOptions>(
  './forwarded withSharedSecret',
  { header: 'a', secret },
  forwarded.withSharedSecret,
  {
    required: ['header', 'secret'],
  },
);
entry<forwarded.ProxyCertificateOptions>(
  './forwarded withProxyCertificate',
  { thumbprints: [certificate.thumbprint], dnsNames: ['a'] },
  forwarded.withProxyCertificate,
  // one of the two
  { required: ['dnsNames'] },
);

// open: the rest is for Node. These are the members that the functions settle themselves.
type ServerMembers = Pick<
  Parameters<typeof node.mutualTlsOptions>[0],
  'requestCert' | 'rejectUnauthorized' | 'minVersion' | 'secureOptions'
>;
entry<ServerMembers>(
  './node mutualTlsOptions',
  { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3', secureOptions: 0 },
  node.mutualTlsOptions,
  { open: true },
);
entry<{ rejectUnauthorized?: boolean }>(
  './node mutualTlsFetch',
  { rejectUnauthorized: true },
  (options) => node.mutualTlsFetch({ key: root.privateKeyPem, cert: root.pem, ...options }),
  { open: true },
);

entry<node.PublicFetchOptions>(
  './node publicFetch',
  { lookup: noop, ca: [root.pem], unsafeAllowHttp: true, unsafeAllowPrivateAddresses: true },
  node.publicFetch,
);

const spiffeAuthority = await testing.createSpiffeAuthority('example.org');
const svid = testing.presented(await spiffeAuthority.issueSvid());
const spiffeTrust = spiffe.createSpiffeTrust({ trustDomains: { 'example.org': { bundle: spiffeAuthority.bundle() } } });
entry<spiffe.SpiffeTrustOptions>(
  './spiffe createSpiffeTrust',
  {
    trustDomains: { 'example.org': { bundle: spiffeAuthority.bundle() } },
    refreshInterval: 1,
    maxStaleness: 1,
    cooldown: 1,
    timeout: 1,
    maxBytes: 1,
    fetch: globalThis.fetch,
    onFailure: noop,
    now: () => date,
    unsafeAllowHttp: true,
  },
  spiffe.createSpiffeTrust,
  { required: ['trustDomains'] },
);
entry<spiffe.VerifySvidOptions>('./spiffe verifyX509Svid', { now: date }, (options) =>
  spiffe.verifyX509Svid(svid, spiffeTrust, options).catch(isTypeError),
);
entry<testing.SpiffeAuthorityOptions>('./testing createSpiffeAuthority', { keyType: 'P-256' }, (options) =>
  testing.createSpiffeAuthority('example.org', options),
);

const made: Full<testing.TestCertificateOptions> = {
  subject: 'CN=a',
  san: { dns: 'a.example' },
  now: date,
  keyType: 'P-256',
  notBefore: date,
  notAfter: date,
  serialNumber: '01',
  extendedKeyUsage: ['clientAuth'],
  keyUsage: ['digitalSignature'],
  basicConstraints: { ca: false },
  extensions: [],
  keyPair: root.keyPair,
};
const issued = await root.issue();
const connection: Full<testing.FakeTlsSocketOptions> = {
  ...{ certificate, intermediates: [], authorized: true, destroyed: true, encrypted: true },
  remoteAddress: '127.0.0.1',
};
const issuing = { nullable: ['keyUsage', 'basicConstraints'] };
for (const [name, make] of Object.entries({
  createCertificateAuthority: testing.createCertificateAuthority,
  selfSignedCertificate: testing.selfSignedCertificate,
  'createCertificateAuthority issue': (options: testing.TestCertificateOptions) => root.issue(options),
  'createCertificateAuthority issueAuthority': (options: testing.TestCertificateOptions) =>
    root.issueAuthority(options),
})) {
  entry<testing.TestCertificateOptions>(`./testing ${name}`, made, make, issuing);
}
entry<NonNullable<testing.TestCertificateOptions['basicConstraints']>>(
  './testing selfSignedCertificate basicConstraints',
  { ca: true, pathLength: 0 },
  (basicConstraints) => testing.selfSignedCertificate({ basicConstraints }),
  { required: ['ca'], instead: [null] },
);
entry<testing.TestExtension>(
  './testing selfSignedCertificate extensions',
  { oid: '1.2.3', critical: true, value: Uint8Array.of(5, 0) },
  (extension) => testing.selfSignedCertificate({ extensions: [extension] }),
  { required: ['oid', 'value'] },
);
entry<testing.TestCrlOptions>(
  './testing createCertificateAuthority crl',
  { revoked: [], thisUpdate: date, nextUpdate: date, extensions: [] },
  (options) => root.crl(options),
  { nullable: ['nextUpdate'] },
);
entry<testing.FakeTlsSocketOptions>('./testing fakeTlsSocket', connection, testing.fakeTlsSocket);
entry<testing.TestRenewalOptions>(
  './testing createCertificateAuthority renew',
  { ...made, key: 'same' },
  (options) => root.renew(issued, options),
  issuing,
);
entry<testing.TestOcspOptions>(
  './testing createCertificateAuthority ocspResponse',
  {
    status: 'revoked',
    revocationDate: date,
    reason: 1,
    thisUpdate: date,
    nextUpdate: date,
    responder: root,
    nonce: Uint8Array.of(1),
    hash: 'SHA-1',
  },
  (options) => root.ocspResponse(certificate, options),
  { nullable: ['nextUpdate'] },
);
entry<testing.NodeRequestOptions>(
  './testing nodeRequest',
  { ...connection, token: 'a', headers: {}, rawHeaders: [], url: '/', method: 'GET', body: 'a' },
  testing.nodeRequest,
);
const forwardedRequest: Full<testing.RequestHeadersOptions> = {
  ...{ token: 'a', certificate, format: 'nginx', headers: {} },
  ...{ verification: 'verified', status: 'a', intermediates: [] },
};
entry<testing.RequestHeadersOptions>('./testing requestHeaders', forwardedRequest, testing.requestHeaders);
entry<testing.FetchRequestOptions>(
  './testing fetchRequest',
  { ...forwardedRequest, url: 'https://a.example/', method: 'POST', body: 'a' },
  testing.fetchRequest,
);
entry<testing.ApiGatewayEventOptions>(
  './testing apiGatewayEvent',
  { api: 'http', certificate, token: 'a', headers: {}, method: 'GET', path: '/', query: {} },
  testing.apiGatewayEvent,
);
entry<testing.LoopbackServerOptions>('./testing startMutualTlsServer', { clientAuthority: root }, async (options) => {
  const { close } = await testing.startMutualTlsServer(noop, options);
  await close();
});
entry<testing.PresentedOptions>(
  './testing presented',
  { verification: 'verified', reason: 'a', intermediates: [], source: 'a' },
  (options) => testing.presented(certificate, options),
);
entry<testing.ForwardedHeadersOptions>(
  './testing forwardedHeaders',
  { verification: 'verified', status: 'a', intermediates: [] },
  (options) => testing.forwardedHeaders('nginx', certificate, options),
);

entry<testing.HostileHeadersOptions>(
  './testing hostileHeaders',
  { victim: certificate, attacker: issued },
  testing.hostileHeaders,
);

/** Exported functions that take no options object. */
const withoutOptions: readonly string[] = [
  ...['isMtlsError', 'MtlsError', 'createConfirmation', 'createGrantConfirmation', 'createClientPathVerifiers'],
  ...[
    'parseCertificates',
    'parseClientId',
    'parseDistinguishedName',
    'explainClientMetadata',
    'explainServerMetadata',
    'explainVerification',
    'suggestClientMetadata',
    'certificateJwk',
  ],
].map((name) => `. ${name}`);
const withoutOptionsElsewhere: readonly string[] = [
  './node presentedCertificate',
  './jwks isPublicAddress',
  './spiffe parseSpiffeId',
  './testing forgedTwin',
  './testing hostileSvids',
  './testing hostileCertificates',
  ...['apiGatewayCertificate', 'cloudflareWorkersCertificate', 'fromAddresses', 'fromUnixSocket'].map(
    (name) => `./forwarded ${name}`,
  ),
];

/** Exports of every subpath, by the sources, so that a subpath that this file does not import is noticed. */
function exportedFunctions(): string[] {
  const modules: Readonly<Record<string, object>> = {
    ...{
      '.': core,
      './node': node,
      './pki': pki,
      './forwarded': forwarded,
      './jwks': jwks,
      './tokens': tokens,
      './spiffe': spiffe,
    },
    ...{ './testing': testing, './oidc-provider': oidcProvider, './express': express, './fastify': fastifyAdapter },
    './trust': trust,
    ...{ './hono': hono, './fetch': fetchAdapter, './aws-lambda': awsLambda },
  };
  expect(Object.keys(modules).sort()).toEqual(Object.keys(subpaths).sort());
  return Object.entries(modules).flatMap(([subpath, module]) =>
    Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [`${subpath} ${name}`] : [])),
  );
}

/** A function throws at once or, where it is asynchronous, rejects. */
async function failure(entryOf: Entry, options: object): Promise<unknown> {
  try {
    await entryOf.call(options as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

const pick = ({ good, required }: Entry): object =>
  Object.fromEntries(Object.entries(good).filter(([name]) => required.includes(name)));

/** What a hurried reader of the documentation would write. */
const misspelt = ['scopes', 'algs', 'aud', 'requireClaims', 'exactcase', 'trustedAnchors', '__proto__', 'toString', ''];

describe('options', () => {
  it('are in this table for every exported function, or the function is listed as without options', () => {
    const covered = new Set(entries.map(({ name }) => name.split(' ', 2).join(' ')));
    const unlisted = exportedFunctions().filter(
      (name) => !covered.has(name) && ![...withoutOptions, ...withoutOptionsElsewhere].includes(name),
    );
    expect(unlisted).toEqual([]);
    const unknown = [...covered, ...withoutOptions, ...withoutOptionsElsewhere].filter(
      (name) => !exportedFunctions().includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it('are checked by checkOptions in every source file with a public type of options', () => {
    const entryPoints = Object.values(subpaths).map((file) => readFileSync(fromRoot(file), 'utf8'));
    const unchecked = ts.sys.readDirectory(fromRoot('src'), ['.ts']).filter((file) => {
      const text = readFileSync(file, 'utf8');
      const types = Array.from(
        text.matchAll(/^export interface (\w+(?:Options|Policy|Limits|Inputs))\b/gm),
        ([, name]) => name!,
      );
      const isPublic = types.some((name) => entryPoints.some((entryPoint) => entryPoint.includes(name)));
      return isPublic && !text.includes("options.js'");
    });
    expect(unchecked.map((file) => file.slice(fromRoot('src').length + 1)).sort()).toEqual([
      'jwks/issuer-keys.ts', // members of AccessTokenOptions
      'pki/path/policy-graph.ts', // checked in pki/verifier-options.ts
      'trust/trust.ts', // what clientOptions() returns
    ]);
  });

  describe.each(entries.map((each) => [each.name, each] as const))('of %s', (_name, each) => {
    const { good, required, nullable, instead, open } = each;
    const minimal = pick(each);
    const members = Object.keys(good);

    it('are taken where they are good', async () => {
      expect(await failure(each, good)).toBeUndefined();
      expect(await failure(each, minimal)).toBeUndefined();
      const absent = Object.fromEntries(members.map((name) => [name, undefined]));
      expect(await failure(each, { ...absent, ...minimal })).toBeUndefined();
    });

    if (open)
      it('go on to Node', async () => {
        expect(await failure(each, { ...minimal, ticketKeys: Buffer.alloc(48) })).toBeUndefined();
      });

    const unknown = [...misspelt, ...members.flatMap(misspellings)].filter((name) => !members.includes(name));
    // an open object passes what it does not know to Node
    it.each(open ? [] : unknown)('are refused with the unknown member "%s", before any other check', async (name) => {
      const wrong = Object.fromEntries(members.map((member) => [member, Symbol('wrong')]));
      for (const base of [minimal, good, wrong]) {
        const options = Object.defineProperty({ ...base }, name, { value: 1, enumerable: true });
        const error = await failure(each, options);
        expect(error).toBeInstanceOf(TypeError);
        expect((error as TypeError).message).toMatch(/^Unknown option "/);
        expect((error as TypeError).message).toContain(JSON.stringify(name));
      }
    });

    it.each(members)('are refused with a member "%s" of another type', async (name) => {
      for (const value of [Symbol('wrong'), null, ['a', 1], NaN]) {
        if (value === null && nullable.includes(name)) continue;
        if (Array.isArray(value) && Array.isArray(good[name as never]) && value !== good[name as never]) {
          // an array of anything is refused where the function knows what is in it
          if (!(good[name as never] as unknown[]).some((element) => typeof element === 'string')) continue;
        }
        if (name === 'subject' && Array.isArray(value)) continue;
        const error = await failure(each, { ...minimal, [name]: value });
        expect(error).toBeInstanceOf(TypeError);
        // a list names the element: "anchors[0]"
        expect((error as TypeError).message).toMatch(new RegExp(`"${name}(\\[\\d+\\])?"`));
      }
    });

    it.each(required)('are refused without "%s"', async (name) => {
      const error = await failure(each, { ...minimal, [name]: undefined });
      expect(error).toBeInstanceOf(TypeError);
      expect((error as TypeError).message).toContain(`"${name}"`);
    });

    if (!open)
      it('are refused where they are no object', async () => {
        for (const value of [null, 1, 'a', [], true, Promise.resolve({}), new Map()].filter(
          (other) => !instead.includes(other),
        )) {
          const error = await failure(each, value as never);
          expect(error).toBeInstanceOf(TypeError);
          expect((error as TypeError).message).toMatch(/must be an? |is required/);
        }
      });
  });
});

function misspellings(name: string): string[] {
  return [
    `${name}s`,
    name.slice(0, -1),
    name.toLowerCase(),
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ];
}
