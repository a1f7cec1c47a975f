import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request } from 'express';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose';
import {
  createConfirmation,
  parseCertificate,
  verifyConfirmation,
  type PresentedCertificate,
  type ResourceOptions,
} from 'oauth-mtls';
import { createAuthorizer, type AuthorizerEvent } from 'oauth-mtls/aws-lambda';
import { protectResource } from 'oauth-mtls/express';
import { apiGatewayCertificate, createCertificateReader, envoy, fromAddresses, nginx } from 'oauth-mtls/forwarded';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { presentedCertificate } from 'oauth-mtls/node';
import { presented, selfSignedCertificate, startMutualTlsServer, type TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JwksServer } from '../jwks/jwks-server.js';

/** Inputs on which other resource servers go wrong, and what this library does with them. */

const issuer = 'https://as.example';
const audience = 'https://api.example';
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

let privateKey: CryptoKey;
let keys: JSONWebKeySet;
let client: TestCertificate;
let right: PresentedCertificate;
const servers: Server[] = [];

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  privateKey = pair.privateKey;
  keys = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256' }] };
  client = await selfSignedCertificate();
  right = presented(client);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function sign(claims: object, from = issuer): Promise<string> {
  return new SignJWT({ iss: from, aud: audience, sub: 'client', exp: 2_999_999_999, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .sign(privateKey);
}

const bound = () => sign({ cnf: createConfirmation(client.certificate) });
const verifier = () => createAccessTokenVerifier({ keys, issuer, audience });

/** An Express application behind one guard or several. */
async function call(
  guards: Partial<ResourceOptions<Request>>[],
  token: string,
  headers: Record<string, string> | [string, string][] = {},
): Promise<{ readonly status: number; readonly headers: Headers }> {
  const app = express();
  app.set('env', 'test'); // does not log
  for (const guard of guards)
    app.use(protectResource({ getCertificate: () => right, verifyToken: verifier(), ...guard })());
  app.get('/', (_request, response) => void response.json({}));
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // fetch would join headers of one name
  const lines = [
    ['Authorization', `Bearer ${token}`],
    ['Connection', 'close'],
    ['Host', `127.0.0.1:${port}`],
    ...(Array.isArray(headers) ? headers : Object.entries(headers)),
  ];
  return new Promise((resolve, reject) => {
    send({ host: '127.0.0.1', port, headers: lines.flat() as never }, (message) => {
      message.resume();
      resolve({ status: message.statusCode ?? 0, headers: new Headers(message.headers as Record<string, string>) });
    })
      .on('error', reject)
      .end();
  });
}

describe('auth0 express-oauth2-jwt-bearer 1.10', () => {
  it('RFC 8705 §3: a bound token without a certificate is 401 invalid_token, not 400 invalid_request', async () => {
    for (const binding of ['any', 'optional'] as const) {
      const response = await call([{ getCertificate: () => undefined, binding }], await bound());
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
    }
  });

  it('null from the function that finds the certificate is absence, not 500', async () => {
    expect((await call([{ getCertificate: () => null as unknown as undefined }], await bound())).status).toBe(401);
  });

  it('PEM in a Buffer is not hashed as if it were DER', async () => {
    const pem = Buffer.from(client.pem);
    expect(() => parseCertificate(pem)).toThrow(expect.objectContaining({ code: 'ERR_ENCODING_DER' }));
    expect((await call([{ getCertificate: () => pem as never }], await bound())).status).toBe(500);
  });

  it('AAAA is no certificate', async () => {
    const wrong = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const certificate = createCertificateReader<Request>({ format: nginx(), trust: () => true });
    const response = await call([{ getCertificate: certificate, binding: 'optional' }], await bound(), {
      'X-SSL-Client-Cert': encodeURIComponent(wrong),
    });
    expect(response.status).toBe(400);
  });

  it.each([[['text']], [[{}]], [[null]], [[[]]], [[0]], [[{ 'x5t#S256': null }]], [[{ 'x5t#S256': ['text'] }]]])(
    'RFC 8705 §3.1: a cnf of another shape is no unbound token, where a binding is optional: %j',
    async ([cnf]) => {
      expect((await call([{ binding: 'optional' }], await sign({ cnf }))).status).toBe(401);
    },
  );

  it.each<[what: string, lines: (pem: string) => string[]]>([
    ['the header twice', (pem) => [encodeURIComponent(pem), encodeURIComponent(pem)]],
    ['two PEM blocks', (pem) => [encodeURIComponent(pem + pem)]],
    ['text before the PEM block', (pem) => [encodeURIComponent(`Bag Attributes\n${pem}`)]],
  ])('%s is an error, also for the right certificate and where a binding is optional', async (_what, lines) => {
    const getCertificate = createCertificateReader<Request>({ format: nginx(), trust: () => true });
    const headers = lines(client.pem).map((line): [string, string] => ['X-SSL-Client-Cert', line]);
    expect((await call([{ getCertificate, binding: 'optional' }], await bound(), headers)).status).toBe(400);
  });

  it('a guard without a function that finds the certificate does not start', () => {
    expect(() => protectResource({ verifyToken: verifier(), binding: 'optional' } as never)).toThrow(TypeError);
  });
});

describe('client-certificate-auth', () => {
  it('a quoted name in XFCC is text, whatever is in it, and the certificate of another in it is not read', async () => {
    const victim = await selfSignedCertificate();
    const cert = (certificate: TestCertificate) => `Cert="${encodeURIComponent(certificate.pem)}"`;
    const forged = `Subject="CN=evil\\;${cert(victim).replaceAll('"', '\\"')}"`;
    const getCertificate = createCertificateReader<Request>({ format: envoy(), trust: () => true });
    const token = await sign({ cnf: createConfirmation(victim.certificate) });
    const headers = (value: string) => ({ 'X-Forwarded-Client-Cert': value });
    expect((await call([{ getCertificate }], token, headers(cert(victim)))).status).toBe(200);
    expect((await call([{ getCertificate }], token, headers(`${forged};${cert(client)}`))).status).toBe(401);
    expect((await call([{ getCertificate }], token, headers(forged))).status).toBe(400);
    // with quotation marks that are not escaped
    const broken = `Subject="CN=evil\\;${cert(victim)}";${cert(client)}`;
    expect((await call([{ getCertificate }], token, headers(broken))).status).toBe(400);
  });
});

describe('WSO2', () => {
  it('a header does not replace the certificate of the connection', async () => {
    const victim = await selfSignedCertificate();
    const guard = protectResource({ getCertificate: presentedCertificate, verifyToken: verifier() });
    const app = express();
    app.set('env', 'test'); // does not log
    app.get('/', guard(), (_request, response) => void response.json({}));
    const server = await startMutualTlsServer(app);
    try {
      const headers = { 'X-SSL-Client-Cert': encodeURIComponent(victim.pem), 'X-SSL-Client-Verify': 'SUCCESS' };
      const stolen = await sign({ cnf: createConfirmation(victim.certificate) });
      expect((await server.call('/', { certificate: client, token: stolen, headers })).status).toBe(401);
      expect((await server.call('/', { token: stolen, headers })).status).toBe(401);
      expect((await server.call('/', { certificate: client, token: await bound(), headers })).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it('a header from elsewhere is an error, and not read', async () => {
    const getCertificate = createCertificateReader<Request>({ format: nginx(), trust: fromAddresses(['192.0.2.1']) });
    const headers = { 'X-SSL-Client-Cert': encodeURIComponent(client.pem), 'X-SSL-Client-Verify': 'SUCCESS' };
    for (const binding of ['any', 'optional'] as const)
      expect((await call([{ getCertificate, binding }], await bound(), headers)).status).toBe(400);
  });

  it('+ in base64 stays +', async () => {
    let other = client;
    while (!other.pem.includes('+')) other = await selfSignedCertificate();
    const getCertificate = createCertificateReader<Request>({ format: nginx(), trust: () => true });
    // nginx escapes it, other encoders do not
    for (const value of [encodeURIComponent(other.pem), encodeURIComponent(other.pem).replaceAll('%2B', '+')]) {
      const token = await sign({ cnf: createConfirmation(other.certificate) });
      expect((await call([{ getCertificate }], token, { 'X-SSL-Client-Cert': value })).status).toBe(200);
    }
  });
});

describe('Spring Security', () => {
  it('a token without cnf does not pass where nothing was said about it', async () => {
    expect((await call([{}], await sign({}))).status).toBe(401);
  });
});

describe('liboauth2', () => {
  it('of two policies in a row, each decides for itself', async () => {
    const unbound = await sign({});
    expect((await call([{ binding: 'optional' }], unbound)).status).toBe(200);
    expect((await call([{ binding: 'optional' }, { binding: 'any' }], unbound)).status).toBe(401);
    expect((await call([{ binding: 'any' }, { binding: 'optional' }], unbound)).status).toBe(401);
  });

  it('the form in which nginx sends a certificate is read', async () => {
    const certificate = createCertificateReader<Request>({ format: nginx(), trust: () => true });
    const headers = { 'X-SSL-Client-Cert': encodeURIComponent(client.pem) };
    expect((await call([{ getCertificate: certificate }], await bound(), headers)).status).toBe(200);
  });
});

describe('Keycloak', () => {
  it('RFC 9449 §7.2: cnf with jkt alone is a refusal, not an exception, and no bearer token', async () => {
    for (const binding of ['any', 'optional'] as const) {
      expect((await call([{ binding }], await sign({ cnf: { jkt } }))).status).toBe(401);
    }
    expect(verifyConfirmation({ cnf: { jkt } }, right, { required: false })).toEqual({ bound: false });
  });
});

describe('Duende IdentityServer sample', () => {
  it('a thumbprint in another case is another thumbprint', async () => {
    const { thumbprint } = client.certificate;
    const cnf = {
      'x5t#S256': thumbprint.toLowerCase() === thumbprint ? thumbprint.toUpperCase() : thumbprint.toLowerCase(),
    };
    expect((await call([{}], await sign({ cnf }))).status).toBe(401);
  });
});

describe('oauth4webapi', () => {
  it('a token that is bound to a certificate is accepted', async () => {
    expect((await call([{}], await bound())).status).toBe(200);
  });
});

describe('AWS sample authorizer', () => {
  it('the issuer is not taken from the token: a token of another issuer is refused, its keys are not loaded', async () => {
    const evil = await JwksServer.start();
    try {
      evil.keys = keys.keys;
      const from = new URL('/', evil.uri).href;
      const authorize = createAuthorizer({ getCertificate: apiGatewayCertificate, verifyToken: verifier() });
      const event = (token: string): AuthorizerEvent => ({
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/',
        headers: { Authorization: `Bearer ${token}` },
        requestContext: { identity: { clientCert: { clientCertPem: client.pem } } },
      });
      expect(await authorize(event(await bound()))).toMatchObject({ principalId: 'client' });
      const forged = await sign({ cnf: createConfirmation(client.certificate) }, from);
      await expect(authorize(event(forged))).rejects.toThrow('Unauthorized');
      expect(evil.requests).toBe(0);
    } finally {
      await evil.stop();
    }
  });
});
