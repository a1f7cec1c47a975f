import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import { fastify as fastify4 } from 'fastify4';
import { Hono } from 'hono';
import { Hono as Hono3 } from 'hono3';
import { getRequestListener } from '@hono/node-server';
import type { MtlsError, PresentedCertificate, ResourceOptions, VerifiedAccessToken } from 'oauth-mtls';
import { createAuthorizer, type AuthorizerEvent } from 'oauth-mtls/aws-lambda';
import { protectResource as protectExpress } from 'oauth-mtls/express';
import { protectResource as protectFastify } from 'oauth-mtls/fastify';
import { protectResource as protectFetch } from 'oauth-mtls/fetch';
import { protectResource as protectHono } from 'oauth-mtls/hono';

/** A request for the resource: header lines as they go over the wire. */
export interface TestCall {
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly path?: string;
}

export interface TestAnswer {
  readonly status: number;
  readonly challenge?: string | undefined;
  readonly type?: string | undefined;
  readonly body: unknown;
}

/** What a test sets for all frameworks alike. */
export interface TestResource extends Omit<ResourceOptions<object>, 'getCertificate' | 'onRefusal'> {
  readonly getCertificate: () => PresentedCertificate | undefined | null | Promise<PresentedCertificate | undefined>;
  readonly onRefusal?: (error: MtlsError) => unknown;
  readonly scopes?: readonly string[];
  /** Called where the handler of the resource runs. */
  readonly onHandled?: () => void;
  /** Called with what reaches the error handler of the application; without it, the framework's own one answers. */
  readonly onFailure?: (error: unknown) => void;
}

/** An application with one protected resource that answers with the claims of the token. */
export interface TestApplication {
  call(call: TestCall): Promise<TestAnswer>;
  close(): Promise<void>;
}

type Framework = (resource: TestResource) => Promise<TestApplication>;

const answerOf = (accessToken: VerifiedAccessToken | null | undefined) => ({
  sub: accessToken?.claims['sub'],
  thumbprint: accessToken?.thumbprint,
  jkt: accessToken?.jkt,
});

const expressOf =
  (create: typeof express): Framework =>
  async (resource) => {
    const app = create();
    app.use(protectExpress(options(resource))(...(resource.scopes ?? [])));
    app.set('env', 'test');
    app.get('/resource', (request, response) => {
      resource.onHandled?.();
      response.json(answerOf(request.accessToken));
    });
    const failed: ErrorRequestHandler = (error, _request, response, _next) => {
      resource.onFailure?.(error);
      response.status(500).end();
    };
    if (resource.onFailure) app.use(failed);
    return listen(app);
  };

const fastifyOf =
  (create: typeof fastify): Framework =>
  async (resource) => {
    const app = create();
    await app.register(protectFastify, options(resource));
    app.get('/resource', { onRequest: app.protect(...(resource.scopes ?? [])) }, (request) => {
      resource.onHandled?.();
      return answerOf(request.accessToken);
    });
    if (resource.onFailure)
      app.setErrorHandler((error, _request, reply) => {
        resource.onFailure?.(error);
        return reply.code(500).send();
      });
    await app.ready();
    return listen((request, response) => app.routing(request, response));
  };

const honoOf =
  (HonoClass: typeof Hono): Framework =>
  async (resource) => {
    const app = new HonoClass();
    const protect = protectHono(options(resource));
    app.get('/resource', protect(...(resource.scopes ?? [])), (c) => {
      resource.onHandled?.();
      return c.json(answerOf(c.get('accessToken')));
    });
    if (resource.onFailure)
      app.onError((error, c) => {
        resource.onFailure?.(error);
        return c.body(null, 500);
      });
    const listener = getRequestListener(app.fetch);
    return listen((request, response) => void listener(request, response));
  };

/** Each adapter in its framework and in the major version before, over real HTTP where the framework has a server. */
export const frameworks: Readonly<Record<string, Framework>> = {
  express: expressOf(express),
  'express 4': expressOf(express4),
  fastify: fastifyOf(fastify),
  'fastify 4': fastifyOf(fastify4 as unknown as typeof fastify),
  hono: honoOf(Hono),
  'hono 3': honoOf(Hono3 as unknown as typeof Hono),
  fetch: async (resource) => {
    const handler = protectFetch<Request>(options(resource))(...(resource.scopes ?? []))((_request, accessToken) => {
      resource.onHandled?.();
      return Response.json(answerOf(accessToken));
    });
    return {
      async call({ headers = [], path = '/resource' }) {
        const list = new Headers();
        for (const [name, value] of headers) list.append(name, value);
        let response: Response;
        try {
          response = await handler(new Request(`https://api.example${path}`, { headers: list }));
        } catch (error) {
          resource.onFailure?.(error);
          return { status: 500, body: undefined };
        }
        const get = (name: string) => response.headers.get(name) ?? undefined;
        return {
          status: response.status,
          challenge: get('www-authenticate'),
          type: get('content-type'),
          body: parse(await response.text()),
        };
      },
      close: async () => undefined,
    };
  },
};

/** The authorizer behind what API Gateway makes of its three ways to answer. */
export const lambda: Framework = async (resource) => {
  const authorize = createAuthorizer<AuthorizerEvent>({ ...options(resource), scopes: resource.scopes ?? [] });
  return {
    async call({ headers = [], path = '/resource' }) {
      const multiValueHeaders: Record<string, string[]> = {};
      for (const [name, value] of headers) (multiValueHeaders[name] ??= []).push(value);
      const { searchParams } = new URL(path, 'https://api.example');
      const event: AuthorizerEvent = {
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/prod/GET/resource',
        headers: Object.fromEntries(headers),
        multiValueHeaders,
        queryStringParameters: Object.fromEntries(searchParams),
      };
      try {
        const { policyDocument, context } = await authorize(event);
        const [statement] = policyDocument.Statement;
        if (statement?.Effect === 'Allow') resource.onHandled?.();
        return statement?.Effect === 'Allow'
          ? { status: 200, body: answerOfContext(context) }
          : { status: 403, body: context };
      } catch (error) {
        resource.onFailure?.(error);
        return { status: error instanceof Error && error.message === 'Unauthorized' ? 401 : 500, body: undefined };
      }
    },
    close: async () => undefined,
  };
};

const answerOfContext = ({ sub, thumbprint, jkt }: Readonly<Record<string, unknown>>) => ({ sub, thumbprint, jkt });

function options({
  getCertificate,
  scopes: _,
  onHandled: _h,
  onFailure: _f,
  ...rest
}: TestResource): ResourceOptions<object> {
  return { ...rest, getCertificate: getCertificate as ResourceOptions<object>['getCertificate'] };
}

async function listen(listener: Parameters<typeof createServer>[1]): Promise<TestApplication> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    call: ({ headers = [], path = '/resource' }) =>
      new Promise((resolve, reject) => {
        // a flat array keeps lines of the same name apart
        const lines = [...headers, ['Host', `127.0.0.1:${port}`] as const].flat();
        httpRequest({ host: '127.0.0.1', port, path, agent: false, headers: lines }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            const { 'www-authenticate': challenge, 'content-type': type } = response.headers;
            resolve({ status: response.statusCode!, challenge, type, body: parse(text) });
          });
        })
          .on('error', reject)
          .end();
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function parse(text: string): unknown {
  return /^[{[]/.test(text) ? JSON.parse(text) : text || undefined;
}
