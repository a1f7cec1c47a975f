import { CompactSign, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { createIntrospector, type IntrospectionFetch, type IntrospectionOptions } from 'oauth-mtls/tokens';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IntrospectionServer } from './introspection-server.js';

const start = 1_700_000_000;
const at = (seconds: number) => ({ now: new Date((start + seconds) * 1000) });
const code = (expected: string, detail = {}) =>
  expect.objectContaining({ code: expected, detail: expect.objectContaining(detail) });
const unavailable = (reason: string) => code('ERR_TOKEN_UNAVAILABLE', { reason });
const active = {
  active: true,
  sub: 'client',
  iss: 'https://as.example',
  aud: ['https://api.example'],
  exp: start + 600,
};

let server: IntrospectionServer;

beforeEach(async () => {
  server = await IntrospectionServer.start();
  server.responses.set('good', active);
});
afterEach(() => server.stop());

function open(options: Partial<IntrospectionOptions> = {}) {
  return createIntrospector({ endpoint: server.uri, unsafeAllowHttp: true, ...options });
}

describe('createIntrospector', () => {
  it('RFC 7662 §2.1: posts the token as a form, and resolves to the response', async () => {
    const introspect = open({ clientId: 'api', headers: { Authorization: 'Basic eA==' } });
    expect(await introspect('good', at(0))).toEqual(active);
    const [request] = server.requests;
    expect(Object.fromEntries(request!.form)).toEqual({
      token: 'good',
      token_type_hint: 'access_token',
      client_id: 'api',
    });
    expect(request).toMatchObject({
      method: 'POST',
      headers: {
        authorization: 'Basic eA==',
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
  });

  it('sends no client_id that it does not have', async () => {
    await open()('good', at(0));
    expect([...server.requests[0]!.form.keys()]).toEqual(['token', 'token_type_hint']);
  });

  it('asks an https endpoint', async () => {
    const asked: string[] = [];
    const fetch: IntrospectionFetch = async (url) => {
      asked.push(url);
      return Response.json(active);
    };
    const endpoint = 'https://as.example/introspect';
    for (const options of [{ endpoint }, { endpoint: new URL(endpoint), unsafeAllowHttp: false }]) {
      expect(await createIntrospector({ ...options, fetch })('good', at(0))).toEqual(active);
    }
    expect(asked).toEqual([endpoint, endpoint]);
  });

  it('keeps the cause of a failed request', async () => {
    const cause = new TypeError('network');
    const introspect = open({ fetch: () => Promise.reject(cause) });
    await expect(introspect('good', at(0))).rejects.toHaveProperty('cause', cause);
  });

  it.each<[string, object]>([
    ['begins now', { nbf: start }],
    ['began before', { nbf: start - 1 }],
    ['ends after now', { exp: start + 0.001 }],
    ['has no limits', { exp: undefined, nbf: undefined }],
  ])('accepts a token that %s', async (_what, change) => {
    server.responses.set('good', { ...active, ...change });
    expect(await open()('good', at(0))).toMatchObject({ sub: 'client' });
  });

  it('RFC 7662 §2.2: refuses a token that is not active', async () => {
    await expect(open()('unknown', at(0))).rejects.toEqual(code('ERR_TOKEN_INACTIVE'));
  });

  it.each<[string, object]>([
    ['exp', { exp: start }],
    ['nbf', { nbf: start + 1 }],
    ['iss', { iss: 'https://evil.example' }],
    ['iss', { iss: undefined }],
    ['aud', { aud: 'https://other.example' }],
    ['aud', { aud: undefined }],
  ])('refuses a token by its %s: %o', async (field, change) => {
    server.responses.set('good', { ...active, ...change });
    const introspect = open({ issuer: 'https://as.example', audience: 'https://api.example' });
    await expect(introspect('good', at(0))).rejects.toEqual(code('ERR_TOKEN_INVALID', { field }));
  });

  it('accepts one of several audiences on either side', async () => {
    expect(await open({ audience: ['x', 'https://api.example'] })('good', at(0))).toMatchObject({ sub: 'client' });
    server.responses.set('good', { ...active, aud: 'https://api.example' });
    expect(await open({ audience: 'https://api.example' })('good', at(0))).toMatchObject({ sub: 'client' });
  });

  describe('never accepts what is no answer', () => {
    it.each([
      ['no JSON', 'active=true'],
      ['nothing', ''],
      ['null', 'null'],
      ['an array', '[{"active":true}]'],
      ['active as text', '{"active":"true"}'],
      ['active as number', '{"active":1}'],
      ['no active', '{"sub":"client"}'],
      ['exp as text', '{"active":true,"exp":"2999999999"}'],
    ])('%s', async (_what, body) => {
      server.answer = (_token, response) => void response.end(body);
      await expect(open()('good', at(0))).rejects.toEqual(unavailable('malformed'));
    });

    it.each([204, 301, 307, 400, 401, 403, 500])('status %i, and follows no redirect', async (status) => {
      server.answer = (_token, response) => void response.writeHead(status, { Location: `${server.uri}/other` }).end();
      await expect(open()('good', at(0))).rejects.toEqual(
        code('ERR_TOKEN_UNAVAILABLE', { reason: 'status', found: [String(status)] }),
      );
      expect(server.requests).toHaveLength(1);
    });

    it('a response that is too large', async () => {
      server.answer = (_token, response) => void response.end(JSON.stringify({ ...active, x: 'x'.repeat(70_000) }));
      await expect(open()('good', at(0))).rejects.toEqual(unavailable('request'));
    });

    it('silence', async () => {
      server.answer = () => undefined;
      await expect(open({ timeoutDuration: 50 })('good', at(0))).rejects.toEqual(unavailable('request'));
      const deaf: IntrospectionFetch = () => new Promise(() => undefined);
      await expect(open({ timeoutDuration: 50, fetch: deaf })('good', at(0))).rejects.toEqual(unavailable('request'));
    });

    it('no connection', async () => {
      await expect(open({ endpoint: 'http://127.0.0.1:9/' })('good', at(0))).rejects.toEqual(unavailable('request'));
    });
  });

  describe('cache', () => {
    const requests = () => server.requests.length;

    it('keeps a response for its time', async () => {
      const introspect = open({ cache: { maxAge: 10 } });
      for (const seconds of [0, 5, 9.9]) await introspect('good', at(seconds));
      expect(requests()).toBe(1);
      await introspect('good', at(10));
      expect(requests()).toBe(2);
    });

    it('RFC 7662 §4: never keeps one beyond exp', async () => {
      const introspect = open({ cache: { maxAge: 10_000 } });
      await introspect('good', at(0));
      await expect(introspect('good', at(600))).rejects.toEqual(code('ERR_TOKEN_INVALID', { field: 'exp' }));
      expect(requests()).toBe(2);
    });

    it('does not make a response last when the clock is set back', async () => {
      const introspect = open();
      await introspect('good', at(100));
      await introspect('good', at(0));
      expect(requests()).toBe(2);
    });

    it('keeps neither refusals nor failures', async () => {
      const introspect = open();
      await expect(introspect('later', at(0))).rejects.toThrow();
      server.responses.set('later', active);
      expect(await introspect('later', at(0))).toMatchObject({ active: true });
      const { answer } = server;
      server.answer = (_token, response) => void response.writeHead(500).end();
      await expect(introspect('more', at(0))).rejects.toThrow();
      server.answer = answer;
      server.responses.set('more', active);
      expect(await introspect('more', at(0))).toMatchObject({ active: true });
    });

    it('drops the one that was not asked for longest', async () => {
      for (const each of ['a', 'b', 'c']) server.responses.set(each, active);
      const introspect = open({ cache: { maxEntries: 2 } });
      for (const each of ['a', 'b', 'a', 'c', 'a']) await introspect(each, at(0));
      expect(requests()).toBe(3);
      await introspect('b', at(0));
      expect(requests()).toBe(4);
    });

    it('can be switched off', async () => {
      const introspect = open({ cache: false });
      await introspect('good', at(0));
      await introspect('good', at(0));
      expect(requests()).toBe(2);
    });

    it('sends one request for all who wait for the same token', async () => {
      const introspect = open({ cache: false });
      await Promise.all(Array.from({ length: 5 }, () => introspect('good', at(0))));
      expect(requests()).toBe(1);
    });

    it('gives everybody a copy', async () => {
      const introspect = open();
      const first = (await introspect('good', at(0))) as { cnf?: unknown };
      first.cnf = { forged: true };
      expect(await introspect('good', at(1))).toEqual(active);
    });
  });

  describe('RFC 9701', () => {
    let privateKey: CryptoKey;
    let jwk: JWK;
    const options = () => ({ signed: { keys: { keys: [jwk] }, issuer: 'https://as.example', audience: 'api' } });

    beforeAll(async () => {
      const pair = await generateKeyPair('ES256');
      privateKey = pair.privateKey;
      jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256' };
    });

    function respond(claims: object = {}, header: object = {}, type = 'application/token-introspection+jwt'): void {
      server.answer = (_token, response) => {
        void new SignJWT({ iss: 'https://as.example', aud: 'api', iat: start, token_introspection: active, ...claims })
          .setProtectedHeader({ alg: 'ES256', typ: 'token-introspection+jwt', ...header })
          .sign(privateKey)
          .then((jwt) => response.setHeader('Content-Type', type).end(jwt));
      };
    }

    it('§4: asks for a JWT, and resolves to its token_introspection', async () => {
      respond();
      expect(await open(options())('good', at(0))).toEqual(active);
      expect(server.requests[0]?.headers.accept).toBe('application/token-introspection+jwt');
    });

    it.each(['Application/Token-Introspection+JWT', 'application/token-introspection+jwt ; charset=utf-8'])(
      'RFC 9110 §8.3.1: reads the type %s',
      async (type) => {
        respond({}, {}, type);
        expect(await open(options())('good', at(0))).toEqual(active);
      },
    );

    it.each<[string, Response]>([
      ['without a type', new Response(new Uint8Array(1))],
      ['of another type', new Response('x', { headers: { 'Content-Type': 'application/jwt' } })],
    ])('takes no response %s', async (_what, response) => {
      const introspect = open({ ...options(), fetch: async () => response });
      await expect(introspect('good', at(0))).rejects.toEqual(unavailable('unsigned'));
    });

    it('§5: the members outside of token_introspection are not about the token', async () => {
      respond({ active: true, token_introspection: { active: false } });
      await expect(open(options())('good', at(0))).rejects.toEqual(code('ERR_TOKEN_INACTIVE'));
      respond({ active: true, sub: 'client', token_introspection: undefined });
      await expect(open(options())('good', at(0))).rejects.toEqual(unavailable('malformed'));
    });

    it.each<[string, object, object]>([
      ['another issuer', { iss: 'https://evil.example' }, {}],
      ['another audience', { aud: 'other' }, {}],
      ['no audience', { aud: undefined }, {}],
      ['no iat', { iat: undefined }, {}],
      ['an access token as response', {}, { typ: 'at+jwt' }],
    ])('§5: refuses %s', async (_what, claims, header) => {
      respond(claims, header);
      await expect(open(options())('good', at(0))).rejects.toEqual(unavailable('signature'));
    });

    it('refuses a response that is nested too deeply, as what a client had written into it may be', async () => {
      const nested = '['.repeat(20_000) + ']'.repeat(20_000);
      const text = `{"iss":"https://as.example","aud":"api","iat":${start},"token_introspection":{"active":true,"x":${nested}}}`;
      const jwt = await new CompactSign(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: 'ES256', typ: 'token-introspection+jwt' })
        .sign(privateKey);
      server.answer = (_token, response) =>
        response.setHeader('Content-Type', 'application/token-introspection+jwt').end(jwt);
      await expect(open(options())('good', at(0))).rejects.toEqual(unavailable('malformed'));
    });

    it('refuses a signature of somebody else', async () => {
      const { publicKey } = await generateKeyPair('ES256');
      respond();
      const signed = { ...options().signed, keys: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] } };
      await expect(open({ signed })('good', at(0))).rejects.toEqual(unavailable('signature'));
    });

    it('takes no unsigned response where it asks for signed ones', async () => {
      await expect(open(options())('good', at(0))).rejects.toEqual(unavailable('unsigned'));
    });

    it('takes no JWT where it has no keys for it', async () => {
      respond();
      await expect(open()('good', at(0))).rejects.toEqual(unavailable('malformed'));
    });
  });

  const set = { keys: [] };
  it.each<[named: string, object]>([
    ['"endpoint" is required', { endpoint: undefined }],
    ['"endpoint" must be', { endpoint: 'introspect' }],
    ['"endpoint" must be an https URL', { endpoint: 'http://as.example/introspect', unsafeAllowHttp: false }],
    ['"unsafeAllowHttp"', { endpoint: 'http://as.example/introspect', unsafeAllowHttp: 'false' }],
    ['"endpoint" must be an https URL', { endpoint: 'ftp://as.example/introspect' }],
    ['"endpoint" must be an https URL', { endpoint: 'data:application/json,{"active":true}' }],
    ['"keys" in "signed" is required', { signed: { issuer: 'x', audience: 'x' } }],
    ['"issuer" in "signed" is required', { signed: { keys: set, audience: 'x' } }],
    ['"audience" in "signed" is required', { signed: { keys: set, issuer: 'x' } }],
    ['"audience" in "signed" must be', { signed: { keys: set, issuer: 'x', audience: '' } }],
    ['"maxEntries" in "cache"', { cache: { maxEntries: -1 } }],
    ['"maxEntries" in "cache"', { cache: { maxEntries: Infinity } }],
    ['"maxAge" in "cache"', { cache: { maxAge: NaN } }],
    ['"maxAge" in "cache"', { cache: { maxAge: -1 } }],
    ['"timeoutDuration"', { timeoutDuration: 0 }],
    ['"issuer"', { issuer: '' }],
    ['"issuer"', { issuer: null }],
    ['"audience"', { audience: '' }],
    ['"audience"', { audience: [] }],
    // a token without aud would be for it
    ['"audience"', { audience: [undefined] }],
  ])('throws a TypeError at once that names %s: %o', (named, wrong) => {
    expect(() => open(wrong)).toThrow(TypeError);
    expect(() => open(wrong)).toThrow(named);
  });

  it('throws a TypeError for a token that is no text, and for a moment that is none', async () => {
    const noText = new TypeError('An access token must be a string');
    for (const token of [undefined, null, 5, ['good']]) await expect(open()(token as never)).rejects.toThrow(noText);
    await expect(open()('good', { now: new Date(NaN) })).rejects.toThrow('"now"');
    expect(server.requests).toEqual([]);
  });
});
