import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  authenticateClient,
  createClientPathVerifiers,
  createResourceGuard,
  createTokenConfirmation,
  resolveEndpoint,
  verifyConfirmation,
  verifyGrantConfirmation,
  type ResourceOptions,
  type ResourceRequest,
} from 'oauth-mtls';
import { createCertificateReader, nginx } from 'oauth-mtls/forwarded';
import { remoteJwks, type RemoteJwksOptions } from 'oauth-mtls/jwks';
import { createSpiffeTrust, verifyX509Svid } from 'oauth-mtls/spiffe';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { createAccessTokenVerifier, createIntrospector } from 'oauth-mtls/tokens';
import {
  byKeys,
  bySubject,
  byUri,
  early,
  evidence,
  expired,
  issued,
  JWKS_URI,
  jwt,
  NAME,
  other,
  own,
  refused,
  SECRET,
  type MarkedRow,
} from './marked.js';

/** The evidence that a proxy has refused the chain, in its words. */
const byProxy = createCertificateReader({ format: nginx(), trust: () => true })({
  rawHeaders: ['X-SSL-Client-Cert', encodeURIComponent(own.pem), 'X-SSL-Client-Verify', `FAILED:${NAME}`],
});

const respond = (body: string, init?: ResponseInit) => async () => new Response(body, init);
const remote = (fetch: RemoteJwksOptions['fetch'], options: RemoteJwksOptions = {}) => ({
  jwksSource: remoteJwks(JWKS_URI, { fetch: fetch!, ...options }),
});
const byRemote = (
  code: MarkedRow['code'],
  what: string,
  fetch: RemoteJwksOptions['fetch'],
  options?: RemoteJwksOptions,
): MarkedRow => refused(code, what, byUri, evidence, remote(fetch, options));
const served = (...keys: object[]) => respond(JSON.stringify({ keys, [SECRET]: SECRET }));

const domain = NAME.toLowerCase();
const svid = presented(own);
const bySpiffe = { token_endpoint_auth_method: 'spiffe_x509', spiffe_id: `spiffe://${domain}/payments` };
const trusting = (options: Parameters<typeof createSpiffeTrust>[0]['trustDomains'][string]) =>
  createSpiffeTrust({ trustDomains: { [domain]: options } });
const workload = await selfSignedCertificate({
  subject: `CN=${NAME}`,
  san: { uri: `spiffe://${domain}/payments` },
});

const clients: readonly MarkedRow[] = [
  refused('ERR_CLIENT_METHOD', 'a secret', {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: SECRET,
  }),
  refused('ERR_CLIENT_METADATA', 'a stored DN with slashes', {
    ...bySubject,
    tls_client_auth_subject_dn: `/CN=${NAME}`,
  }),
  refused('ERR_CLIENT_UNVERIFIED', 'the words of a proxy', bySubject, byProxy),
  refused('ERR_CLIENT_SUBJECT_MISMATCH', 'another subject', bySubject),
  refused('ERR_CLIENT_CERTIFICATE_UNKNOWN', 'another certificate', byKeys(other.jwk)),
  refused('ERR_CLIENT_EXPIRED', 'a registered one', byKeys(expired.jwk), presented(expired)),
  refused('ERR_CLIENT_NOT_YET_VALID', 'a registered one', byKeys(early.jwk), presented(early)),
  refused('ERR_CLIENT_TRUST_ANCHORS', 'a client without authorities', bySubject, presented(issued), {
    pathVerifier: createClientPathVerifiers(new Map())(NAME),
  }),
  refused('ERR_CLIENT_SVID', 'another trust domain', bySpiffe, svid, {
    spiffeTrust: trusting({ bundle: { keys: [] } }),
  }),
  byRemote('ERR_CLIENT_CERTIFICATE_UNKNOWN', 'an entry that is not usable', served({ ...other.jwk, x5c: [own.pem] })),
  byRemote('ERR_CLIENT_CERTIFICATE_UNKNOWN', 'a private key', served({ ...own.jwk, d: SECRET })),
  byRemote('ERR_JWKS_UNREACHABLE', 'a status', respond(SECRET, { status: 503 })),
  byRemote('ERR_JWKS_UNREACHABLE', 'a failure', () => Promise.reject(new Error('down'))),
  byRemote('ERR_JWKS_TIMEOUT', 'no answer', () => new Promise(() => undefined), { timeoutDuration: 10 }),
  byRemote('ERR_JWKS_TOO_LARGE', 'a long document', respond(SECRET.repeat(100)), { maxBytes: 100 }),
  byRemote('ERR_JWKS_MALFORMED', 'no JSON', respond(`${SECRET}{`)),
  byRemote('ERR_JWKS_MALFORMED', 'a certificate', respond(own.pem)),
  byRemote('ERR_JWKS_MALFORMED', 'no set', respond(JSON.stringify(SECRET))),
  byRemote(
    'ERR_JWKS_URI',
    'a redirect',
    respond('', { status: 302, headers: { location: `https://user:${SECRET}@${NAME}.example/` } }),
  ),
  {
    code: 'ERR_CLIENT_CERTIFICATE_MISSING',
    what: 'no certificate',
    run: () => authenticateClient(undefined, bySubject),
  },
];

const spiffe: readonly MarkedRow[] = [
  { code: 'ERR_SPIFFE_SVID', what: 'no ID', run: () => verifyX509Svid(svid, trusting({ bundle: { keys: [] } })) },
  {
    code: 'ERR_SPIFFE_TRUST_DOMAIN',
    what: 'no authority',
    run: () => verifyX509Svid(presented(workload), trusting({ bundle: { keys: [] } })),
  },
  { code: 'ERR_SPIFFE_BUNDLE', what: 'no JSON', run: () => trusting({ bundle: `${SECRET}{` }) },
  {
    code: 'ERR_SPIFFE_BUNDLE_UNAVAILABLE',
    what: 'a bundle that is no JSON',
    run: () => verifyX509Svid(presented(workload), trusting({ load: async () => `${SECRET}{` })),
  },
];

const keys = await generateKeyPair('ES256', { extractable: true });
const accessToken = await new SignJWT({ sub: SECRET, scope: NAME, cnf: { jkt: 'A'.repeat(43) } })
  .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'a' })
  .setIssuer('https://as.example')
  .setAudience('https://api.example')
  .setExpirationTime('1h')
  .sign(keys.privateKey);
const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'a' }] };
const verifyToken = createAccessTokenVerifier({
  issuer: 'https://as.example',
  audience: 'https://api.example',
  keys: jwks,
});

const ask =
  (request: Partial<ResourceRequest>, options: Partial<ResourceOptions<ResourceRequest>> = {}, scopes: string[] = []) =>
  () =>
    createResourceGuard<ResourceRequest>(
      { getCertificate: () => evidence, verifyToken, ...options },
      (all) => all,
    )(scopes).authorize({ authorization: [], dpop: [], query: '', ...request });
const bearer = (token: string) => ({ authorization: [`Bearer ${token}`] });
const bound = { cnf: { 'x5t#S256': 'A'.repeat(43) }, sub: SECRET };
const dpop = { dpop: { verify: () => 'B'.repeat(43) }, binding: 'dpop' } as const;
const introspect = (body: string, init?: ResponseInit) => ({
  verifyToken: createIntrospector({
    endpoint: 'https://as.example/introspect',
    headers: { Authorization: `Basic ${SECRET}` },
    fetch: respond(body, init),
  }),
});

const tokens: readonly (readonly [code: MarkedRow['code'], what: string, run: () => unknown])[] = [
  ['ERR_CNF_REQUIRED', 'an unbound token', () => verifyConfirmation({ sub: SECRET }, evidence)],
  ['ERR_CNF_MALFORMED', 'a thumbprint', () => verifyConfirmation({ cnf: { 'x5t#S256': SECRET } }, evidence)],
  ['ERR_CNF_CERTIFICATE_MISSING', 'no certificate', () => verifyConfirmation(bound, undefined)],
  ['ERR_CNF_MISMATCH', 'another certificate', () => verifyConfirmation(bound, evidence)],
  [
    'ERR_CNF_UNSUPPORTED',
    'another method',
    ask(bearer(accessToken), { binding: 'optional', verifyToken: async () => ({ cnf: { jwk: { k: SECRET } } }) }),
  ],
  ['ERR_CNF_DPOP', 'another key', ask({ authorization: [`DPoP ${accessToken}`], dpop: [jwt] }, dpop)],
  [
    'ERR_GRANT_CERTIFICATE_MISSING',
    'no certificate',
    () => createTokenConfirmation({ ...bySubject, tls_client_certificate_bound_access_tokens: true }, undefined),
  ],
  ['ERR_GRANT_MISMATCH', 'another certificate', () => verifyGrantConfirmation(bound, evidence)],
  ['ERR_GRANT_CONFIRMATION', 'a thumbprint', () => verifyGrantConfirmation({ cnf: { 'x5t#S256': SECRET } }, evidence)],
  ['ERR_TOKEN_MISSING', 'another scheme', ask({ authorization: [`Basic ${SECRET}`] })],
  ['ERR_TOKEN_REQUEST', 'two tokens', ask({ authorization: [`Bearer ${SECRET}`, `Bearer ${SECRET}`] })],
  ['ERR_TOKEN_REQUEST', 'one in the query', ask({ ...bearer(jwt), query: `access_token=${SECRET}` })],
  ['ERR_TOKEN_INVALID', 'an unknown key', ask(bearer(jwt))],
  ['ERR_TOKEN_INVALID', 'no JWT', ask(bearer(SECRET))],
  [
    'ERR_TOKEN_INACTIVE',
    'introspection',
    ask(bearer(SECRET), introspect(JSON.stringify({ active: false, sub: SECRET }))),
  ],
  ['ERR_TOKEN_UNAVAILABLE', 'an answer that is no JSON', ask(bearer(SECRET), introspect(`${SECRET}{`))],
  [
    'ERR_TOKEN_UNAVAILABLE',
    'keys that are no JSON',
    ask(bearer(jwt), {
      verifyToken: createAccessTokenVerifier({
        issuer: 'https://as.example',
        audience: 'https://api.example',
        keys: 'https://as.example/jwks',
        fetch: respond(`${SECRET}{`),
      }),
    }),
  ],
  ['ERR_TOKEN_UNAVAILABLE', 'a status', ask(bearer(SECRET), introspect(SECRET, { status: 401 }))],
  ['ERR_TOKEN_PROOF', 'no proof', ask({ authorization: [`DPoP ${accessToken}`] }, dpop)],
  ['ERR_TOKEN_PROOF', 'no JWT', ask({ authorization: [`DPoP ${accessToken}`], dpop: [SECRET] }, dpop)],
  [
    'ERR_TOKEN_SCOPE',
    'another scope',
    ask(bearer(accessToken), { binding: 'optional', verifyToken: async () => ({ scope: NAME, sub: SECRET }) }, [
      'read',
    ]),
  ],
  [
    'ERR_SERVER_METADATA',
    'http',
    () => resolveEndpoint({ token_endpoint: `http://${NAME}.example` }, 'token_endpoint', { mutualTls: true }),
  ],
  [
    'ERR_SERVER_ENDPOINT',
    'no endpoint',
    () => resolveEndpoint({ issuer: `https://${NAME}.example` }, 'token_endpoint', { mutualTls: true }),
  ],
  [
    'ERR_CLIENT_KEYS_UNAVAILABLE',
    'a source of another URL',
    () =>
      refused('ERR_CLIENT_KEYS_UNAVAILABLE', '', byUri, evidence, {
        jwksSource: { uri: `${JWKS_URI}2`, find: async () => undefined },
      }).run(),
  ],
];

/** Clients, SPIFFE, tokens. */
export const markedDecisions: readonly MarkedRow[] = [
  ...clients,
  ...spiffe,
  ...tokens.map(([code, what, run]) => ({ code, what, run })),
];
