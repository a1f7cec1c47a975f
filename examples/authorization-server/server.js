/**
 * An authorization server with mutual TLS (RFC 8705) on plain `node:https`: dynamic registration, token,
 * introspection, revocation, metadata. Clients and tokens are kept in memory; registration is open. It shows
 * where the library stands in a server, not how to run one.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import {
  authenticateClient,
  authorizationServerMetadata,
  createTokenConfirmation,
  isMtlsError,
  MtlsError,
  parseClientId,
  parseClientMetadata,
  toErrorResponse,
} from 'oauth-mtls';
import { createJwksSources } from 'oauth-mtls/jwks';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createPathVerifier } from 'oauth-mtls/pki';

/**
 * @typedef {object} Settings
 * @property {string} key private key of the server, PEM
 * @property {string} cert certificate chain of the server, PEM
 * @property {string} clientAuthority the one authority that certifies clients of `tls_client_auth`, PEM
 * @property {string[]} [intermediates] authorities below it, PEM: a resumed TLS session does not bring them
 * @property {string} issuer such as https://localhost:8443, without a slash at the end
 * @property {string} mtlsOrigin where clients with a certificate go; may be the issuer's own
 * @property {import('oauth-mtls/jwks').JwksSourcesOptions} [jwks] how the jwks_uri of a client is loaded
 *
 * @typedef {import('node:http').IncomingMessage} Request
 * @typedef {{ status: number, headers?: Record<string, string>, body?: object }} Answer
 * @typedef {{ id: string, metadata: import('oauth-mtls').MtlsClientMetadata }} Client
 */

/** @type {import('oauth-mtls').MutualTlsMethod[]} */
const METHODS = ['tls_client_auth', 'self_signed_tls_client_auth'];
const LIFETIME_SECONDS = 600;
const MAX_BODY_BYTES = 65_536;

/** @param {Settings} settings */
export async function createAuthorizationServer(settings) {
  const { key, cert, clientAuthority, intermediates = [], issuer, mtlsOrigin, jwks: jwksOptions } = settings;
  /** @type {Map<string, Client>} */
  const clients = new Map();
  /** @type {Set<string>} */
  const revoked = new Set();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'as', alg: 'ES256', use: 'sig' }] };
  const paths = createPathVerifier({ trustAnchors: [clientAuthority], intermediates });
  const sources = createJwksSources(jwksOptions);

  const metadata = {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
  };
  const published = {
    ...metadata,
    ...authorizationServerMetadata({
      methods: METHODS,
      certificateBoundAccessTokens: true,
      metadata: metadata,
      mtlsOrigin,
    }),
  };

  /** RFC 7591 §3: the library refuses metadata with which the client could never authenticate safely. */
  const register = async (/** @type {Request} */ request) => {
    const parsed = parseClientMetadata(JSON.parse(await readBody(request)), {
      unsafeAllowHttpJwksUri: jwksOptions?.unsafeAllowHttp === true,
    });
    if (!METHODS.some((method) => method === parsed.token_endpoint_auth_method))
      return refusal('invalid_client_metadata');
    if (parsed.jwks_uri !== undefined) sources(parsed.jwks_uri); // refuses what it would not load
    const id = randomUUID();
    clients.set(id, { id, metadata: parsed });
    return { status: 201, body: { client_id: id, ...parsed } };
  };

  /** RFC 8705 §2: the client is found by its client_id, and authenticated by the certificate of the connection. */
  const authenticate = async (/** @type {Request} */ request) => {
    const presented = presentedCertificate(request); // before anything else: a connection that has closed tells nothing
    const body = await readBody(request);
    const client = clients.get(parseClientId(body));
    if (client === undefined) throw new MtlsError('ERR_CLIENT_UNKNOWN');
    const { jwks_uri: uri } = client.metadata;
    await authenticateClient(presented, client.metadata, {
      pathVerifier: paths,
      ...(uri !== undefined && { jwksSource: sources(uri) }),
    });
    return { form: new URLSearchParams(body), client, presented };
  };

  /** RFC 8705 §3, §3.4: the token is bound to the certificate that the client used here, if it asked for that. */
  const token = async (/** @type {Request} */ request) => {
    const { form, client, presented } = await authenticate(request);
    if (form.get('grant_type') !== 'client_credentials') return refusal('unsupported_grant_type');
    const cnf = createTokenConfirmation(client.metadata, presented);
    const jwt = await new SignJWT({ client_id: client.id, ...(cnf && { cnf }) })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'as' })
      .setIssuer(issuer)
      .setSubject(client.id)
      .setAudience('https://api.example')
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .setJti(randomUUID())
      .sign(privateKey);
    return { status: 200, body: { access_token: jwt, token_type: 'Bearer', expires_in: LIFETIME_SECONDS } };
  };

  /** The claims of a token that this server issued and that still counts. */
  const readToken = async (/** @type {string} */ jwt) => {
    try {
      const { payload } = await jwtVerify(jwt, publicKey, { issuer, typ: 'at+jwt', algorithms: ['ES256'] });
      return revoked.has(String(payload.jti)) ? undefined : payload;
    } catch {
      return undefined;
    }
  };

  /** RFC 8705 §3.2: the confirmation is part of the response. */
  const introspect = async (/** @type {Request} */ request) => {
    const { form } = await authenticate(request);
    const claims = await readToken(form.get('token') ?? '');
    return { status: 200, body: claims ? { active: true, ...claims } : { active: false } };
  };

  /** RFC 7009 §2.1: a client revokes its own tokens. */
  const revoke = async (/** @type {Request} */ request) => {
    const { form, client } = await authenticate(request);
    const claims = await readToken(form.get('token') ?? '');
    if (claims?.client_id === client.id) revoked.add(String(claims.jti));
    return { status: 200 };
  };

  /** @type {Map<string, (request: Request) => Promise<Answer>>} */
  const routes = new Map([
    ['GET /.well-known/oauth-authorization-server', async () => ({ status: 200, body: published })],
    ['GET /jwks', async () => ({ status: 200, body: jwks })],
    ['POST /register', register],
    ['POST /token', token],
    ['POST /introspect', introspect],
    ['POST /revoke', revoke],
  ]);

  const server = createServer(mutualTlsOptions({ key, cert }), async (request, response) => {
    const route = routes.get(`${request.method} ${request.url}`);
    /** @type {Answer} */
    let answer = { status: 404 };
    try {
      if (route) answer = await route(request);
    } catch (error) {
      answer = errorAnswer(error);
    }
    response.writeHead(answer.status, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      ...answer.headers,
    });
    response.end(answer.body && JSON.stringify(answer.body));
  });
  return { server, jwks };
}

/** @param {unknown} error @returns {Answer} */
function errorAnswer(error) {
  if (error instanceof SyntaxError) return refusal('invalid_request');
  if (!isMtlsError(error)) console.error(error);
  return toErrorResponse(error);
}

/** @param {string} error @returns {Answer} */
function refusal(error) {
  return { status: 400, body: { error } };
}

/** @param {Request} request */
async function readBody(request) {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_BODY_BYTES) throw new SyntaxError('The request is too large');
  }
  return body;
}
