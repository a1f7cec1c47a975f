/* eslint-disable @typescript-eslint/unbound-method -- the kit's methods do without `this` */
import { createServer } from 'node:http';
import fastify from 'fastify';
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

/** A function as `subpath name`, or what it returns, and arguments that are good. */
export type Row = readonly [
  name: string,
  call: (...args: never[]) => unknown,
  good: readonly unknown[],
  /** Members of the arguments are not replaced. */
  shallow?: boolean,
];

const issuer = 'https://as.example';
const source = jwks.remoteJwks('https://a.example.com/', { fetch: () => Promise.reject(new Error('offline')) });
const noop = (): undefined => undefined;
const keys = { keys: [] };
const offline = () => Promise.reject(new Error('offline'));
const spiffeAuthority = await testing.createSpiffeAuthority('example.org');
export const root = await testing.createCertificateAuthority();
const issued = await root.issue({ subject: 'CN=a', san: { dns: 'a.example' } });
const { certificate } = issued;
const presented = testing.presented(certificate, { verification: 'verified' });
const client = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=a' };
const selfSigned = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [issued.jwk] } };
const bound = { cnf: core.createConfirmation(certificate) };
const resource = { getCertificate: () => presented, verifyToken: () => bound };
const pathOptions = {
  trustAnchors: [root.certificate],
  intermediates: [root.pem],
  policies: { initialPolicies: ['1.2.3'] },
  limits: { depth: 1 },
};
const pathVerifier = pki.createPathVerifier({ trustAnchors: [root.certificate] });
const bundle = spiffeAuthority.bundle();
const spiffeTrust = spiffe.createSpiffeTrust({ trustDomains: { 'example.org': { bundle } } });
const svid = testing.presented(await spiffeAuthority.issueSvid());
const request = () => testing.nodeRequest({ certificate, token: 'a' });
const fetchRequest = () => testing.fetchRequest({ token: 'a' });
const { crl, ocspResponse } = root;
const revocations = { crls: [(await crl()).der], ocspResponses: [(await ocspResponse(certificate)).der] };
const guard = core.createResourceGuard(resource, () => ({ authorization: ['Bearer a'], dpop: [], query: '' }))();
const feature = oidcProvider.createMutualTlsFeature({ getCertificate: noop });
const subject = ['tls_client_auth_san_dns', 'a.example', {}] as const;
const closing = async (made: Promise<{ close(): unknown }>) => {
  await (await made).close();
};

export const rows: readonly Row[] = [
  ['. parseCertificate', core.parseCertificate, [root.pem, {}]],
  ['. parseCertificates', core.parseCertificates, [root.pem]],
  ['. parseDistinguishedName', core.parseDistinguishedName, ['CN=a']],
  ['. parseDistinguishedName equals', certificate.subject.equals.bind(certificate.subject), [certificate.subject, {}]],
  ['. subjectMatches', core.subjectMatches, [certificate, ...subject]],
  ['. explainSubject', core.explainSubject, [certificate, ...subject]],
  ['. suggestClientMetadata', core.suggestClientMetadata, [certificate]],
  ['. certificateJwk', core.certificateJwk, [certificate]],
  ['. parseClientMetadata', core.parseClientMetadata, [client, {}]],
  ['. explainClientMetadata', core.explainClientMetadata, [client]],
  ['. explainRegistration', core.explainRegistration, [presented, client, {}]],
  ['. explainVerification', core.explainVerification, ['reason']],
  ['. authenticateClient', core.authenticateClient, [presented, client, {}]],
  ['. parseClientMetadata of jwks', core.parseClientMetadata, [selfSigned, { exactCase: true, profile: 'fapi' }]],
  ['. authenticateClient by jwks', core.authenticateClient, [presented, selfSigned, { now: new Date() }]],
  ['. explainRegistration of jwks', core.explainRegistration, [presented, selfSigned, { now: new Date() }]],
  ['. createClientPathVerifiers', core.createClientPathVerifiers, [new Map([['a', pathVerifier]])]],
  ['. createClientPathVerifiers of', core.createClientPathVerifiers(new Map([['a', pathVerifier]])), ['a']],
  ['. createConfirmation', core.createConfirmation, [certificate]],
  ['. verifyConfirmation', core.verifyConfirmation, [bound, presented, {}]],
  ['. explainConfirmation', core.explainConfirmation, [bound, certificate, {}]],
  ['. createTokenConfirmation', core.createTokenConfirmation, [client, presented, {}]],
  ['. createGrantConfirmation', core.createGrantConfirmation, [client, presented]],
  ['. verifyGrantConfirmation', core.verifyGrantConfirmation, [bound, presented, {}]],
  ['. createResourceGuard', core.createResourceGuard, [resource, noop]],
  ['. createResourceGuard scopes', core.createResourceGuard(resource), [['a']]],
  ['. createResourceGuard authorize', core.createResourceGuard(resource)().authorize, [request()]],
  ['. createResourceGuard toResponse', guard.toResponse, [new core.MtlsError('ERR_CNF_MISMATCH'), request()]],
  [
    '. authorizationServerMetadata',
    core.authorizationServerMetadata,
    [{ methods: ['tls_client_auth'], metadata: { token_endpoint: issuer }, mtlsOrigin: issuer }],
  ],
  [
    '. protectedResourceMetadata',
    core.protectedResourceMetadata,
    [{ resource: issuer, authorizationServers: [issuer] }],
  ],
  ['. resolveEndpoint', core.resolveEndpoint, [{ token_endpoint: issuer }, 'token_endpoint', { mutualTls: true }]],
  ['. explainServerMetadata', core.explainServerMetadata, [{ issuer }]],
  ['. parseClientId', core.parseClientId, ['client_id=a']],
  [
    '. toErrorResponse',
    core.toErrorResponse,
    [new core.MtlsError('ERR_CNF_MISMATCH'), { scopes: ['a'], schemes: ['Bearer'], dpopAlgorithms: ['ES256'] }],
  ],
  [
    '. unsafePresentedCertificate',
    core.unsafePresentedCertificate,
    [{ certificate, verification: 'unknown', source: 'a' }],
  ],
  ['. isMtlsError', core.isMtlsError, [new Error('a'), 'ERR_CNF_MISMATCH']],
  ['. MtlsError', (...args: unknown[]) => Reflect.construct(core.MtlsError, args), ['ERR_CNF_MISMATCH', {}, {}]],

  ['./node presentedCertificate', node.presentedCertificate, [request()]],
  ['./node mutualTlsOptions', node.mutualTlsOptions, [{}]],
  ['./node mutualTlsFetch', node.mutualTlsFetch, [{ key: root.privateKeyPem, cert: root.pem }]],
  [
    './node mutualTlsFetch of',
    node.mutualTlsFetch({ key: issued.privateKeyPem, cert: issued.pem }),
    ['https://127.0.0.1:1/', {}],
  ],
  ['./node publicFetch', node.publicFetch, [{}]],
  ['./node publicFetch of', node.publicFetch(), ['https://127.0.0.1:1/', {}]],

  ['./pki createPathVerifier', pki.createPathVerifier, [{ ...pathOptions, ...revocations }]],
  ['./pki createPathVerifier verify', pathVerifier.verify.bind(pathVerifier), [certificate, [], {}]],
  [
    './pki createReloadingPathVerifier',
    (options: never) => closing(pki.createReloadingPathVerifier(options)),
    [{ load: async () => ({ trustAnchors: [root.certificate] }) }],
  ],
  [
    './pki createReloadingPathVerifier load',
    (loaded: never) => closing(pki.createReloadingPathVerifier({ load: async () => loaded })),
    [{ trustAnchors: [root.certificate] }],
  ],

  ...Object.entries({ ...forwarded })
    .filter(([name]) => !/^(create|with|from|custom|apiGateway|cloudflareWorkers)/.test(name))
    .map(([name, format]): Row => [`./forwarded ${name}`, format as () => unknown, [{}]]),
  ['./forwarded custom', forwarded.custom, [{ header: 'a', decode: 'pem' }]],
  ['./forwarded apiGatewayCertificate', forwarded.apiGatewayCertificate, [testing.apiGatewayEvent({ certificate })]],
  [
    './forwarded cloudflareWorkersCertificate',
    forwarded.cloudflareWorkersCertificate,
    [
      {
        cf: {
          tlsClientAuth: {
            certPresented: '1',
            certVerified: 'SUCCESS',
            certRevoked: '0',
            certRFC9440: `:${issued.jwk.x5c[0]}:`,
            certRFC9440TooLarge: false,
            certChainRFC9440: `:${issued.jwk.x5c[0]}:`,
          },
        },
      },
    ],
  ],
  [
    './forwarded createCertificateReader',
    forwarded.createCertificateReader,
    [{ format: forwarded.nginx(), trust: () => true }],
  ],
  [
    './forwarded createCertificateReader of',
    forwarded.createCertificateReader({ format: forwarded.nginx(), trust: () => true }),
    [request()],
  ],
  ['./forwarded fromAddresses', forwarded.fromAddresses, [['127.0.0.1']]],
  ['./forwarded fromAddresses of', forwarded.fromAddresses(['127.0.0.1']), [request()]],
  ['./forwarded fromUnixSocket', forwarded.fromUnixSocket, []],
  ['./forwarded fromUnixSocket of', forwarded.fromUnixSocket(), [request()]],
  [
    './forwarded withSharedSecret',
    forwarded.withSharedSecret,
    [{ header: 'a', secret: 'secret-secret-secret-secret' }],
  ],
  [
    './forwarded withSharedSecret of',
    forwarded.withSharedSecret({ header: 'a', secret: 'secret-secret-secret-secret' }),
    [request()],
  ],
  ['./forwarded withProxyCertificate', forwarded.withProxyCertificate, [{ dnsNames: ['a.example'] }]],
  ['./forwarded withProxyCertificate of', forwarded.withProxyCertificate({ dnsNames: ['a.example'] }), [request()]],

  ['./jwks remoteJwks', jwks.remoteJwks, ['https://a.example.com/', {}]],
  ['./jwks remoteJwks find', source.find.bind(source), [certificate.thumbprint]],
  ['./jwks createJwksSources', jwks.createJwksSources, [{}]],
  ['./jwks createJwksSources of', jwks.createJwksSources(), ['https://a.example.com/']],
  ['./jwks isPublicAddress', jwks.isPublicAddress, ['192.0.2.1']],

  ['./tokens createAccessTokenVerifier', tokens.createAccessTokenVerifier, [{ keys, issuer, audience: 'a' }]],
  [
    './tokens createAccessTokenVerifier of',
    tokens.createAccessTokenVerifier({ keys, issuer, audience: 'a' }),
    ['a.b.c', {}],
  ],
  ['./tokens createIntrospector', tokens.createIntrospector, [{ endpoint: issuer }]],
  ['./tokens createIntrospector of', tokens.createIntrospector({ endpoint: issuer, fetch: offline }), ['token', {}]],

  ['./spiffe createSpiffeTrust', spiffe.createSpiffeTrust, [{ trustDomains: { 'example.org': { bundle } } }], true],
  [
    './spiffe createSpiffeTrust trustDomains',
    (trustDomains: never) => spiffe.createSpiffeTrust({ trustDomains }),
    [{ 'example.org': { bundle } }],
  ],
  [
    './spiffe createSpiffeTrust source',
    (source: never) => spiffe.createSpiffeTrust({ trustDomains: { 'example.org': source } }),
    [{ bundle }],
  ],
  [
    './spiffe createSpiffeTrust bundle',
    (made: never) => spiffe.createSpiffeTrust({ trustDomains: { 'example.org': { bundle: made } } }),
    [bundle],
  ],
  ['./spiffe createSpiffeTrust verifySvid', spiffeTrust.verifySvid.bind(spiffeTrust), [svid, new Date()]],
  ['./spiffe parseSpiffeId', spiffe.parseSpiffeId, ['spiffe://example.org/a']],
  ['./spiffe verifyX509Svid', spiffe.verifyX509Svid, [svid, spiffeTrust, {}]],

  [
    './trust createTrust',
    (options: never) => closing(trust.createTrust(options)),
    [{ anchors: [root.pem], client: { key: root.privateKeyPem, cert: root.pem } }],
  ],

  ['./oidc-provider createMutualTlsFeature', oidcProvider.createMutualTlsFeature, [{ getCertificate: noop }]],
  [
    './oidc-provider createMutualTlsFeature middleware',
    feature.middleware,
    [{ Client: { find: async () => undefined } }],
  ],

  ['./express protectResource', express.protectResource, [resource]],
  ['./express protectResource scopes', express.protectResource(resource), ['a', 'b']],
  [
    './fastify protectResource',
    (options: never) => fastify().register(fastifyAdapter.protectResource, options),
    [resource],
  ],
  ['./hono protectResource', hono.protectResource, [resource]],
  ['./hono protectResource scopes', hono.protectResource(resource), ['a', 'b']],
  ['./fetch protectResource', fetchAdapter.protectResource, [resource]],
  ['./fetch protectResource scopes', fetchAdapter.protectResource(resource), ['a', 'b']],
  ['./fetch protectResource handler', fetchAdapter.protectResource(resource)('a'), [() => new Response()]],
  ['./fetch protectResource of', fetchAdapter.protectResource(resource)()(() => new Response()), [fetchRequest()]],
  ['./aws-lambda createAuthorizer', awsLambda.createAuthorizer, [resource]],
  [
    './aws-lambda createAuthorizer of',
    awsLambda.createAuthorizer(resource),
    [testing.apiGatewayEvent({ certificate, token: 'a' })],
  ],

  ['./testing createCertificateAuthority', testing.createCertificateAuthority, [{}]],
  ['./testing createCertificateAuthority issue', root.issue, [{}]],
  ['./testing createCertificateAuthority issueAuthority', root.issueAuthority, [{}]],
  ['./testing createCertificateAuthority renew', root.renew, [issued, {}]],
  ['./testing createCertificateAuthority crl', root.crl, [{}]],
  ['./testing createCertificateAuthority crl revoked', (revoked: never) => root.crl({ revoked }), [[issued]]],
  ['./testing createCertificateAuthority ocspResponse', root.ocspResponse, [issued, {}]],
  ['./testing selfSignedCertificate', testing.selfSignedCertificate, [{}]],
  ['./testing createSpiffeAuthority', testing.createSpiffeAuthority, ['example.org', {}]],
  ['./testing createSpiffeAuthority bundle', spiffeAuthority.bundle, [{}]],
  ['./testing createSpiffeAuthority issueSvid', spiffeAuthority.issueSvid, [{}]],
  ['./testing fakeTlsSocket', testing.fakeTlsSocket, [{}]],
  ['./testing forgedTwin', testing.forgedTwin, [issued]],
  ['./testing forwardedHeaders', testing.forwardedHeaders, ['nginx', certificate, {}]],
  ['./testing hostileHeaders', testing.hostileHeaders, [{}]],
  ['./testing hostileSvids', testing.hostileSvids, [spiffeAuthority], true],
  ['./testing hostileCertificates', testing.hostileCertificates, []],
  ['./testing nodeRequest', testing.nodeRequest, [{}]],
  ['./testing requestHeaders', testing.requestHeaders, [{}]],
  ['./testing fetchRequest', testing.fetchRequest, [{}]],
  ['./testing apiGatewayEvent', testing.apiGatewayEvent, [{}]],
  ['./testing presented', testing.presented, [certificate, {}]],
  [
    './testing startMutualTlsServer',
    (listener: never, options: never) => closing(testing.startMutualTlsServer(listener, options)),
    [createServer, { clientAuthority: root }],
    true,
  ],
];
