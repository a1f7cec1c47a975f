import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createConfirmation } from 'oauth-mtls';
import { forwardedHeaders, selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { codeBlocks } from '../documentation.js';

/*
 * The recipes that are no servers of their own, run as they are printed, with the keys of an issuer put in place. (The
 * others run in documented-servers.test.ts.)
 */
const SECRET = 'a-secret-of-the-proxy-alone';
/** Inside the package, so that it finds itself by its name. */
const folder = fromRoot('dist/recipes');
const recipes = codeBlocks().filter(({ name, language }) => name.startsWith('docs/recipes.md') && language === 'ts');
let client: TestCertificate;
let other: TestCertificate;
let token: string;

beforeAll(async () => {
  process.env['PROXY_SECRET'] = SECRET;
  mkdirSync(folder, { recursive: true });
  [client, other] = [await selfSignedCertificate(), await selfSignedCertificate()];
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  Object.assign(globalThis, { recipeKeys: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] } });
  token = await new SignJWT({
    client_id: 'payments',
    scope: 'accounts:read',
    cnf: createConfirmation(client.certificate),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setIssuer('https://as.example')
    .setAudience('https://api.example')
    .setExpirationTime('5m')
    .sign(privateKey);
});

afterAll(() => rmSync(folder, { recursive: true }));

type Handler = (request: Request) => Promise<Response>;

/** What the recipes export. */
interface Recipe {
  readonly read: (request: object) => { certificate: { thumbprint: string } } | undefined;
  readonly GET: Handler;
  readonly app: { readonly handle: Handler };
  readonly handler: (event: object) => Promise<object>;
}

/** The module of the one recipe in which a text occurs. */
async function load(text: string): Promise<Recipe> {
  const [recipe, ...more] = recipes.filter(({ code }) => code.includes(text));
  expect([recipe === undefined, more.length], text).toEqual([false, 0]);
  const code = recipe!.code.replace('keys: `${issuer}/jwks`', 'keys: globalThis.recipeKeys');
  const options = { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } };
  const file = `${folder}/${recipes.indexOf(recipe!)}.mjs`;
  writeFileSync(file, ts.transpileModule(code, options).outputText);
  return import(/* @vite-ignore */ file);
}

const base64 = ({ certificate }: TestCertificate) => Buffer.from(certificate.der).toString('base64');

describe('the readers', () => {
  it.each<[string, text: string, address: string, header: string, write: (certificate: TestCertificate) => string]>([
    ['Cloud Foundry', "header: 'x-forwarded-client-cert'", '10.0.0.1', 'X-Forwarded-Client-Cert', base64],
    ['OpenShift', "header: 'x-ssl-client-der'", '10.128.0.7', 'X-SSL-Client-DER', base64],
    ['F5', 'the self IP address', '10.0.2.10', 'Client-Cert', (certificate) => `:${base64(certificate)}:`],
    [
      'Azure Application Gateway',
      "header: 'x-client-certificate'",
      '10.0.1.4',
      'X-Client-Certificate',
      ({ pem }) => encodeURIComponent(pem),
    ],
  ])('%s', async (_what, text, remoteAddress, header, write) => {
    const { read } = await load(text);
    const rawHeaders = [header, write(client)];
    const { thumbprint } = client.certificate;
    expect(read({ rawHeaders, socket: { remoteAddress } })?.certificate.thumbprint).toBe(thumbprint);
    expect(read({ rawHeaders: [], socket: { remoteAddress } })).toBeUndefined();
    expect(() => read({ rawHeaders, socket: { remoteAddress: '192.0.2.1' } })).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_UNTRUSTED' }),
    );
  });
});

describe('the handlers', () => {
  it.each<[string, text: string, format: 'nginx' | 'rfc9440', find: (recipe: Recipe) => Handler]>([
    ['Next.js', "runtime = 'nodejs'", 'nginx', ({ GET }) => GET],
    ['Elysia', 'new Elysia()', 'rfc9440', ({ app }) => app.handle],
  ])('%s', async (_what, text, format, find) => {
    const handle = find(await load(text));
    const call = async (certificate: TestCertificate | undefined, headers: Record<string, string>) => {
      const all = { ...forwardedHeaders(format, certificate), 'X-Proxy-Secret': SECRET, ...headers };
      return handle(new Request('https://api.example/accounts', { headers: all }));
    };
    const bearer = { Authorization: `Bearer ${token}` };
    const accepted = await call(client, bearer);
    expect([accepted.status, await accepted.json()]).toEqual([200, { client: 'payments' }]);
    expect((await call(other, bearer)).status).toBe(401);
    expect((await call(undefined, bearer)).status).toBe(401);
    expect((await call(client, { Authorization: 'Bearer garbage' })).status).toBe(401);
    expect((await call(client, { ...bearer, 'X-Proxy-Secret': 'guessed' })).status).toBe(400);
  });

  it('Lambda behind a load balancer', async () => {
    const { handler } = await load('multiValueQueryStringParameters');
    const call = async (certificate: TestCertificate, authorization: string) => {
      const headers = { ...forwardedHeaders('awsAlb', certificate), authorization };
      const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
      return handler({ path: '/accounts', multiValueHeaders, multiValueQueryStringParameters: {} });
    };
    expect(await call(client, `Bearer ${token}`)).toMatchObject({ statusCode: 200, body: '{"client":"payments"}' });
    expect(await call(other, `Bearer ${token}`)).toMatchObject({ statusCode: 401 });
    expect(await call(client, 'Bearer garbage')).toMatchObject({ statusCode: 401 });
  });
});
