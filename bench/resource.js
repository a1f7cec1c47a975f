import { once } from 'node:events';
import { createServer, request as send } from 'node:https';
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { createConfirmation, parseCertificate, verifyConfirmation } from 'oauth-mtls';
import { protectResource } from 'oauth-mtls/express';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createCertificateAuthority, presented } from 'oauth-mtls/testing';
import { compare } from './measure.js';

const issuer = 'https://as.example/';
const audience = 'https://api.example';

/** What the binding costs a resource server, beside the token's signature and beside another guard. */
export async function run() {
  const authority = await createCertificateAuthority();
  const client = await authority.issue({ subject: 'CN=client' });
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'as', alg: 'ES256' };
  const cnf = createConfirmation(client.certificate);
  const jwt = await new SignJWT({ sub: 'client', client_id: 'client', scope: 'read', cnf })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'as' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);

  const verifyToken = createAccessTokenVerifier({ keys: { keys: [jwk] }, issuer, audience });
  const { der } = client.certificate;
  const known = presented(client);
  const claims = { cnf };
  const binding = await compare(
    'Binding check beside the signature of an ES256 token',
    [
      { name: 'jwtVerify', run: () => jwtVerify(jwt, publicKey, { issuer, audience }) },
      { name: 'createAccessTokenVerifier, a token that comes again', run: () => verifyToken(jwt) },
      { name: 'verifyConfirmation', run: () => verifyConfirmation(claims, known) },
      {
        name: '… of a certificate on a new connection',
        run: () => verifyConfirmation(claims, presented(parseCertificate(der))),
      },
    ],
    [
      { of: 'createAccessTokenVerifier, a token that comes again', to: 'jwtVerify', atMost: 0.1 },
      { of: 'verifyConfirmation', to: 'jwtVerify', atMost: 0.05 },
      { of: '… of a certificate on a new connection', to: 'jwtVerify', atMost: 0.05 },
    ],
  );

  const ours = protectResource({ getCertificate: presentedCertificate, verifyToken })('read');
  const theirs = auth({
    issuer,
    audience,
    publicKey: { keys: [jwk] },
    tokenSigningAlg: 'ES256',
    mtls: { required: true },
    dpop: { enabled: false },
    getCertificate: (request) =>
      /** @type {import('node:tls').TLSSocket} */ (request.socket).getPeerX509Certificate()?.raw,
  });
  const { request, close } = await openRequest(authority, client, jwt);
  try {
    const guards = await compare(
      'Guard of an Express route, with mutual TLS',
      [
        { name: 'oauth-mtls/express', run: () => pass(ours, request) },
        { name: 'express-oauth2-jwt-bearer', run: () => pass(theirs, request) },
      ],
      [{ of: 'oauth-mtls/express', to: 'express-oauth2-jwt-bearer', atMost: 0.3 }],
    );
    return binding && guards;
  } finally {
    close();
  }
}

/**
 * Resolves where a guard lets a request pass. Each time it is another request on the same connection.
 *
 * @param {import('express').RequestHandler} guard
 * @param {import('express').Request} request
 */
function pass(guard, request) {
  return new Promise((resolve, reject) => {
    const response = /** @type {any} */ ({ setHeader() {}, end: () => reject(new Error('refused')) });
    void guard(Object.create(request), response, (error) =>
      error === undefined ? resolve(undefined) : reject(new Error('failed', { cause: error })),
    );
  });
}

/**
 * A request as Express gets it, over real TLS, that stays open.
 *
 * @param {import('oauth-mtls/testing').TestAuthority} authority
 * @param {import('oauth-mtls/testing').TestCertificate} client
 * @param {string} jwt
 */
async function openRequest(authority, client, jwt) {
  const own = await authority.issue({ san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
  const app = express();
  const arrived = new Promise((resolve) => app.get('/', resolve));
  const server = createServer(mutualTlsOptions({ key: own.privateKeyPem, cert: own.chainPem }), app).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const sent = send({
    ...{ host: '127.0.0.1', port, servername: 'localhost', agent: false, ca: authority.pem },
    ...{ key: client.privateKeyPem, cert: client.chainPem, headers: { Authorization: `Bearer ${jwt}` } },
  });
  sent.on('error', () => undefined).end();
  const request = /** @type {import('express').Request} */ (await arrived);
  const close = () => {
    sent.destroy();
    server.close();
    server.closeAllConnections();
  };
  return { request, close };
}
