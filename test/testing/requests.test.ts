import { createConfirmation, createResourceGuard, isMtlsError, type PresentedCertificate } from 'oauth-mtls';
import { createAuthorizer } from 'oauth-mtls/aws-lambda';
import { protectResource as protectExpress } from 'oauth-mtls/express';
import { protectResource as protectFetch } from 'oauth-mtls/fetch';
import { protectResource as protectFastify } from 'oauth-mtls/fastify';
import { protectResource as protectHono } from 'oauth-mtls/hono';
import { apiGatewayCertificate, createCertificateReader } from 'oauth-mtls/forwarded';
import { presentedCertificate } from 'oauth-mtls/node';
import {
  apiGatewayEvent,
  createCertificateAuthority,
  fetchRequest,
  hostileHeaders,
  nodeRequest,
  requestHeaders,
  selfSignedCertificate,
  startMutualTlsServer,
  type TestCertificate,
} from 'oauth-mtls/testing';
import type { IncomingMessage } from 'node:http';
import type { Request, Response as ExpressResponse } from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { forwardedFormats } from '../../src/testing/requests/forwarded-headers.js';

let right: TestCertificate;
let wrong: TestCertificate;
beforeAll(async () => {
  [right, wrong] = await Promise.all([selfSignedCertificate(), selfSignedCertificate()]);
});

const verifyToken = async (): Promise<object> => ({ sub: 'client', cnf: createConfirmation(right.certificate) });
const read = createCertificateReader({ format: forwardedFormats.nginx(), trust: () => true });

/** Whether a certificate is let in. */
type Attempt = (certificate: TestCertificate | undefined) => Promise<boolean>;
const token = 'a.b.c';

const attempts: Record<string, Attempt> = {
  async 'nodeRequest, guard'(certificate) {
    const { authorize } = createResourceGuard<IncomingMessage>({ getCertificate: presentedCertificate, verifyToken })(
      [],
    );
    const request = nodeRequest({ token, ...(certificate && { certificate }) });
    return authorize(request).then(
      () => true,
      () => false,
    );
  },
  async 'nodeRequest, express'(certificate) {
    const handler = protectExpress({ getCertificate: presentedCertificate, verifyToken })();
    const request = nodeRequest({ token, ...(certificate && { certificate }) });
    return new Promise((resolve) => {
      const response = { setHeader: () => response, end: () => resolve(false) } as unknown as ExpressResponse;
      void handler(request as unknown as Request, response, (error?: unknown) => resolve(error === undefined));
    });
  },
  async 'requestHeaders, fastify'(certificate) {
    const app = fastify();
    await app.register(protectFastify, { getCertificate: ({ raw }) => read(raw), verifyToken });
    app.get('/', { onRequest: app.protect() }, () => 'in');
    const headers = requestHeaders({ token, format: 'nginx', ...(certificate && { certificate }) });
    const { statusCode } = await app.inject({ url: '/', headers });
    await app.close();
    return statusCode === 200;
  },
  async 'requestHeaders, hono'(certificate) {
    const protect = protectHono({ getCertificate: (c) => read(c.req.raw), verifyToken });
    const app = new Hono().get('/', protect(), (c) => c.text('in'));
    const headers = requestHeaders({ token, format: 'nginx', ...(certificate && { certificate }) });
    return (await app.request('/', { headers })).status === 200;
  },
  async 'nodeRequest, hono'(certificate) {
    const protect = protectHono<{ Bindings: { incoming: ReturnType<typeof nodeRequest> } }>({
      getCertificate: (c) => presentedCertificate(c.env.incoming),
      verifyToken,
    });
    const app = new Hono().get('/', protect() as never, (c) => c.text('in'));
    const incoming = nodeRequest({ ...(certificate && { certificate }) });
    return (await app.request('/', { headers: requestHeaders({ token }) }, { incoming })).status === 200;
  },
  async 'fetchRequest, fetch'(certificate) {
    const protect = protectFetch({ getCertificate: (request: Request0) => read(request), verifyToken })();
    const handler = protect(() => new Response('in'));
    const request = fetchRequest({ token, format: 'nginx', ...(certificate && { certificate }) });
    return (await handler(request)).status === 200;
  },
  async 'apiGatewayEvent, rest'(certificate) {
    const authorizer = createAuthorizer({ getCertificate: apiGatewayCertificate, verifyToken });
    return authorizer(apiGatewayEvent({ token, ...(certificate && { certificate }) })).then(
      ({ policyDocument }) => policyDocument.Statement[0]!.Effect === 'Allow',
      () => false,
    );
  },
  async 'apiGatewayEvent, http'(certificate) {
    const authorizer = createAuthorizer({ getCertificate: apiGatewayCertificate, verifyToken, simpleResponses: true });
    return authorizer(apiGatewayEvent({ api: 'http', token, ...(certificate && { certificate }) })).then(
      ({ isAuthorized }) => isAuthorized,
      () => false,
    );
  },
  async 'startMutualTlsServer, guard'(certificate) {
    const { authorize } = createResourceGuard<IncomingMessage>({ getCertificate: presentedCertificate, verifyToken })(
      [],
    );
    const { call, close } = await startMutualTlsServer((request, response) => {
      authorize(request).then(
        () => response.end('in'),
        () => response.writeHead(401).end(),
      );
    });
    const { status } = await call('/', { token, ...(certificate && { certificate }) });
    await close();
    return status === 200;
  },
};
type Request0 = ReturnType<typeof fetchRequest>;

describe.each(Object.entries(attempts))('%s', (_, attempt) => {
  it('lets the bound certificate in, and no other and none', async () => {
    expect(await attempt(right)).toBe(true);
    expect(await attempt(wrong)).toBe(false);
    expect(await attempt(undefined)).toBe(false);
  });
});

describe('nodeRequest', () => {
  it('is an IncomingMessage', async () => {
    const request = nodeRequest({ body: 'a=b', headers: { 'X-A': '1' }, rawHeaders: ['x-a', '2'], url: '/p?q' });
    expect(request).toMatchObject({ method: 'POST', url: '/p?q', originalUrl: '/p?q' });
    expect(request.headers['x-a']).toBe('1, 2');
    expect(request.rawHeaders).toEqual(['x-a', '1', 'x-a', '2']);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    expect(body).toBe('a=b');
    expect(presentedCertificate(nodeRequest())).toBeUndefined();
  });
});

describe('requestHeaders', () => {
  it('needs to know how a certificate is written', () => {
    expect(() => requestHeaders({ certificate: right })).toThrow(TypeError);
    expect(requestHeaders({ headers: { 'X-A': '1' } })).toEqual({ 'x-a': '1' });
  });
});

describe('startMutualTlsServer', () => {
  it('verifies the clients of an authority that it is given', async () => {
    const clientAuthority = await createCertificateAuthority();
    const seen: (PresentedCertificate | undefined)[] = [];
    const { call, close, origin } = await startMutualTlsServer(
      (request, response) => {
        seen.push(presentedCertificate(request));
        response.end(`${request.method!} ${request.headers.authorization ?? ''}`);
      },
      { clientAuthority },
    );
    expect(origin).toMatch(/^https:\/\/localhost:\d+$/);
    const certificate = await clientAuthority.issue();
    expect(await call('/', { certificate, body: 'x', token: 't' })).toMatchObject({
      status: 200,
      body: 'POST Bearer t',
    });
    await call('/', { certificate: right });
    await call('/');
    await close();
    expect(seen.map((each) => each?.verification)).toEqual(['verified', 'unverified', undefined]);
  });
});

describe('hostileHeaders', () => {
  it('are read as they say by the readers of this library', async () => {
    const all = await hostileHeaders();
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, format, rawHeaders, outcome } of all) {
      const reader = createCertificateReader({ format: forwardedFormats[format](), trust: () => true });
      let found: string;
      try {
        const verification = reader({ rawHeaders })?.verification;
        found = verification === 'unknown' ? 'unverified' : (verification ?? 'absent');
      } catch (error) {
        expect(isMtlsError(error), name).toBe(true);
        found = 'refused';
      }
      expect(found, name).toBe(outcome);
    }
  });
});
