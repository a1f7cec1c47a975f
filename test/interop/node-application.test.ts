import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import express from 'express';
import { createLocalJWKSet, decodeJwt } from 'jose';
import { explainConfirmation } from 'oauth-mtls';
import { protectResource } from 'oauth-mtls/express';
import { createAccessTokenVerifier } from 'oauth-mtls/tokens';
import { mutualTlsFetch, mutualTlsOptions, presentedCertificate, type MutualTlsFetch } from 'oauth-mtls/node';
import { selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audience, ExamplesIssuer } from './examples-issuer.js';

/** A Node application gets a bound token over mutual TLS and calls a protected resource with it. */

let issuer: ExamplesIssuer;
let api: Server;
let resource: string;
let ca: string;
/** What Node's own functions say about the certificate of each call. */
const seen: string[] = [];

beforeAll(async () => {
  issuer = await ExamplesIssuer.start();
  ca = readFileSync(issuer.file('ca.pem'), 'utf8');
  await issuer.writeServerCertificate(issuer.file('server.key'), issuer.file('server.crt'));
  const { body: jwks } = await issuer.call({ url: `${issuer.issuer}/jwks` });
  const token = createAccessTokenVerifier({ keys: createLocalJWKSet(jwks), issuer: issuer.issuer, audience });
  const protect = protectResource({ getCertificate: presentedCertificate, verifyToken: token });
  const app = express();
  app.use((request, _response, next) => {
    const raw = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate()?.raw : undefined;
    seen.push(raw === undefined ? 'none' : createHash('sha256').update(raw).digest('base64url'));
    next();
  });
  app.get(
    '/accounts',
    protect(),
    (request, response) => void response.json({ sub: request.accessToken?.claims['sub'] }),
  );
  api = createServer(
    mutualTlsOptions({ key: readFileSync(issuer.file('server.key')), cert: readFileSync(issuer.file('server.crt')) }),
    app,
  );
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  resource = `https://127.0.0.1:${(api.address() as AddressInfo).port}/accounts`;
});

afterAll(async () => {
  api.closeAllConnections();
  await new Promise((resolve) => api.close(resolve));
  await issuer.stop();
});

const application = ({ privateKeyPem, chainPem }: TestCertificate): MutualTlsFetch =>
  mutualTlsFetch({ key: privateKeyPem, cert: chainPem, ca });
const onLoopback = (url: string) => url.replace('localhost', '127.0.0.1');

async function obtainToken(fetch: MutualTlsFetch): Promise<string> {
  const discovery = await fetch(onLoopback(`${issuer.issuer}/.well-known/oauth-authorization-server`));
  const { mtls_endpoint_aliases: aliases } = (await discovery.json()) as {
    mtls_endpoint_aliases: { token_endpoint: string };
  };
  const response = await fetch(onLoopback(aliases.token_endpoint), {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: issuer.clientId }).toString(),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { access_token: string }).access_token;
}

async function callResource(fetch: MutualTlsFetch, token: string): Promise<{ status: number; body: object }> {
  const response = await fetch(resource, { headers: { Authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as object };
}

describe('a Node application', () => {
  it('RFC 8705 §3: gets a token and uses it, on connections with the same certificate', async () => {
    const fetch = application(issuer.client);
    const token = await obtainToken(fetch);
    expect(await callResource(fetch, token)).toEqual({ status: 200, body: { sub: issuer.clientId } });
    expect(decodeJwt(token)['cnf']).toEqual({ 'x5t#S256': seen.at(-1) });
  });

  it('RFC 8705 §3: is refused with a token that it stole', async () => {
    const token = await obtainToken(application(issuer.client));
    const thief = await selfSignedCertificate({ subject: 'CN=client' });
    expect(await callResource(application(thief), token)).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    });
    expect(seen.at(-1)).toBe(thief.certificate.thumbprint);
  });

  it('RFC 8705 §6.3: needs a new token after it has renewed its certificate', async () => {
    const token = await obtainToken(application(issuer.client));
    const renewed = await selfSignedCertificate({ subject: 'CN=client' });
    expect((await callResource(application(renewed), token)).status).toBe(401);
    const report = explainConfirmation(decodeJwt(token), renewed.certificate, {
      previous: [issuer.client.certificate],
    });
    expect(report.cause).toBe('previous-certificate');
  });

  it('uses one connection for many calls', async () => {
    const fetch = application(issuer.client);
    const token = await obtainToken(fetch);
    const connections = new Set<unknown>();
    const note = (socket: unknown) => connections.add(socket);
    api.on('secureConnection', note);
    for (let i = 0; i < 5; i++) expect((await callResource(fetch, token)).status).toBe(200);
    api.off('secureConnection', note);
    expect(connections.size).toBe(1);
  });
});
