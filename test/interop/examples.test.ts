import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { audience, ExamplesIssuer, type Answer } from './examples-issuer.js';
import { installPackages } from './install-packages.js';
import { findProgram, freePort, startProgram, type RunningProgram } from './programs.js';

let issuer: ExamplesIssuer;
let other: TestCertificate;
let tokens: Awaited<ReturnType<ExamplesIssuer['tokens']>>;

beforeAll(async () => {
  issuer = await ExamplesIssuer.start();
  other = await selfSignedCertificate({ subject: 'CN=client' });
  tokens = await issuer.tokens();
  await issuer.writeServerCertificate(issuer.file('server.key'), issuer.file('server.crt'));
});
afterAll(() => issuer.stop());

/** What every example is told. */
function environment(): Record<string, string> {
  return {
    ISSUER: issuer.issuer,
    AUDIENCE: audience,
    TLS_KEY: issuer.file('server.key'),
    TLS_CERT: issuer.file('server.crt'),
    NODE_EXTRA_CA_CERTS: issuer.file('ca.pem'),
  };
}

/** Runs an example on Node, and returns it with its origin. */
async function startApi(name: string, env: Record<string, string> = {}): Promise<[RunningProgram, string]> {
  const port = await freePort();
  const args = [fromRoot(`examples/${name}/server.js`)];
  const program = await startProgram(process.execPath, args, port, { ...environment(), ...env, PORT: String(port) });
  return [program, `https://localhost:${port}`];
}

/** nginx in front of an API on a Unix domain socket. */
async function startBehindNginx(): Promise<[RunningProgram, string]> {
  const socket = issuer.file('api.sock');
  const args = [fromRoot('examples/behind-nginx/server.js')];
  const api = await startProgram(process.execPath, args, socket, { ...environment(), SOCKET: socket });
  const port = await freePort();
  const configuration = readFileSync(fromRoot('examples/behind-nginx/nginx.conf'), 'utf8')
    .replace('127.0.0.1:8443', `127.0.0.1:${port}`)
    .replace('unix:api.sock', `unix:${socket}`);
  writeFileSync(issuer.file('nginx.conf'), configuration);
  // the worker has to reach the socket: as root, nginx would make it nobody
  const proxyArgs = ['-p', issuer.folder, '-e', 'stderr', '-c', 'nginx.conf', '-g', 'user root;'];
  const proxy = await startProgram('nginx', proxyArgs, port).catch(async (error: unknown) => {
    await api.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await Promise.all([proxy.stop(), api.stop()]);
  };
  return [{ output: () => proxy.output() + api.output(), stop }, `https://localhost:${port}`];
}

const examples: [name: string, start: () => Promise<[RunningProgram, string]>][] = [
  ['express-api', () => startApi('express-api')],
  ['hono-api', () => startApi('hono-api')],
  [
    'fastify-api',
    async () => {
      // the API is a client of the authorization server too
      const api = await selfSignedCertificate({ subject: 'CN=api' });
      writeFileSync(issuer.file('api.key'), api.privateKeyPem, { mode: 0o600 });
      writeFileSync(issuer.file('api.crt'), api.chainPem);
      return startApi('fastify-api', {
        CLIENT_ID: await issuer.register(api),
        CLIENT_KEY: issuer.file('api.key'),
        CLIENT_CERT: issuer.file('api.crt'),
        ISSUER_CA: issuer.file('ca.pem'),
      });
    },
  ],
  ...(findProgram('nginx', 'nginx-light') !== undefined
    ? [['behind-nginx', startBehindNginx] satisfies [string, typeof startBehindNginx]]
    : []),
];

describe.each(examples)('examples/%s', (_name, start) => {
  let program: RunningProgram;
  let origin: string;

  beforeAll(async () => {
    [program, origin] = await start();
  });
  afterAll(async () => {
    await program.stop();
  });

  function call(
    token: string | undefined,
    certificate: TestCertificate | undefined,
    path = '/accounts',
    headers = {},
  ): Promise<Answer> {
    const authorization: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return issuer.call({ url: origin + path, certificate, headers: { ...authorization, ...headers } });
  }

  it('accepts the token with its certificate', async () => {
    expect(await call(tokens.good, issuer.client)).toEqual({
      status: 200,
      challenge: undefined,
      body: { client: issuer.clientId },
    });
  });

  it('leaves what is not protected alone', async () => {
    expect(await call(undefined, undefined, '/health')).toMatchObject({ status: 200, body: { ok: true } });
  });

  it('RFC 8705 §3: refuses the token with another certificate of the same name, and with none', async () => {
    for (const certificate of [other, undefined]) {
      const { status, challenge, body } = await call(tokens.good, certificate);
      expect(status).toBe(401);
      expect(challenge).toMatch(/^Bearer error="invalid_token", .*resource_metadata="https:\/\/api\.example\//);
      expect(body).toMatchObject({ error: 'invalid_token' });
    }
  });

  it.each(['unbound', 'expired', 'dpop', 'garbage'] as const)(
    'refuses the token that is %s, with the right certificate',
    async (kind) => {
      const { status, challenge } = await call(tokens[kind], issuer.client);
      expect(status).toBe(401);
      expect(challenge).toMatch(/^Bearer error="invalid_token"/);
    },
  );

  it('RFC 6750 §3.1: challenges a request without a token, and says no error', async () => {
    const { status, challenge, body } = await call(undefined, issuer.client);
    expect([status, challenge, body]).toEqual([
      401,
      `Bearer resource_metadata="${audience}/.well-known/oauth-protected-resource"`,
      undefined,
    ]);
  });

  it('RFC 6750 §3.1: refuses a token without the scope', async () => {
    const { status, challenge } = await call(tokens.good, issuer.client, '/admin');
    expect(status).toBe(403);
    expect(challenge).toMatch(/error="insufficient_scope", .*scope="admin"/);
  });

  it('takes no certificate from a header that the client sends', async () => {
    const forged = { 'X-SSL-Client-Cert': encodeURIComponent(issuer.client.pem), 'X-SSL-Client-Verify': 'SUCCESS' };
    for (const certificate of [other, undefined])
      expect((await call(tokens.good, certificate, '/accounts', forged)).status).toBe(401);
  });

  it('writes refusals into its log, and no token', () => {
    expect(program.output()).toContain('refused ERR_CNF_MISMATCH');
    for (const token of Object.values(tokens)) expect(program.output()).not.toContain(token);
  });
});

/** Makes the authorizer of examples/aws one file. Returns its folder, with the program that calls it. */
function bundleAuthorizer(): string {
  const readme = readFileSync(fromRoot('examples/aws/README.md'), 'utf8');
  const [, options = ''] = /^npx esbuild (.*\\\n.*)$/m.exec(readme)!;
  const copy = issuer.file('examples');
  cpSync(fromRoot('examples'), copy, { recursive: true });
  installPackages(copy);
  const args = [...options.split(/[\s\\]+/), '--log-level=error'];
  execFileSync(fromRoot('node_modules/.bin/esbuild'), args, { cwd: join(copy, 'aws') });
  // where no package is around it, as in Lambda
  const folder = issuer.file('bundle');
  renameSync(join(copy, 'aws/build/authorizer'), folder);
  const program = readFileSync(fromRoot('examples/lambda-authorizer/invoke.js'), 'utf8');
  writeFileSync(join(folder, 'invoke.js'), program.replace('./handler.js', './handler.mjs'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

describe.each([
  ['examples/lambda-authorizer', () => fromRoot('examples/lambda-authorizer')],
  ['examples/lambda-authorizer, bundled as examples/aws/README.md says', bundleAuthorizer],
])('%s', (_name, prepare) => {
  let folder: string;
  beforeAll(() => {
    folder = prepare();
  });

  /** Runs the example in a process of its own, as Lambda does. */
  function invoke(
    event: object,
    env: Record<string, string> = {},
  ): Promise<{ policyDocument?: { Statement: { Effect: string }[] }; [member: string]: unknown }> {
    const child = spawn(process.execPath, [join(folder, 'invoke.js')], {
      env: { ...process.env, ...environment(), ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify(event));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    return new Promise((resolve) => child.on('close', () => resolve(JSON.parse(output))));
  }

  /** What API Gateway sends to a REQUEST authorizer of a REST API behind a custom domain name with mutual TLS. */
  function event(token: string | undefined, certificate: TestCertificate | undefined): object {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    const headers = {
      Host: 'api.example',
      'User-Agent': 'test',
      ...(authorization && { Authorization: authorization }),
    };
    const { subject, issuer: by, serialNumber, notBefore, notAfter } = certificate?.certificate ?? {};
    const clientCert = certificate && {
      clientCertPem: certificate.pem,
      subjectDN: String(subject),
      issuerDN: String(by),
      serialNumber,
      validity: { notBefore: String(notBefore), notAfter: String(notAfter) },
    };
    return {
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/GET/accounts',
      resource: '/accounts',
      path: '/accounts',
      httpMethod: 'GET',
      headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      requestContext: {
        resourceId: '123456',
        resourcePath: '/accounts',
        httpMethod: 'GET',
        accountId: '123456789012',
        stage: 'prod',
        domainName: 'api.example',
        apiId: 'abcdef1234',
        identity: {
          cognitoIdentityId: null,
          sourceIp: '192.0.2.1',
          userAgent: 'test',
          ...(clientCert && { clientCert }),
        },
      },
    };
  }

  it('allows the token with its certificate', async () => {
    const answer = await invoke(event(tokens.good, issuer.client));
    expect(answer).toMatchObject({
      principalId: issuer.clientId,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: expect.stringMatching(/\/prod\/GET\/accounts$/) },
        ],
      },
      context: { client_id: issuer.clientId, thumbprint: issuer.client.certificate.thumbprint },
    });
    // API Gateway refuses a context with objects
    for (const value of Object.values(answer['context'] as object))
      expect(['string', 'number', 'boolean']).toContain(typeof value);
  });

  it.each<[string, () => object]>([
    ['another certificate', () => event(tokens.good, other)],
    ['no certificate', () => event(tokens.good, undefined)],
    ['no token', () => event(undefined, issuer.client)],
    ['an unbound token', () => event(tokens.unbound, issuer.client)],
    ['an expired token', () => event(tokens.expired, issuer.client)],
    ['a DPoP-bound token', () => event(tokens.dpop, issuer.client)],
    ['garbage', () => event(tokens.garbage, issuer.client)],
  ])('refuses %s with the error that API Gateway turns into 401', async (_what, made) => {
    expect(await invoke(made())).toEqual({ errorMessage: 'Unauthorized' });
  });

  it('denies a token without the scope', async () => {
    const answer = await invoke(event(tokens.good, issuer.client), { SCOPES: 'admin' });
    expect(answer.policyDocument?.Statement[0]?.Effect).toBe('Deny');
    expect(answer['context']).toMatchObject({ error: 'insufficient_scope' });
  });

  it('fails, and does not refuse, where it cannot know', async () => {
    const unreachable = await invoke(event(tokens.good, issuer.client), { ISSUER: 'https://127.0.0.1:9' });
    expect(unreachable['errorMessage']).not.toBe('Unauthorized');
    const tokenAuthorizer = await invoke({
      type: 'TOKEN',
      authorizationToken: `Bearer ${tokens.good}`,
      methodArn: 'arn',
    });
    expect(tokenAuthorizer['errorMessage']).toMatch(/REQUEST/);
  });
});
