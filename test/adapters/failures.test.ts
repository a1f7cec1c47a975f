import type { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errors } from 'jose';
import { MtlsError, type PresentedCertificate } from 'oauth-mtls';
import { createMutualTlsFeature, type MutualTlsFeatureOptions } from 'oauth-mtls/oidc-provider';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import Provider from 'oidc-provider';
import Provider8 from 'oidc-provider8';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { frameworks, lambda, type TestApplication, type TestCall, type TestResource } from './frameworks.js';

/* What an application's functions may throw: some frameworks take some of these for success, or for nothing at all. */
const hostile: object = new Proxy(new Error('hostile'), {
  get: () => {
    throw new Error('trap');
  },
  getPrototypeOf: () => {
    throw new Error('trap');
  },
});
class Unreadable extends Error {
  get status(): number {
    throw new Error('getter');
  }
}
const thrown: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['the empty string', ''],
  ['false', false],
  ['0', 0],
  ['0n', 0n],
  ['NaN', Number.NaN],
  ["'route'", 'route'],
  ["'router'", 'router'],
  ['another string', 'no'],
  ['true', true],
  ['a symbol', Symbol('no')],
  ['a function', () => undefined],
  ['an object', { status: 200, statusCode: 200 }],
  ['an object without prototype', Object.create(null)],
  ['a Response', new Response('ok')],
  ['a frozen object', Object.freeze({ message: 'no' })],
  ['a frozen Error', Object.freeze(new Error('frozen'))],
  ['an Error with a member that throws', new Unreadable('no')],
  ['a proxy that throws', hostile],
  ['an Error', new Error('ordinary')],
];
/** Thrown, and rejected with. */
const ways: readonly (readonly [name: string, fail: (value: unknown) => never | Promise<never>])[] = [
  [
    'throws',
    (value) => {
      throw value;
    },
  ],
  ['rejects with', (value) => new Promise<never>((_, reject) => setImmediate(reject, value))],
];

function expectFailure(received: readonly unknown[], value: unknown): void {
  expect(received).toHaveLength(1);
  const [error] = received as [Error];
  expect(error).toBeInstanceOf(Error);
  expect(error === value || error.cause === value || Object.is(error.cause, value)).toBe(true);
  expect(Object.isExtensible(error)).toBe(true);
}

let right: PresentedCertificate;
let application: TestApplication | undefined;

beforeAll(async () => {
  right = presented(await selfSignedCertificate());
});
afterEach(async () => {
  await application?.close();
  application = undefined;
});

const proof = 'eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.c2ln';
const bearer: TestCall = { headers: [['Authorization', 'Bearer x']] };
const dpop: TestCall = {
  headers: [
    ['Authorization', 'DPoP x'],
    ['DPoP', proof],
  ],
};
type Fail = () => never | Promise<never>;
/** Each function that a guard is given, failing. */
const functions: readonly (readonly [name: string, call: TestCall, resource: (fail: Fail) => Partial<TestResource>])[] =
  [
    ['getCertificate', bearer, (fail) => ({ getCertificate: fail })],
    ['verifyToken', bearer, (fail) => ({ verifyToken: fail })],
    [
      'onRefusal',
      bearer,
      (fail) => ({
        verifyToken: () => {
          throw new MtlsError('ERR_TOKEN_INVALID');
        },
        onRefusal: fail,
      }),
    ],
    [
      'dpop.verify',
      dpop,
      (fail) => ({
        verifyToken: () => ({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
        dpop: { verify: fail },
      }),
    ],
  ];

describe.each([...Object.entries(frameworks), ['aws-lambda', lambda] as const])('%s', (title, framework) => {
  /** The answer, how often the handler ran, and what reached the error handler. */
  async function call(request: TestCall, resource: Partial<TestResource>, own = true) {
    const received: unknown[] = [];
    let handled = 0;
    application = await framework({
      getCertificate: () => right,
      verifyToken: () => ({ sub: 'client' }),
      binding: 'optional',
      onHandled: () => handled++,
      ...(own && { onFailure: (error: unknown) => void received.push(error) }),
      ...resource,
    });
    const answer = await application.call(request);
    await application.close();
    application = undefined;
    return { status: answer.status, handled, received };
  }

  it('lets the request pass where nothing fails', async () => {
    expect(await call(bearer, {})).toEqual({ status: 200, handled: 1, received: [] });
  });

  describe.each(functions)('%s', (_function, request, resource) => {
    it.each(thrown)('that fails with %s is a failure with a real Error, and never a pass', async (_value, value) => {
      for (const [way, fail] of ways) {
        const { status, handled, received } = await call(
          request,
          resource(() => fail(value)),
        );
        expect([way, status, handled]).toEqual([way, 500, 0]);
        expectFailure(received, value);
      }
    });

    it('is a failure for the error handling of the framework itself', async () => {
      // only Hono prints: what it is given
      const print = vi.spyOn(console, 'error').mockReturnValue();
      for (const [way, fail] of ways) {
        for (const [name, value] of thrown) {
          print.mockClear();
          const { status, handled } = await call(
            request,
            resource(() => fail(value)),
            false,
          );
          expect([way, name, status, handled]).toEqual([way, name, 500, 0]);
          if (title.startsWith('hono')) expectFailure(print.mock.lastCall ?? [], value);
          else expect(print).not.toHaveBeenCalled();
        }
      }
      print.mockRestore();
    });
  });

  describe('verifyToken', () => {
    const refusals: readonly Error[] = [
      new errors.JWTExpired('x', {}),
      new errors.JWTInvalid('x'),
      new errors.JWTClaimValidationFailed('x', {}),
      new errors.JWSInvalid('x'),
      new errors.JWSSignatureVerificationFailed(),
      new errors.JOSEAlgNotAllowed('x'),
      new errors.JOSENotSupported('x'),
      new errors.JWKSNoMatchingKey(),
      // of another copy of jose
      Object.assign(new Error('x'), { code: 'ERR_JWT_EXPIRED' }),
    ];
    const failures: readonly Error[] = [
      new errors.JWKSTimeout(),
      new errors.JWKSInvalid('x'),
      new errors.JOSEError('x'),
      new MtlsError('ERR_JWKS_TIMEOUT'),
    ];

    it('refuses a token where it rejects with an error of jose about the token', async () => {
      for (const error of refusals) {
        const reported: MtlsError[] = [];
        const { status, handled } = await call(bearer, {
          verifyToken: () => Promise.reject(error),
          onRefusal: (refusal) => reported.push(refusal),
        });
        expect([error.name, status, handled]).toEqual([error.name, 401, 0]);
        expect(reported).toMatchObject([{ code: 'ERR_TOKEN_INVALID', cause: error }]);
      }
    });

    it('answers 503 where it rejects with an error of jose about the keys', async () => {
      for (const error of failures) {
        const reported: MtlsError[] = [];
        const { status, handled } = await call(bearer, {
          verifyToken: () => Promise.reject(error),
          onRefusal: (refusal) => reported.push(refusal),
        });
        // API Gateway has no 503
        expect([error.name, [500, 503].includes(status), handled]).toEqual([error.name, true, 0]);
        expect(reported).toMatchObject([{ code: 'ERR_TOKEN_UNAVAILABLE', cause: error }]);
      }
    });

    it('is the only function whose errors of jose are refusals', async () => {
      const error = new errors.JWTExpired('x', {});
      for (const [name, request, resource] of functions.filter(([each]) => each !== 'verifyToken')) {
        const { status, received } = await call(
          request,
          resource(() => Promise.reject(error)),
        );
        expect([name, status]).toEqual([name, 500]);
        expectFailure(received, error);
      }
    });

    it('fails with every other code', async () => {
      for (const code of ['ERR_JWKS_MULTIPLE_MATCHING_KEYS', 'ERR_JWE_INVALID', 'ECONNREFUSED', 401]) {
        const { status } = await call(bearer, {
          verifyToken: () => Promise.reject(Object.assign(new Error('x'), { code })),
        });
        expect([code, status]).toEqual([code, 500]);
      }
    });
  });
});

describe.each([
  ['oidc-provider', Provider],
  ['oidc-provider 8', Provider8],
])('%s', (_name, ProviderClass) => {
  /** Answers with the status of a token request, and what reached the error handler of Koa. */
  async function start(options: Partial<MutualTlsFeatureOptions>) {
    const feature = createMutualTlsFeature({ getCertificate: () => right, ...options });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = {
      client_id: 'payments',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=x',
    } as const;
    const provider = new ProviderClass(origin, {
      clients: [{ ...client, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
      clientAuthMethods: [...feature.clientAuthMethods],
      features: { mTLS: feature.mTLS, clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    });
    provider.use(feature.middleware(provider));
    let received: unknown[] = [];
    // version 8 has an application of Koa, version 9 is one
    const app = ProviderClass === Provider8 ? (provider as { readonly app: EventEmitter }).app : provider;
    app.on('error', (error) => received.push(error));
    const handle = provider.callback();
    server.on('request', (request, response) => void handle(request, response));
    return {
      ask: async () => {
        received = [];
        const { status } = await fetch(`${origin}/token`, {
          method: 'POST',
          headers: { connection: 'close' },
          body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'payments' }),
          signal: AbortSignal.timeout(3000),
        });
        return { status, received };
      },
      stop: () => new Promise((resolve) => server.close(resolve)),
    };
  }

  it.each<[name: string, options: (fail: Fail) => Partial<MutualTlsFeatureOptions>]>([
    ['getCertificate', (fail) => ({ getCertificate: fail })],
    ['pathVerifier', (fail) => ({ pathVerifier: (): never => fail() as never })],
    ['pathVerifier.verify', (fail) => ({ pathVerifier: { verify: async () => fail() } })],
    ['onFailure', (fail) => ({ onFailure: fail })],
  ])('answers, and hands Koa a real Error, whatever %s fails with', async (name, options) => {
    let fail: Fail = () => undefined as never;
    const { ask, stop } = await start(options(() => fail()));
    expect(await ask()).toEqual({ status: 401, received: [] });
    // a function that is not awaited can only throw
    for (const [way, failWith] of name === 'pathVerifier' ? ways.slice(0, 1) : ways) {
      for (const [what, value] of thrown) {
        fail = () => failWith(value);
        const { status, received } = await ask();
        expect([way, what, status]).toEqual([way, what, 500]);
        expectFailure(received, value);
      }
    }
    await stop();
  });
});
