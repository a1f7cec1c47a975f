import { createResourceGuard, type MtlsError, type ResourceOptions, type ResourceRequest } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

const options: ResourceOptions<ResourceRequest> = {
  getCertificate: () => undefined,
  verifyToken: async () => ({ sub: 'client', scope: 'a b' }),
  binding: 'optional',
};
const request = (authorization: string): ResourceRequest => ({ authorization: [authorization], dpop: [], query: '' });
const read = (each: ResourceRequest) => each;

describe('createResourceGuard', () => {
  it.each<[string, object]>([
    ['no certificate source', { getCertificate: undefined }],
    ['no verifier', { verifyToken: undefined }],
    ['a verifier that is no function', { verifyToken: 'token' }],
    ['another policy', { binding: 'mtls' }],
    ['a policy that is truthy', { binding: 1 }],
    ['null as policy', { binding: null }],
    ['DPoP without a verifier', { dpop: {} }],
    ['a policy that needs DPoP, without it', { binding: 'dpop' }],
    ['a policy that needs both, without DPoP', { binding: 'both' }],
    ['a realm that cannot be quoted', { realm: 'a"b' }],
    ['a URL that cannot be quoted', { resourceMetadata: 'https://api.example/"' }],
    ['algorithms that cannot be quoted', { dpop: { verify: () => undefined, algorithms: ['"'] } }],
  ])('throws a TypeError at once for %s', (_what, wrong) => {
    expect(() => createResourceGuard({ ...options, ...wrong }, read)([])).toThrow(TypeError);
  });

  it.each([{ realm: 'a"b' }, { resourceMetadata: 'https://api.example/"' }])(
    'throws a TypeError for a challenge that cannot be quoted when it is made, before any scopes: %o',
    (wrong) => {
      expect(() => createResourceGuard({ ...options, ...wrong }, read)).toThrow(TypeError);
    },
  );

  it.each(['', 'a b', 'a"', 5, undefined])('throws a TypeError at once for the scope %o', (scope) => {
    expect(() => createResourceGuard(options, read)([scope as string])).toThrow(TypeError);
  });

  it('verifies a request once for all its guards', async () => {
    let verified = 0;
    const token = async () => (verified++, { scope: 'a b' });
    const guard = createResourceGuard({ ...options, verifyToken: token }, read);
    const one = request('Bearer x');
    expect((await guard(['a']).authorize(one)).scopes).toEqual(['a', 'b']);
    await guard(['b']).authorize(one);
    await expect(guard(['c']).authorize(one)).rejects.toMatchObject({ code: 'ERR_TOKEN_SCOPE' });
    expect(verified).toBe(1);
    await guard([]).authorize(request('Bearer x'));
    expect(verified).toBe(2);
  });

  it('asks for the certificate before anything that takes time', async () => {
    const order: string[] = [];
    const certificate = () => (order.push('certificate'), undefined);
    const token = async () => (order.push('token'), {});
    const pending = createResourceGuard(
      { ...options, getCertificate: certificate, verifyToken: token },
      read,
    )().authorize(request('Bearer x'));
    expect(order).toEqual(['certificate']);
    await pending;
    expect(order).toEqual(['certificate', 'token']);
  });

  it('refuses a confirmation of methods that nobody checks, whatever the policy', async () => {
    for (const cnf of [{ kid: 'x' }, { jwk: {} }, { 'x5t#S512': 'A'.repeat(86) }]) {
      const { authorize } = createResourceGuard({ ...options, verifyToken: async () => ({ cnf }) }, read)();
      await expect(authorize(request('Bearer x'))).rejects.toMatchObject({ code: 'ERR_CNF_UNSUPPORTED' });
    }
  });

  it('fails where verifyToken returns the result of jose instead of its claims, whatever the policy', async () => {
    const result = { payload: { cnf: { 'x5t#S256': 'A'.repeat(43) } }, protectedHeader: { alg: 'ES256' } };
    const { authorize, toResponse } = createResourceGuard(
      { ...options, binding: 'optional', verifyToken: async () => result },
      read,
    )();
    const asked = request('Bearer x');
    const error: unknown = await authorize(asked).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(TypeError);
    expect(toResponse(error, asked).status).toBe(500);
  });

  it('gives evidence that holds no credential and cannot be changed', async () => {
    const accessToken = await createResourceGuard(options, read)().authorize(request('Bearer secret'));
    expect(JSON.stringify(accessToken)).not.toContain('secret');
    expect(Object.isFrozen(accessToken) && Object.isFrozen(accessToken.scopes)).toBe(true);
  });

  it('answers 500 to a failure, also for a request that cannot be read', async () => {
    const getCertificate = () => Promise.reject(new Error('secret'));
    const one = createResourceGuard({ ...options, getCertificate }, read)();
    const readable = request('Bearer x');
    const failure: unknown = await one.authorize(readable).catch((error: unknown) => error);
    expect(one.toResponse(failure, readable)).toMatchObject({ status: 500, body: { error: 'server_error' } });
    const unreadable = createResourceGuard<{ rawHeaders: string[] }>({ getCertificate, verifyToken: () => ({}) })();
    const other: unknown = await unreadable.authorize({} as never).catch((error: unknown) => error);
    expect(other).toBeInstanceOf(TypeError);
    expect(unreadable.toResponse(other, {} as never)).toMatchObject({ status: 500, body: { error: 'server_error' } });
  });

  it('reports a refusal once, and waits for the report', async () => {
    const order: unknown[] = [];
    const onRefusal = async (error: MtlsError) => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push(error.code);
    };
    const { authorize, toResponse } = createResourceGuard({ ...options, onRefusal }, read)();
    const refused = request('Bearer');
    const error: unknown = await authorize(refused).catch((refusal: unknown) => refusal);
    order.push(toResponse(error, refused).status);
    expect(order).toEqual(['ERR_TOKEN_REQUEST', 400]);
  });

  it('refuses a token that is longer than any header', async () => {
    const { authorize } = createResourceGuard(options, read)();
    await expect(authorize(request(`Bearer ${'x'.repeat(65_537)}`))).rejects.toMatchObject({
      code: 'ERR_TOKEN_REQUEST',
    });
  });
});

describe('the request of a guard without a reader of its own', () => {
  const guard = createResourceGuard<{ rawHeaders: string[]; url?: string }>({
    getCertificate: () => undefined,
    verifyToken: () => ({ sub: 'client' }),
    binding: 'optional',
  })();

  it('is one of Node, with every line of a header', async () => {
    const request = { rawHeaders: ['Host', 'api.example', 'AUTHORIZATION', 'Bearer x'], url: '/a?b=c' };
    expect(await guard.authorize(request)).toMatchObject({ claims: { sub: 'client' } });
    const rawHeaders = ['Authorization', 'Bearer x', 'authorization', 'Bearer y'];
    await expect(guard.authorize({ rawHeaders })).rejects.toMatchObject({ code: 'ERR_TOKEN_REQUEST' });
    const twice = { ...request, url: '/a?access_token=x' };
    await expect(guard.authorize(twice)).rejects.toMatchObject({ detail: { reason: 'second-token' } });
    await expect(guard.authorize({} as never)).rejects.toThrow(TypeError);
  });
});
