import { createPublicKey } from 'node:crypto';
import { CompactSign, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { isMtlsError, MtlsError } from 'oauth-mtls';
import { createAccessTokenVerifier, type AccessTokenOptions } from 'oauth-mtls/tokens';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { VerificationKey } from '#platform/verify';
import { JwksServer } from '../jwks/jwks-server.js';

const issuer = 'https://as.example';
const audience = 'https://api.example';
const start = 1_700_000_000;

interface Key {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

let key: Key;
let stranger: Key;
/** Where a signature is verified: by jose, or on this thread, where one that is not good is jose's too. */
let signatures: MockInstance;
let plainSignatures: MockInstance<typeof VerificationKey.prototype.verify>;

beforeAll(async () => {
  key = await createKey('as', 'ES256');
  stranger = await createKey('as', 'ES256');
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start * 1000 });
  // the real one runs: what is counted is how often a signature is verified
  signatures = vi.spyOn(crypto.subtle, 'verify');
  plainSignatures = vi.spyOn(VerificationKey.prototype, 'verify');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function createKey(kid: string, alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

function sign(claims: object = {}, { privateKey, jwk }: Key = key, kid: string | undefined = 'as'): Promise<string> {
  return new SignJWT({ iss: issuer, aud: audience, sub: 'client', iat: start, exp: start + 3600, ...claims })
    .setProtectedHeader({ alg: jwk.alg!, typ: 'at+jwt', ...(kid !== '' && { kid }) })
    .sign(privateKey);
}

const create = (options: Partial<AccessTokenOptions> = {}) =>
  createAccessTokenVerifier({ keys: { keys: [key.jwk] }, issuer, audience, ...options });
const at = (seconds: number) => ({ now: new Date((start + seconds) * 1000) });
const later = (seconds: number) => vi.setSystemTime((start + seconds) * 1000);
const invalid = (detail = {}) =>
  expect.objectContaining({ code: 'ERR_TOKEN_INVALID', detail: expect.objectContaining(detail) });
const verified = () =>
  signatures.mock.calls.length + plainSignatures.mock.results.filter(({ value }) => value === true).length;
/** Number of signatures that are verified while `work` runs. */
async function verifications(work: () => Promise<unknown>): Promise<number> {
  const before = verified();
  await work();
  return verified() - before;
}

describe('a token that comes again', () => {
  it.each(['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'])('has its %s signature verified once', async (alg) => {
    const pair = await createKey('as', alg);
    const verify = create({ keys: { keys: [pair.jwk] } });
    const jwt = await sign({}, pair);
    const first = await verify(jwt);
    expect(await verifications(async () => expect(await verify(jwt)).toEqual(first))).toBe(0);
    expect(verified()).toBe(1);
  });

  it('has its signature verified each time where the cache is off', async () => {
    for (const cache of [false, { maxEntries: 0 }] as const) {
      const verify = create({ cache });
      const jwt = await sign();
      expect(await verifications(() => Promise.all([verify(jwt), verify(jwt)]))).toBe(2);
      expect(await verifications(() => verify(jwt))).toBe(1);
    }
  });

  it('is verified once for all who wait', async () => {
    const verify = create();
    const jwt = await sign();
    const all = Promise.all(Array.from({ length: 50 }, () => verify(jwt)));
    expect(await verifications(() => all)).toBe(1);
    expect(new Set(await all).size).toBe(1);
  });

  it('is verified for each who waits by its own time', async () => {
    const verify = create();
    const jwt = await sign({ exp: start + 10, nbf: start });
    const results = await Promise.allSettled([-1, 0, 9.999, 10, 0, 11].map((seconds) => verify(jwt, at(seconds))));
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([false, true, true, false, true, false]);
  });

  it('shares a refusal, which is forgotten at once', async () => {
    const verify = create();
    const jwt = await sign({}, stranger);
    expect(await verifications(() => Promise.allSettled([verify(jwt), verify(jwt)]))).toBe(1);
    expect(await verifications(() => verify(jwt).catch(() => undefined))).toBe(1);
  });
});

describe('what is not remembered', () => {
  it('an expired token, by the second', async () => {
    const jwt = await sign({ exp: start + 100 });
    for (const clockTolerance of [0, 5]) {
      const verify = create({ clockTolerance });
      await verify(jwt);
      later(99 + clockTolerance);
      expect(await verifications(() => verify(jwt))).toBe(0);
      later(100 + clockTolerance);
      await expect(verify(jwt)).rejects.toEqual(invalid({ field: 'exp', reason: 'ERR_JWT_EXPIRED' }));
      later(0);
    }
  });

  it('a token for longer than ten minutes, nor for a time before it was verified', async () => {
    const verify = create();
    const jwt = await sign({ nbf: start - 10 });
    await verify(jwt);
    expect(await verifications(() => verify(jwt, at(599)))).toBe(0);
    expect(await verifications(() => verify(jwt, at(600)))).toBe(1);
    expect(await verifications(() => verify(jwt, at(-1)))).toBe(1);
    await expect(verify(jwt, at(-11))).rejects.toEqual(invalid({ field: 'nbf' }));
  });

  it('a token that was refused', async () => {
    const verify = create();
    const early = await sign({ nbf: start + 10 });
    const cases: [string, object][] = [
      [await sign({}, stranger), { reason: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' }],
      [await sign({ aud: 'https://other.example' }), { field: 'aud' }],
      [await sign({ iss: 'https://other.example' }), { field: 'iss' }],
      [await sign({ exp: start }), { field: 'exp' }],
      [await sign({}, key, 'unknown'), { reason: 'ERR_JWKS_NO_MATCHING_KEY' }],
      [early, { field: 'nbf' }],
      ['YQ.YQ.YQ', { reason: 'ERR_JWS_INVALID' }],
    ];
    for (const [jwt, detail] of cases) {
      for (let i = 0; i < 2; i++) await expect(verify(jwt)).rejects.toEqual(invalid(detail));
    }
    later(10);
    expect(await verify(early)).toMatchObject({ sub: 'client' });
  });

  it('what another verifier has accepted', async () => {
    const keys = { keys: [key.jwk] };
    const jwt = await sign();
    await create({ keys })(jwt);
    await expect(create({ keys, audience: 'https://other.example' })(jwt)).rejects.toEqual(invalid({ field: 'aud' }));
    await expect(create({ keys, issuer: 'https://other.example' })(jwt)).rejects.toEqual(invalid({ field: 'iss' }));
    await expect(create({ keys, requiredClaims: ['jti'] })(jwt)).rejects.toEqual(invalid({ field: 'jti' }));
    await expect(create({ keys, algorithms: ['PS256'] })(jwt)).rejects.toEqual(invalid());
  });

  it('a token that differs in one bit', async () => {
    const verify = create();
    const jwt = await sign();
    await verify(jwt);
    const parts = jwt.split('.').map((part) => Buffer.from(part, 'base64url'));
    for (const [index, part] of parts.entries()) {
      for (let bit = 0; bit < part.length * 8; bit += index === 2 ? 7 : 97) {
        const changed = parts.map((each) => Buffer.from(each));
        changed[index]![bit >> 3]! ^= 1 << (bit & 7);
        const text = changed.map((each) => each.toString('base64url')).join('.');
        await expect(verify(text)).rejects.toEqual(invalid());
      }
    }
  });

  it('more than maxEntries: the one that was not used for longest is verified again', async () => {
    const verify = create({ cache: { maxEntries: 2 } });
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((sub) => sign({ sub })));
    for (const jwt of [a!, b!, a!, c!]) await verify(jwt);
    expect(await verifications(() => verify(a!))).toBe(0);
    expect(await verifications(() => verify(c!))).toBe(0);
    expect(await verifications(() => verify(b!))).toBe(1);
  });

  it('a token of more than 16 KiB', async () => {
    const verify = create();
    const [header, payload, signature] = (await sign({ groups: '' }, key, '')).split('.');
    const bytes = (16_384 - header!.length - signature!.length - 2) * 0.75 - Buffer.from(payload!, 'base64url').length;
    for (const [more, times] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const jwt = await sign({ groups: 'x'.repeat(bytes + more) }, key, '');
      expect(jwt.length > 16_384).toBe(more > 0);
      await verify(jwt);
      expect(await verifications(() => verify(jwt))).toBe(times);
    }
  });

  it.each([[undefined], [{ maxEntries: 2 }], [false as const]])(
    'what a handler writes into the claims: %o',
    async (cache) => {
      const verify = create(cache === undefined ? {} : { cache });
      const jwt = await sign({ cnf: { 'x5t#S256': 'x' }, roles: ['reader', { of: ['a'] }] });
      const claims = (await verify(jwt)) as { cnf: Record<string, string>; roles: [string, { of: string[] }] };
      const before = JSON.stringify(claims);
      const writes: (() => unknown)[] = [
        () => ((claims as Record<string, unknown>)['sub'] = 'root'),
        () => delete (claims as { cnf?: unknown }).cnf,
        () => (claims.cnf['x5t#S256'] = 'y'),
        () => claims.roles.push('admin'),
        () => (claims.roles[1].of[0] = 'b'),
        () => Object.assign(claims, { extra: 1 }),
        () => Object.setPrototypeOf(claims, { admin: true }),
      ];
      for (const write of writes) expect(write).toThrow(TypeError);
      expect(JSON.stringify(await verify(jwt))).toBe(before);
    },
  );
});

it('takes claims of any depth', async () => {
  const claims = { iss: issuer, aud: audience, exp: start + 600, deep: 0 };
  const text = JSON.stringify(claims).replace('"deep":0', `"deep":${'['.repeat(30_000)}${']'.repeat(30_000)}`);
  const jwt = await new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .sign(key.privateKey);
  let deep = (await create()(jwt))['deep'] as unknown[] | undefined;
  for (; deep !== undefined; deep = deep[0] as unknown[] | undefined) if (!Object.isFrozen(deep)) break;
  expect(deep).toBeUndefined();
});

describe('a key that is withdrawn', () => {
  let server: JwksServer;
  beforeEach(async () => {
    server = await JwksServer.start();
    server.keys = [key.jwk];
  });
  afterEach(() => server.stop());

  const remote = () => create({ keys: server.uri, unsafeAllowHttp: true });

  it('ends what it has signed, although nothing but remembered tokens arrives', async () => {
    const verify = remote();
    await verify(await sign({ sub: 'first' }));
    later(300);
    const jwt = await sign();
    await verify(jwt);
    server.keys = [{ ...stranger.jwk, kid: 'next' }];
    for (let second = 301; second < 660; second += 20) {
      later(second);
      await verify(jwt).catch((error: unknown) => expect(error).toEqual(invalid()));
    }
    await expect(verify(jwt)).rejects.toEqual(invalid({ reason: 'ERR_JWKS_NO_MATCHING_KEY' }));
    expect(server.requests).toBeGreaterThan(1);
  });

  it('ends what it has signed as soon as the new set is there, and not before', async () => {
    const verify = remote();
    const jwt = await sign();
    for (let hit = 0; hit < 3; hit++) await verify(jwt);
    server.keys = [{ ...stranger.jwk, kid: 'next' }];
    await expect(verify(await sign({}, key, 'unknown'))).rejects.toEqual(invalid());
    // the set cannot be loaded again so soon
    expect(await verifications(() => verify(jwt))).toBe(0);
    later(31);
    const loading = verify(await sign({}, stranger, 'next'));
    await Promise.all([loading, verify(jwt).catch((error: unknown) => expect(error).toEqual(invalid()))]);
    await expect(verify(jwt)).rejects.toEqual(invalid({ reason: 'ERR_JWKS_NO_MATCHING_KEY' }));
  });

  it('ends what was looked up while the new set was loading', async () => {
    const keySets = [{ keys: [{ ...key.jwk, kid: 'as' }] }, { keys: [{ ...stranger.jwk, kid: 'next' }] }];
    let release: () => void = () => undefined;
    let loads = 0;
    const fetch = async (): Promise<Response> => {
      const set = keySets[Math.min(loads, 1)];
      if (loads++ > 0) await new Promise<void>((resolve) => (release = resolve));
      return Response.json(set);
    };
    const verify = create({ keys: 'https://as.example/jwks', fetch });
    const jwt = await sign({}, key, 'as');
    await verify(jwt);
    await verify(jwt);
    later(31);
    const loading = verify(await sign({}, stranger, 'next'));
    await vi.waitFor(() => expect(loads).toBe(2));
    await verify(jwt);
    release();
    // at each moment until the set has been replaced
    const hits = Array.from({ length: 100 }, async (_, ticks) => {
      while (ticks-- > 0) await Promise.resolve();
      await verify(jwt).catch(() => undefined);
    });
    await Promise.all([loading, ...hits]);
    await expect(verify(jwt)).rejects.toEqual(invalid({ reason: 'ERR_JWKS_NO_MATCHING_KEY' }));
  });

  it('is told from another key with its kid', async () => {
    const keys = vi.fn(() => key.jwk);
    const verify = create({ keys: keys as never });
    const jwt = await sign();
    await verify(jwt);
    expect(await verifications(() => verify(jwt))).toBe(0);
    keys.mockReturnValue(stranger.jwk);
    await expect(verify(jwt)).rejects.toEqual(invalid({ reason: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' }));
    keys.mockReturnValue(key.jwk);
    expect(await verifications(() => verify(jwt))).toBe(1);
  });

  it('counts also where it stays, but not for signatures', async () => {
    for (const change of [{ use: 'enc' }, { key_ops: ['sign'] }, { alg: 'ES384' }]) {
      const keys = vi.fn((): unknown => ({ ...key.jwk }));
      const verify = create({ keys: keys as never });
      const jwt = await sign();
      await verify(jwt);
      expect(await verifications(() => verify(jwt))).toBe(0);
      keys.mockReturnValue({ ...key.jwk, ...change });
      await expect(verify(jwt)).rejects.toEqual(invalid());
    }
  });

  it('is found among several without a kid', async () => {
    const keys = { keys: [{ ...stranger.jwk }, { ...key.jwk }] };
    server.keys = keys.keys;
    const verify = remote();
    const jwt = await sign({}, key, '');
    await verify(jwt);
    expect(await verifications(() => verify(jwt))).toBe(0);
    server.keys = [stranger.jwk, { ...stranger.jwk, kid: 'x' }];
    later(599);
    await verify(await sign({}, key, 'makes the set load again')).catch(() => undefined);
    await expect(verify(jwt)).rejects.toEqual(invalid());
  });

  it('does not count where the set is loaded again with the same key', async () => {
    const verify = remote();
    await verify(await sign({ sub: 'first' }));
    later(300);
    const jwt = await sign();
    await verify(jwt);
    const { requests } = server;
    later(700);
    expect(await verifications(() => verify(jwt))).toBe(0);
    expect(server.requests).toBe(requests + 1);
  });

  it('is looked up for a remembered token as for a new one', async () => {
    const [jwt, other] = [await sign(), await sign({ sub: 'other' })];
    const failures = [
      new MtlsError('ERR_JWKS_TIMEOUT'),
      new MtlsError('ERR_JWKS_MALFORMED'),
      new RangeError('of the caller'),
    ];
    for (const failure of failures) {
      const keys = vi.fn((): unknown => key.jwk);
      const verify = create({ keys: keys as never });
      await verify(jwt);
      keys.mockImplementation(() => {
        throw failure;
      });
      const caught = await Promise.all([jwt, other].map((each) => verify(each).catch((error: unknown) => error)));
      if (isMtlsError(failure)) expect(caught[0]).toMatchObject({ code: 'ERR_TOKEN_UNAVAILABLE', cause: failure });
      expect(caught[0]).toEqual(caught[1]);
      const [remembered, fresh] = keys.mock.calls.slice(-2) as unknown as [[object, object], [object, object]];
      expect(remembered[0]).toEqual(fresh[0]);
      expect(Object.keys(remembered[1]).sort()).toEqual(Object.keys(fresh[1]).sort());
      expect(Object.values(remembered[1]).sort()).toEqual(jwt.split('.').sort());
    }
  });

  it('may have any form that jose takes', async () => {
    const jwt = await sign();
    const cryptoKey = (await importJWK(key.jwk, 'ES256')) as CryptoKey;
    const sealed = (await importJWK({ ...key.jwk, ext: false }, 'ES256', { extractable: false })) as CryptoKey;
    const forms: (() => unknown)[] = [
      () => ({ ...key.jwk }),
      () => cryptoKey,
      () => importJWK(key.jwk, 'ES256'),
      () => createPublicKey({ key: key.jwk as never, format: 'jwk' }),
      () => sealed,
    ];
    for (const [index, form] of forms.entries()) {
      const verify = create({ keys: form as never });
      await verify(jwt);
      expect([index, await verifications(() => verify(jwt))]).toEqual([index, 0]);
    }
    const wrong = vi.fn((): unknown => sealed);
    const verify = create({ keys: wrong as never });
    await verify(jwt);
    const sealedStranger = await importJWK({ ...stranger.jwk, ext: false }, 'ES256', { extractable: false });
    for (const other of ['key', 5, new Uint8Array(32), {}, undefined, sealedStranger]) {
      wrong.mockReturnValueOnce(other).mockReturnValueOnce(other);
      await expect(verify(jwt)).rejects.toEqual(invalid());
    }
  });
});

it.each([null, true, 5, [], { maxEntries: -1 }, { maxEntries: 1.5 }, { maxEntries: '5' }, { maxAge: 5 }])(
  'refuses the option cache: %o',
  (cache) => {
    expect(() => create({ cache: cache as never })).toThrow(TypeError);
  },
);
