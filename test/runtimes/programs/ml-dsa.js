// NODE ml-dsa.js: clients with ML-DSA certificates at an authorization server and an API, over TLS 1.3. Prints what is
// not as RFC 8705 says. Needs OpenSSL 3.5.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

import { SignJWT } from 'jose';
import * as core from 'oauth-mtls';
import { mutualTlsFetch, mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority, selfSignedCertificate } from 'oauth-mtls/testing';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';

const ISSUER = 'https://as.example';
const AUDIENCE = 'https://api.example';
const SERVER = { san: { dns: 'localhost', ip: '127.0.0.1' }, extendedKeyUsage: ['serverAuth'] };
const SUBJECT = 'CN=client,O=Acme,C=US';
const KEY_TYPES = /** @type {const} */ (['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']);

/** @typedef {import('oauth-mtls/testing').TestCertificate} TestCertificate */
/**
 * @typedef {object} Scenario
 * @property {string} title
 * @property {string} [ca] trust anchors of the TLS layer
 * @property {core.MtlsClientMetadata} client
 * @property {core.AuthenticateClientOptions} [options]
 * @property {TestCertificate} own certificate of the client
 * @property {TestCertificate} other certificate with the same names and another key
 * @property {string} refusal code for the other certificate
 */

let checks = 0;
/** @type {string[]} */
const failures = [];

/**
 * @param {string} what
 * @param {unknown} expected
 * @param {unknown} actual
 */
function expect(what, expected, actual) {
  checks += 1;
  if (expected !== actual) failures.push(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

/** Issues the certificates of the servers, and signs the tokens. */
const authority = await createCertificateAuthority();
const jwks = { keys: [{ ...authority.keyPair.publicJwk, kid: 'k', alg: 'ES256' }] };
const verifyToken = createAccessTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, keys: jwks });
const { authorize, toResponse } = core.createResourceGuard({ getCertificate: presentedCertificate, verifyToken })();

/**
 * A server: `/token` authenticates the client and answers with a bound token, `/accounts` asks for one.
 *
 * @param {Scenario} scenario
 */
async function start({ ca, client, options }) {
  const { privateKeyPem: key, chainPem: cert } = await authority.issue(SERVER);
  /** @param {import('node:http').IncomingMessage} request */
  const issueToken = async (request) => {
    const { confirmation } = await core.authenticateClient(presentedCertificate(request), client, options);
    return new SignJWT({ client_id: 'client', cnf: confirmation })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject('client')
      .setExpirationTime('5m')
      .sign(authority.keyPair.keys.privateKey);
  };
  /** @type {(...exchange: Parameters<import('node:http').RequestListener>) => Promise<void>} */
  const respond = async (request, response) => {
    try {
      const answer = request.url === '/token' ? await issueToken(request) : (await authorize(request)).claims['sub'];
      response.end(String(answer));
    } catch (error) {
      const { status } = request.url === '/token' ? core.toErrorResponse(error) : toResponse(error, request);
      const { code, reason = '' } = core.isMtlsError(error) ? { code: error.code, ...error.detail } : { code: error };
      response.writeHead(status).end(`${String(code)} ${reason}`.trim());
    }
  };
  const tls = mutualTlsOptions({ key, cert, ...(ca && { ca }) });
  const server = createServer(tls, (...exchange) => void respond(...exchange));
  return { server, port: await listen(server) };
}

/** @param {Scenario} scenario */
async function check(scenario) {
  const { title, own, other, refusal } = scenario;
  const { server, port } = await start(scenario);
  const origin = `https://127.0.0.1:${port}`;
  const ca = authority.pem;
  /** @param {TestCertificate} certificate */
  const fetchAs = ({ privateKeyPem: key, chainPem: cert }) => mutualTlsFetch({ key, cert, ca });
  const [asOwn, asOther] = [fetchAs(own), fetchAs(other)];

  const answer = await asOwn(`${origin}/token`);
  const token = await answer.text();
  expect(`${title}: status of the token`, 200, answer.status);
  const thumbprint = createHash('sha256').update(own.certificate.der).digest('base64url');
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? 'e30', 'base64url').toString());
  expect(`${title}: binding of the token`, thumbprint, claims.cnf?.['x5t#S256']);
  expect(`${title}: other certificate`, refusal, await (await asOther(`${origin}/token`)).text());

  const headers = { Authorization: `Bearer ${token}` };
  const bare = (/** @type {string} */ path) => sendWithoutCertificate(`${origin}${path}`, ca, headers);
  expect(`${title}: no certificate`, '401 ERR_CLIENT_CERTIFICATE_MISSING', await bare('/token'));
  expect(`${title}: token, own certificate`, 'client', await (await asOwn(`${origin}/accounts`, { headers })).text());
  const stolen = await asOther(`${origin}/accounts`, { headers });
  expect(`${title}: token, other certificate`, '401 ERR_CNF_MISMATCH', `${stolen.status} ${await stolen.text()}`);
  expect(`${title}: token, no certificate`, '401 ERR_CNF_CERTIFICATE_MISSING', await bare('/accounts'));
  const credentials = { ca, key: own.privateKeyPem, cert: own.chainPem };
  const sessions = await useTwice({ host: '127.0.0.1', port, ...credentials }, token);
  expect(`${title}: resumed session`, 'TLSv1.3 new client, TLSv1.3 resumed client', sessions.join(', '));

  asOwn.close();
  asOther.close();
  stop(server);
}

/**
 * @param {string} url
 * @param {string} ca
 * @param {Record<string, string>} headers
 * @returns {Promise<string>}
 */
function sendWithoutCertificate(url, ca, headers) {
  return new Promise((resolve, reject) => {
    httpsRequest(url, { ca, headers, agent: false }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    })
      .on('error', reject)
      .end();
  });
}

/**
 * Uses a token on a new session, and on the same session resumed.
 *
 * @param {import('node:tls').ConnectionOptions} options
 * @param {string} token
 */
async function useTwice(options, token) {
  /** @type {Buffer | undefined} */
  let session;
  const answers = [];
  for (const reuse of [false, true]) {
    const socket = connect({ ...options, ...(reuse && { session }) });
    socket.on('session', (ticket) => (session = ticket));
    await once(socket, 'secureConnect');
    const handshake = `${socket.getProtocol()} ${socket.isSessionReused() ? 'resumed' : 'new'}`;
    socket.write(`GET /accounts HTTP/1.0\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    answers.push(`${handshake} ${(await text(socket)).split('\r\n\r\n')[1]}`);
  }
  return answers;
}

/**
 * `mutualTlsFetch` and a server whose certificate is of ML-DSA too.
 *
 * @param {import('oauth-mtls/testing').TestAuthority} root
 * @param {(typeof KEY_TYPES)[number]} keyType
 */
async function checkServerCertificate(root, keyType) {
  const [server, client] = [await root.issue({ ...SERVER, keyType }), await root.issue({ keyType })];
  const options = mutualTlsOptions({ key: server.privateKeyPem, cert: server.chainPem, ca: root.pem });
  const listening = createServer(options, (request, response) => {
    response.end(presentedCertificate(request)?.verification);
  });
  const url = `https://127.0.0.1:${await listen(listening)}`;
  for (const [ca, expected] of [
    [root.pem, 'verified'],
    [authority.pem, 'refused'],
  ]) {
    const fetch = mutualTlsFetch({ key: client.privateKeyPem, cert: client.chainPem, ca });
    const answer = await fetch(url).then(
      (response) => response.text(),
      () => 'refused',
    );
    expect(`${keyType}: certificate of a server`, expected, answer);
    fetch.close();
  }
  stop(listening);
}

/** @param {import('node:https').Server} server */
async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** @param {import('node:https').Server} server */
function stop(server) {
  server.close();
  server.closeAllConnections();
}

for (const keyType of KEY_TYPES) {
  const root = await createCertificateAuthority({ keyType });
  const intermediate = await root.issueAuthority({ keyType });
  const impostor = await (await createCertificateAuthority({ keyType })).issueAuthority({ keyType });
  const certified = { own: await intermediate.issue({ subject: SUBJECT, keyType }) };
  const twin = { other: await impostor.issue({ subject: SUBJECT, keyType }) };
  const client = core.parseClientMetadata({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: SUBJECT,
  });
  const pathVerifier = createPathVerifier({ trustAnchors: [root.pem] });
  const [own, other] = [await selfSignedCertificate({ keyType }), await selfSignedCertificate({ keyType })];
  const registered = core.parseClientMetadata({
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [own.jwk] },
  });
  expect(`${keyType}: registered key`, `AKP ${keyType}`, `${own.jwk.kty} ${own.jwk.alg}`);
  const title = `${keyType}, `;
  /** @type {Scenario[]} */
  const scenarios = [
    {
      title: 'path verifier',
      client,
      options: { pathVerifier },
      ...certified,
      ...twin,
      refusal: 'ERR_CLIENT_PATH ERR_PATH_SIGNATURE',
    },
    { title: 'TLS layer', ca: root.pem, client, ...certified, ...twin, refusal: 'ERR_CLIENT_UNVERIFIED' },
    { title: 'self-signed', client: registered, own, other, refusal: 'ERR_CLIENT_CERTIFICATE_UNKNOWN' },
  ];
  for (const scenario of scenarios) await check({ ...scenario, title: title + scenario.title });
  await checkServerCertificate(root, keyType);
}
console.log(JSON.stringify({ checks, failures }));
