/**
 * The whole flow of RFC 8705 with real certificates: two clients register, each gets a token over mutual TLS,
 * and an API takes the token with the right certificate only. Then certificates and authorities are renewed while a
 * client calls. Exit code 0 only if every answer was as expected.
 *
 * `npm run demo` runs it; `npm run demo -- --serve` leaves the servers up and prints commands to paste.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { createCertificateAuthority, selfSignedCertificate } from 'oauth-mtls/testing';
import { createAuthorizationServer } from '../authorization-server/server.js';
import { createApi } from './api.js';
import { callWithCurl, callWithNode, commandLine, curlArguments, hasCurl } from './client.js';
import { renewUnderLoad } from './renewal.js';

/** @typedef {import('oauth-mtls/testing').TestCertificate} TestCertificate */
/** @typedef {import('./client.js').Call} Call */

const serve = process.argv.includes('--serve');
const curl = hasCurl();
/** x5t#S256 of each client certificate, by name. @type {Map<string, string>} */
const thumbprints = new Map();
const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-demo-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

// Three authorities: for the servers, for the clients (with an intermediate), and a forged one of the same name.
const serverAuthority = await createCertificateAuthority({ subject: 'CN=Demo Server CA' });
const clientRoot = await createCertificateAuthority({ subject: 'CN=Demo Client Root CA' });
const clientAuthority = await clientRoot.issueAuthority({ subject: 'CN=Demo Client CA' });
const forgedRoot = await createCertificateAuthority({ subject: 'CN=Demo Client Root CA' });
const subject = 'CN=payments,O=Acme,C=US';
const selfSigned = await selfSignedCertificate({ subject: 'CN=reports' });
writeFileSync(join(folder, 'server-ca.pem'), serverAuthority.pem);
saveClient('payments', await clientAuthority.issue({ subject }));
saveClient('reports', selfSigned);
saveClient('forged', await forgedRoot.issue({ subject }));
saveClient('unknown', await selfSignedCertificate({ subject: 'CN=reports' }));

const { key, cert } = await serverCertificate();
const issuer = `https://localhost:${await freePort()}`;
const apiUrl = `https://localhost:${await freePort()}/`;
const { server, jwks } = await createAuthorizationServer({
  key,
  cert,
  clientAuthority: clientRoot.pem,
  issuer,
  // another name of the same server: in production, the host that asks for certificates
  mtlsOrigin: issuer.replace('localhost', '127.0.0.1'),
});
const api = createApi({ key, cert, issuer, jwks });
await Promise.all([listen(server, issuer), listen(api, apiUrl)]);

if (!curl) console.log('curl is not installed: the demo uses a client on Node instead.\n');
let failures = 0;

const metadata = await step('The authorization server publishes its metadata', {
  url: `${issuer}/.well-known/oauth-authorization-server`,
});
check(metadata.status === 200, '200');
check(metadata.body.tls_client_certificate_bound_access_tokens === true, 'tls_client_certificate_bound_access_tokens');
const aliases = metadata.body.mtls_endpoint_aliases;
check(typeof aliases?.token_endpoint === 'string', 'mtls_endpoint_aliases.token_endpoint');

const payments = await register('A client registers for tls_client_auth, by the subject of its certificate', {
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: subject,
  tls_client_certificate_bound_access_tokens: true,
});
const reports = await register('A client registers for self_signed_tls_client_auth, with its certificate', {
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: { keys: [selfSigned.jwk] },
  tls_client_certificate_bound_access_tokens: true,
});
const ambiguous = await step('Registration with two subjects is refused (RFC 8705 §2.1.2)', {
  url: metadata.body.registration_endpoint,
  headers: ['Content-Type: application/json'],
  data: JSON.stringify({
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_subject_dn: subject,
    tls_client_auth_san_dns: 'payments.example',
  }),
});
check(ambiguous.status === 400 && ambiguous.body.error === 'invalid_client_metadata', '400 invalid_client_metadata');

const paymentsToken = await getToken('tls_client_auth: a token for the registered subject', payments, 'payments');
const reportsToken = await getToken(
  'self_signed_tls_client_auth: a token for the registered certificate',
  reports,
  'reports',
);
await refuseToken('The same subject from a forged authority is refused', payments, 'forged');
await refuseToken('An unknown certificate is refused', reports, 'unknown');
await refuseToken('No certificate is refused', payments);

await callApi('The API accepts the token with its certificate', paymentsToken, 'payments', 200);
await callApi('… by the other method too', reportsToken, 'reports', 200);
await callApi('A stolen token on another certificate is refused', paymentsToken, 'reports', 401);
await callApi('A stolen token without a certificate is refused', paymentsToken, undefined, 401);

console.log('# Certificates and authorities are renewed under load');
const { accepted, unexpected } = await renewUnderLoad();
check(
  accepted > 0 && unexpected.length === 0,
  'every request of the client is accepted, none of the removed authority',
);
for (const answer of new Set(unexpected)) console.log(answer);
console.log();

console.log(failures === 0 ? 'Every answer was as expected.' : `${failures} answers were not as expected.`);
process.exitCode = failures === 0 ? 0 : 1;

if (serve) {
  console.log(`\nThe servers stay up; end them with Ctrl-C. Commands to paste:\n\n  cd ${folder}`);
  for (const call of [
    tokenCall(payments, 'payments'),
    apiCall(paymentsToken, 'payments'),
    apiCall(paymentsToken, 'reports'),
    apiCall(paymentsToken),
  ]) {
    console.log(`  ${commandLine(curlArguments(call))}\n`);
  }
} else {
  for (const each of [server, api]) {
    each.close();
    each.closeAllConnections();
  }
}

/** @param {string} title @param {Call} call */
async function step(title, call) {
  console.log(`# ${title}`);
  console.log(`$ ${commandLine(curlArguments(call))}`);
  const reply = await (curl ? callWithCurl(call, folder) : callWithNode(call, folder));
  console.log(reply.status, reply.challenge ?? '', reply.body === undefined ? '' : JSON.stringify(reply.body));
  return reply;
}

/** @param {boolean} held @param {string} expectation */
function check(held, expectation) {
  console.log(held ? `✓ ${expectation}` : `✗ expected ${expectation}`);
  if (!held) failures++;
}

/** @param {string} title @param {object} clientMetadata @returns {Promise<string>} */
async function register(title, clientMetadata) {
  const headers = ['Content-Type: application/json'];
  const reply = await step(title, {
    url: metadata.body.registration_endpoint,
    headers,
    data: JSON.stringify(clientMetadata),
  });
  check(reply.status === 201, '201');
  console.log();
  return reply.body.client_id;
}

/** @param {string} clientId @param {string} [certificate] @returns {Call} */
function tokenCall(clientId, certificate) {
  return { url: aliases.token_endpoint, certificate, data: `grant_type=client_credentials&client_id=${clientId}` };
}

/** @param {string} token @param {string} [certificate] @returns {Call} */
function apiCall(token, certificate) {
  return { url: apiUrl, certificate, headers: [`Authorization: Bearer ${token}`] };
}

/** @param {string} title @param {string} clientId @param {string} certificate @returns {Promise<string>} */
async function getToken(title, clientId, certificate) {
  const reply = await step(title, tokenCall(clientId, certificate));
  check(reply.status === 200, '200');
  const { cnf } = /** @type {{ cnf?: Record<string, string> }} */ (decodeJwt(reply.body.access_token));
  console.log(`cnf of the token: ${JSON.stringify(cnf)}`);
  check(cnf?.['x5t#S256'] === thumbprints.get(certificate), 'the thumbprint of the certificate');
  console.log();
  return reply.body.access_token;
}

/** @param {string} title @param {string} clientId @param {string} [certificate] */
async function refuseToken(title, clientId, certificate) {
  const reply = await step(title, tokenCall(clientId, certificate));
  check(reply.status === 401 && reply.body.error === 'invalid_client', '401 invalid_client');
  console.log();
}

/** @param {string} title @param {string} token @param {string | undefined} certificate @param {number} status */
async function callApi(title, token, certificate, status) {
  const reply = await step(title, apiCall(token, certificate));
  if (status === 200) check(reply.status === 200, '200');
  else check(reply.status === status && /error="invalid_token"/.test(reply.challenge ?? ''), `${status} invalid_token`);
  console.log();
}

/** Writes NAME.pem and NAME.key for curl. @param {string} name @param {TestCertificate} client */
function saveClient(name, client) {
  writeFileSync(join(folder, `${name}.pem`), client.chainPem);
  writeFileSync(join(folder, `${name}.key`), client.privateKeyPem, { mode: 0o600 });
  thumbprints.set(name, client.certificate.thumbprint);
}

async function serverCertificate() {
  const issued = await serverAuthority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost', ip: '127.0.0.1' },
    extendedKeyUsage: ['serverAuth'],
  });
  return { key: issued.privateKeyPem, cert: issued.chainPem };
}

/**
 * The issuer is part of its own metadata, so the port has to be known before the server is made.
 * @returns {Promise<number>}
 */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** @param {import('node:https').Server} target @param {string} url @returns {Promise<void>} */
function listen(target, url) {
  return new Promise((resolve, reject) => {
    target.on('error', reject).listen(Number(new URL(url).port), '127.0.0.1', () => resolve());
  });
}
