import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  authenticateClient,
  createConfirmation,
  createResourceGuard,
  createTokenConfirmation,
  parseClientMetadata,
  resolveEndpoint,
  toErrorResponse,
  verifyConfirmation,
  MtlsError,
} from 'oauth-mtls';
import { createAuthorizer } from 'oauth-mtls/aws-lambda';
import {
  apiGatewayCertificate,
  cloudflareWorkersCertificate,
  createCertificateReader,
  nginx,
} from 'oauth-mtls/forwarded';
import { createJwksSources } from 'oauth-mtls/jwks';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createSpiffeTrust, verifyX509Svid } from 'oauth-mtls/spiffe';
import {
  apiGatewayEvent,
  createCertificateAuthority,
  createSpiffeAuthority,
  forwardedHeaders,
  presented,
  selfSignedCertificate,
} from 'oauth-mtls/testing';
import { createAccessTokenVerifier, createIntrospector } from 'oauth-mtls/tokens';
import { beforeAll, describe, expect, it } from 'vitest';

/** A decision, reduced to what it answers. */
type Decision = readonly [name: string, decide: () => unknown];

const ISSUER = 'https://as.example';
const AUDIENCE = 'https://api.example';
const now = new Date();
let decisions: readonly Decision[];
/** What another fault of the process may have put on Object.prototype, in the attacker's favour. */
let members: readonly (readonly [name: string, value: unknown])[];

beforeAll(async () => {
  const root = await createCertificateAuthority();
  const client = await root.issue({ subject: 'CN=client', san: { dns: 'client.example' } });
  const attacker = await selfSignedCertificate({ subject: 'CN=attacker' });
  const revoked = await root.issue({ subject: 'CN=revoked' });
  const crl = await root.crl({ revoked: [revoked] });
  const mallory = presented(attacker);
  const honest = presented(client);
  const keys = await generateKeyPair('ES256');
  const forger = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'as', alg: 'ES256' };
  const forgedJwk = { ...(await exportJWK(forger.publicKey)), kid: 'forged', alg: 'ES256' };
  const sign = (key: Parameters<SignJWT['sign']>[0], claims: object, header: object = {}) =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: 4_000_000_000, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'as', ...header })
      .sign(key);
  const tokens = {
    good: await sign(keys.privateKey, { cnf: createConfirmation(client.certificate), scope: 'read' }),
    unbound: await sign(keys.privateKey, { scope: 'read' }),
    expired: await sign(keys.privateKey, { exp: 1 }),
    endless: await sign(keys.privateKey, { exp: undefined }),
    elsewhere: await sign(keys.privateKey, { aud: 'https://other.example' }),
    id: await sign(keys.privateKey, {}, { typ: 'JWT' }),
    forged: await sign(forger.privateKey, { cnf: createConfirmation(attacker.certificate) }, { kid: 'forged' }),
    keyless: await sign(forger.privateKey, {}, { kid: undefined }),
  };
  const verifiers = { issuer: ISSUER, audience: AUDIENCE, keys: { keys: [jwk] } };
  const verifyToken = createAccessTokenVerifier({ ...verifiers, cache: false });
  const introspect = (body: object) =>
    createIntrospector({
      endpoint: `${ISSUER}/introspect`,
      fetch: async () => Response.json(body),
      cache: false,
      audience: AUDIENCE,
    });
  const subject = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=client' };
  const selfSigned = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [{ ...client.jwk }] } };
  const uri = 'https://client.example.com/jwks';
  const pathVerifier = createPathVerifier({ trustAnchors: [root.pem] });
  const strict = createPathVerifier({ trustAnchors: [root.pem], crls: [crl.der] });
  const read = createCertificateReader({ format: nginx(), trust: () => true });
  const distrust = createCertificateReader({ format: nginx(), trust: () => false });
  const headers = forwardedHeaders('nginx', client);
  const spiffe = await createSpiffeAuthority('example.org');
  const stranger = await createSpiffeAuthority('example.org');
  const spiffeTrust = createSpiffeTrust({ trustDomains: { 'example.org': { bundle: spiffe.bundle() } } });
  const [svid, forgedSvid] = [presented(await spiffe.issueSvid()), presented(await stranger.issueSvid())];
  const guard = createResourceGuard({ getCertificate: () => honest, verifyToken })(['read']);
  const authorizer = createAuthorizer({ getCertificate: () => honest, verifyToken, simpleResponses: true });
  const request = (token: string) => ({ rawHeaders: ['Authorization', `Bearer ${token}`], url: '/' });

  decisions = [
    ['a bound token', () => verifyConfirmation({ cnf: createConfirmation(client.certificate) }, honest)],
    ['an unbound token', () => verifyConfirmation({ sub: 'client' }, honest)],
    ['an unbound token of the attacker', () => verifyConfirmation({ sub: 'client' }, mallory)],
    ['an empty confirmation', () => verifyConfirmation({ cnf: {} }, mallory)],
    ['a DPoP-bound token', () => verifyConfirmation({ cnf: { jkt: 'x' } }, mallory)],
    ['a stolen token', () => verifyConfirmation({ cnf: createConfirmation(client.certificate) }, mallory)],
    [
      'a stolen token without a certificate',
      () => verifyConfirmation({ cnf: createConfirmation(client.certificate) }, undefined),
    ],
    [
      'an inactive token',
      () => verifyConfirmation({ active: false, cnf: createConfirmation(client.certificate) }, honest),
    ],
    ['a client', async () => (await authenticateClient(honest, subject, { pathVerifier })).matched],
    ['a client with the attacker’s certificate', () => authenticateClient(mallory, subject, { pathVerifier })],
    ['a client without a verified chain', () => authenticateClient(honest, subject)],
    ['a client without a subject', () => authenticateClient(honest, { token_endpoint_auth_method: 'tls_client_auth' })],
    ['a client without a method', () => authenticateClient(mallory, {} as typeof subject)],
    ['a self-signed client', async () => (await authenticateClient(honest, selfSigned)).matched],
    ['a self-signed client with the attacker’s certificate', () => authenticateClient(mallory, selfSigned)],
    [
      'a self-signed client without keys',
      () => authenticateClient(mallory, { token_endpoint_auth_method: 'self_signed_tls_client_auth' }),
    ],
    ['an expired certificate', () => authenticateClient(honest, selfSigned, { now: new Date('2100-01-01') })],
    [
      'a key without a certificate',
      () => authenticateClient(mallory, { ...selfSigned, jwks: { keys: [{ kty: 'EC' }] } }),
    ],
    ['metadata', () => parseClientMetadata(subject)],
    ['metadata without a method', () => parseClientMetadata({ client_name: 'x' })],
    ['metadata without a subject', () => parseClientMetadata({ token_endpoint_auth_method: 'tls_client_auth' })],
    [
      'a JWK Set at jwks_uri',
      async () => {
        const source = createJwksSources({ fetch: async () => Response.json({}) })(uri);
        return authenticateClient(
          mallory,
          parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: uri }),
          { jwksSource: source },
        );
      },
    ],
    [
      'the confirmation of a token',
      () =>
        createTokenConfirmation(
          parseClientMetadata({ ...subject, tls_client_certificate_bound_access_tokens: true }),
          honest,
        ),
    ],
    [
      'a bound token without a certificate',
      () =>
        createTokenConfirmation(
          parseClientMetadata({ ...subject, tls_client_certificate_bound_access_tokens: true }),
          undefined,
        ),
    ],
    ...Object.entries(tokens).map(([name, token]): Decision => [`the JWT ${name}`, () => verifyToken(token)]),
    ...Object.entries(tokens).map(([name, token]): Decision => [
      `a new verifier and the JWT ${name}`,
      () => createAccessTokenVerifier(verifiers)(token),
    ]),
    [
      'a JWK Set without keys',
      () => createAccessTokenVerifier({ ...verifiers, keys: {} as { keys: [] } })(tokens.forged),
    ],
    ['a request', async () => (await guard.authorize(request(tokens.good))).claims],
    ['a request with an unbound token', () => guard.authorize(request(tokens.unbound))],
    ['a request without a token', () => guard.authorize({ rawHeaders: [], url: '/' })],
    ['introspection', () => introspect({ active: true, aud: AUDIENCE })('x')],
    ['introspection of an inactive token', () => introspect({ active: false })('x')],
    ['introspection without an answer', () => introspect({})('x')],
    ['introspection for another resource', () => introspect({ active: true })('x')],
    ['a path', async () => (await pathVerifier.verify(client.pem)).certificates.map(({ thumbprint }) => thumbprint)],
    ['a path of the attacker', () => pathVerifier.verify(attacker.pem)],
    ['a new verifier and the attacker', () => createPathVerifier({ trustAnchors: [root.pem] }).verify(attacker.pem)],
    ['an expired path', () => pathVerifier.verify(client.pem, [], { now: new Date('2100-01-01') })],
    ['a revoked certificate', () => strict.verify(revoked.pem)],
    [
      'a new verifier and a revoked certificate',
      () => createPathVerifier({ trustAnchors: [root.pem], crls: [crl.der] }).verify(revoked.pem),
    ],
    ['headers', () => read({ rawHeaders: Object.entries(headers).flat() })?.verification],
    ['headers without a verdict', () => read({ rawHeaders: Object.entries(headers).slice(0, 1).flat() })?.verification],
    ['no headers', () => read({ rawHeaders: [] })?.certificate.thumbprint ?? 'absent'],
    ['no fetch headers', () => read(new Headers())?.certificate.thumbprint ?? 'absent'],
    ['headers of a stranger', () => distrust({ rawHeaders: Object.entries(headers).flat() })],
    ['an event', () => apiGatewayCertificate(apiGatewayEvent({ certificate: client }))?.certificate.thumbprint],
    [
      'an authorizer',
      async () => (await authorizer(apiGatewayEvent({ certificate: client, token: tokens.good }))).isAuthorized,
    ],
    [
      'an authorizer without a token',
      async () => (await authorizer(apiGatewayEvent({ certificate: client }))).isAuthorized,
    ],
    ['an authorizer without an event', async () => (await authorizer({} as never)).isAuthorized],
    [
      'an event without a certificate',
      () => apiGatewayCertificate(apiGatewayEvent())?.certificate.thumbprint ?? 'absent',
    ],
    ['an empty event', () => apiGatewayCertificate({})?.certificate.thumbprint ?? 'absent'],
    ['a Worker’s request', () => cloudflareWorkersCertificate({})?.certificate.thumbprint ?? 'absent'],
    [
      'a Worker’s request without a verdict',
      () =>
        cloudflareWorkersCertificate({
          cf: { tlsClientAuth: { certPresented: '1', certRFC9440: `:${client.jwk.x5c[0]}:` } },
        })?.verification,
    ],
    ['an SVID', async () => (await verifyX509Svid(svid, spiffeTrust, { now })).spiffeId],
    ['an SVID of a stranger', () => verifyX509Svid(forgedSvid, spiffeTrust, { now })],
    [
      'an endpoint',
      () => resolveEndpoint({ token_endpoint: 'https://as.example/t' }, 'token_endpoint', { mutualTls: true }).href,
    ],
    ['an endpoint that is not there', () => resolveEndpoint({}, 'token_endpoint', { mutualTls: true }).href],
    ['an error response', () => toErrorResponse(new MtlsError('ERR_CNF_MISMATCH')).status],
  ];

  const own = createConfirmation(attacker.certificate);
  const leaf = `:${attacker.jwk.x5c[0]}:`;
  members = [
    ['cnf', own],
    ['cnf', createConfirmation(client.certificate)],
    ['x5t#S256', own['x5t#S256']],
    ['x5t#S256', client.certificate.thumbprint],
    ['x5t#S512', 'A'.repeat(86)],
    ['active', true],
    ['required', false],
    ['binding', 'optional'],
    ['experimentalS512', true],
    ['keys', [forgedJwk]],
    ['keys', [attacker.jwk]],
    ['jwks', { keys: [attacker.jwk] }],
    ['jwks_uri', uri],
    ['x5c', attacker.jwk.x5c],
    ['kid', 'forged'],
    ['alg', 'none'],
    ['alg', 'ES256'],
    ['jwk', forgedJwk],
    ['typ', 'at+jwt'],
    ['crit', ['b64']],
    ['b64', false],
    ['iss', ISSUER],
    ['aud', AUDIENCE],
    ['exp', 4_000_000_000],
    ['nbf', 0],
    ['scope', 'read'],
    ['payload', {}],
    ['now', new Date('2000-01-01')],
    ['now', now],
    ['clockTolerance', 1e10],
    ['unsafeAllowAnyType', true],
    ['unsafeAllowExpired', true],
    ['unsafeAllowUnbound', true],
    ['cache', {}],
    ['algorithms', ['ES256']],
    ['requiredClaims', []],
    ['pathVerifier', { verify: async () => ({}) }],
    ['jwksSource', { uri, find: async () => attacker.certificate }],
    ['trustAnchors', [attacker.pem]],
    ['intermediates', [attacker.pem]],
    ['revocation', 'if-available'],
    ['extendedKeyUsage', 'any'],
    ['crls', []],
    ['critical', false],
    ['cA', true],
    ['trusted', true],
    ['trust', () => true],
    ['verification', 'verified'],
    ['verifiedByProxy', true],
    ['presented', true],
    ['headers', new Headers(forwardedHeaders('nginx', attacker))],
    ['get', (name: string) => forwardedHeaders('nginx', attacker)[name] ?? null],
    ['rawHeaders', Object.entries(forwardedHeaders('nginx', attacker)).flat()],
    ['multiValueHeaders', { authorization: [`Bearer ${tokens.good}`] }],
    ['authorization', `Bearer ${tokens.good}`],
    ['cf', { tlsClientAuth: { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0', certRFC9440: leaf } }],
    ['tlsClientAuth', { certPresented: '1', certRFC9440: leaf }],
    ['certVerified', 'SUCCESS'],
    ['certRevoked', '0'],
    ['requestContext', { identity: { clientCert: { clientCertPem: attacker.pem } } }],
    ['identity', { clientCert: { clientCertPem: attacker.pem } }],
    ['clientCert', { clientCertPem: attacker.pem }],
    ['clientCertPem', attacker.pem],
    ['token_endpoint_auth_method', 'self_signed_tls_client_auth'],
    ['tls_client_auth_subject_dn', 'CN=attacker'],
    ['tls_client_auth_subject_dn', 'CN=client'],
    ['tls_client_auth_san_dns', 'client.example'],
    ['tls_client_certificate_bound_access_tokens', false],
    ['profile', undefined],
    ['token_endpoint', 'https://evil.example/token'],
    ['mtls_endpoint_aliases', { token_endpoint: 'https://evil.example/token' }],
    ['spiffeTrust', { verifySvid: async () => ({ spiffeId: 'spiffe://example.org/workload' }) }],
    ['bundle', stranger.bundle()],
    ['verified', true],
    ['cause', 'x'],
    ['verify', async () => ({})],
    ['find', async () => attacker.certificate],
  ];
}, 60_000);

/** `refused`, or what was answered. */
async function answerOf(decide: () => unknown): Promise<string> {
  try {
    const answer = await decide();
    return `accepted ${JSON.stringify(answer) ?? ''}`;
  } catch {
    return 'refused';
  }
}

async function polluted(name: string, value: unknown, decide: () => unknown): Promise<string> {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
  try {
    return await answerOf(decide);
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

describe('a polluted Object.prototype', () => {
  it('turns no refusal into an acceptance, and no answer into another one', async () => {
    const weaker: string[] = [];
    for (const [about, decide] of decisions) {
      const clean = await answerOf(decide);
      for (const [name, value] of members) {
        const answer = await polluted(name, value, decide);
        if (answer !== clean && answer !== 'refused') weaker.push(`${about}, ${name}: ${clean} → ${answer}`);
      }
    }
    expect(weaker).toEqual([]);
  }, 240_000);
});
