import { generateKeyPairSync } from 'node:crypto';
import {
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';
import { createConfirmation, type PresentedCertificate, verifyConfirmation } from 'oauth-mtls';
import { createAccessTokenVerifier, type AccessTokenOptions } from 'oauth-mtls/tokens';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JwksServer } from '../jwks/jwks-server.js';

const issuer = 'https://as.example';
const audience = 'https://api.example';

interface Key {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

let key: Key;
let stranger: Key;
let right: PresentedCertificate;
let other: PresentedCertificate;
let server: JwksServer;

beforeAll(async () => {
  key = await createKey('as', 'ES256');
  stranger = await createKey('as', 'ES256');
  right = presented(await selfSignedCertificate());
  other = presented(await selfSignedCertificate());
  server = await JwksServer.start();
  server.keys = [key.jwk];
});
afterAll(() => server.stop());

async function createKey(kid: string, alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

interface Changes {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: object;
  readonly key?: CryptoKey | Uint8Array;
}

function sign({ header = {}, claims = {}, key: signer = key.privateKey }: Changes = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const cnf = createConfirmation(right.certificate);
  return new SignJWT({ iss: issuer, aud: audience, sub: 'client', iat: now, exp: now + 600, cnf, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'as', ...header })
    .sign(signer);
}

const options = (): AccessTokenOptions => ({ keys: { keys: [key.jwk] }, issuer, audience });
const code = (expected: string, detail = {}) =>
  expect.objectContaining({ code: expected, detail: expect.objectContaining(detail) });
const invalid = (detail = {}) => code('ERR_TOKEN_INVALID', detail);

describe('a verified token and its binding', () => {
  it('RFC 8705 §3: refuses another certificate, none, and an unbound token unless policy allows it', async () => {
    const verify = createAccessTokenVerifier(options());
    const bound = await verify(await sign());
    const unbound = await verify(await sign({ claims: { cnf: undefined } }));
    expect(verifyConfirmation(bound, right)).toEqual({ bound: true, thumbprint: right.certificate.thumbprint });
    expect(() => verifyConfirmation(bound, other)).toThrow(code('ERR_CNF_MISMATCH'));
    for (const required of [true, false]) {
      expect(() => verifyConfirmation(bound, undefined, { required })).toThrow(code('ERR_CNF_CERTIFICATE_MISSING'));
    }
    expect(() => verifyConfirmation(unbound, right)).toThrow(code('ERR_CNF_REQUIRED'));
    expect(verifyConfirmation(unbound, right, { required: false })).toEqual({ bound: false });
  });
});

describe('createAccessTokenVerifier', () => {
  const verify = (jwt: string, extra: Partial<AccessTokenOptions> = {}, now?: Date) =>
    createAccessTokenVerifier({ ...options(), ...extra })(jwt, now && { now });

  describe('RFC 9068 §4', () => {
    it.each(['at+jwt', 'AT+JWT', 'application/at+jwt'])('accepts the type %s', async (typ) => {
      expect(await verify(await sign({ header: { typ } }))).toMatchObject({ sub: 'client' });
    });

    it.each(['JWT', 'id_token', 'dpop+jwt', 'at+jwt;', undefined])('refuses the type %s', async (typ) => {
      const jwt = await sign({ header: { typ } });
      await expect(verify(jwt)).rejects.toEqual(invalid({ field: 'typ' }));
      expect(await verify(jwt, { unsafeAllowAnyType: true })).toMatchObject({ sub: 'client' });
    });

    it.each<[string, object]>([
      ['iss', { iss: 'https://evil.example' }],
      ['iss', { iss: `${issuer}/` }],
      ['iss', { iss: [issuer] }],
      ['iss', { iss: undefined }],
      ['aud', { aud: 'https://other.example' }],
      ['aud', { aud: ['https://other.example'] }],
      ['aud', { aud: undefined }],
      ['aud', { aud: { [audience]: true } }],
      ['exp', { exp: undefined }],
      ['exp', { exp: '2999999999' }],
      ['exp', { exp: 1 }],
      ['nbf', { nbf: 2_999_999_999 }],
    ])('refuses a token by its %s: %o', async (field, claims) => {
      await expect(verify(await sign({ claims }))).rejects.toEqual(invalid({ field }));
    });

    it('accepts one of several audiences on either side', async () => {
      expect(
        await verify(await sign({ claims: { aud: ['x', audience] } }), { audience: ['y', audience] }),
      ).toBeDefined();
    });

    it('ends with the second that exp names, by the clock it is given', async () => {
      const exp = 1_700_000_000;
      const jwt = await sign({ claims: { exp, iat: exp - 600 } });
      expect(await verify(jwt, {}, new Date(exp * 1000 - 1))).toBeDefined();
      await expect(verify(jwt, {}, new Date(exp * 1000))).rejects.toEqual(invalid({ reason: 'ERR_JWT_EXPIRED' }));
      expect(await verify(jwt, { clockTolerance: 5 }, new Date(exp * 1000 + 4999))).toBeDefined();
      await expect(verify(jwt, { clockTolerance: 5 }, new Date(exp * 1000 + 5000))).rejects.toEqual(invalid());
    });

    it('asks for further claims where it is told to', async () => {
      await expect(verify(await sign(), { requiredClaims: ['jti'] })).rejects.toEqual(invalid({ field: 'jti' }));
    });
  });

  describe('signatures', () => {
    it('RFC 9068 §4: refuses none', async () => {
      const jwt = new UnsecuredJWT({ iss: issuer, aud: audience, exp: 2_999_999_999 }).encode();
      await expect(verify(jwt)).rejects.toEqual(invalid());
      await expect(
        verify(jwt.replace(/^[^.]+/, Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url'))),
      ).rejects.toEqual(invalid());
    });

    it('refuses a shared secret, also one made of the public key', async () => {
      const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
      const jwt = await sign({ header: { alg: 'HS256' }, key: secret });
      await expect(verify(jwt)).rejects.toEqual(invalid({ reason: 'ERR_JOSE_ALG_NOT_ALLOWED' }));
      const keys = { keys: [{ kty: 'oct', k: Buffer.from(secret).toString('base64url'), kid: 'as', alg: 'HS256' }] };
      await expect(verify(jwt, { keys })).rejects.toEqual(invalid({ reason: 'ERR_JOSE_ALG_NOT_ALLOWED' }));
    });

    it.each(['none', 'HS256', 'RSA-OAEP', ''])('cannot be told to allow %o', (alg) => {
      expect(() => createAccessTokenVerifier({ ...options(), algorithms: [alg as 'ES256'] })).toThrow(TypeError);
    });

    it('refuses an algorithm that is not on the list', async () => {
      await expect(verify(await sign(), { algorithms: ['PS256'] })).rejects.toEqual(
        invalid({ reason: 'ERR_JOSE_ALG_NOT_ALLOWED' }),
      );
    });

    it('refuses the key of another, a changed claim, and whatever is no JWT', async () => {
      const jwt = await sign();
      const [head, , signature] = jwt.split('.');
      const changed = [head, Buffer.from('{"iss":"https://as.example"}').toString('base64url'), signature].join('.');
      const wrong = [await sign({ key: stranger.privateKey }), changed, 'a.b.c', jwt.slice(0, -1)];
      for (const each of wrong) await expect(verify(each)).rejects.toEqual(invalid());
      // RFC 7515 §2, §7.1: neither white space, nor other parts than three
      for (const each of ['', 'x', `${jwt}.`, `${jwt}\n`, ` ${jwt}`, jwt.replace('.', ' .'), 'eyJhbGciOiJkaXIifQ....'])
        await expect(verify(each)).rejects.toEqual(invalid({ reason: 'syntax' }));
    });

    it('RFC 4648 §3.5: takes a token in one spelling only', async () => {
      // with payloads of three lengths, so that each part of a token ends in each way
      for (const sub of ['a', 'ab', 'abc']) {
        const jwt = await sign({ claims: { sub } });
        await verify(jwt);
        const parts = jwt.split('.') as [string, string, string];
        for (const [place, part] of parts.entries()) {
          const octets = Buffer.from(part, 'base64url');
          const spellings = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
            .map((last) => part.slice(0, -1) + last)
            .filter((each) => each !== part && Buffer.from(each, 'base64url').equals(octets));
          expect(spellings).toHaveLength([0, NaN, 15, 3][part.length % 4]!);
          for (const each of [...spellings, `${part}=`]) {
            const other = parts.with(place, each).join('.');
            await expect(verify(other)).rejects.toEqual(invalid({ reason: 'syntax' }));
          }
        }
      }
    });

    it('does not follow a key that the token brings along', async () => {
      const jwt = await sign({ key: stranger.privateKey, header: { jwk: stranger.jwk, jku: server.uri } });
      const { requests } = server;
      await expect(verify(jwt)).rejects.toEqual(invalid());
      expect(server.requests).toBe(requests);
    });

    it('refuses a critical header that nobody understands', async () => {
      const jwt = await new SignJWT({ iss: issuer, aud: audience, exp: 2_999_999_999 })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', crit: ['x'], x: 1 })
        .sign(key.privateKey, { crit: { x: true } });
      await expect(verify(jwt)).rejects.toEqual(invalid());
    });

    it('tries each key that fits a token without kid', async () => {
      const keys = { keys: [stranger.jwk, key.jwk] };
      const jwt = await sign({ header: { kid: undefined } });
      expect(await verify(jwt, { keys })).toMatchObject({ sub: 'client' });
      const third = await createKey('x', 'ES256');
      await expect(verify(await sign({ header: { kid: undefined }, key: third.privateKey }), { keys })).rejects.toEqual(
        invalid({ reason: 'signature' }),
      );
      const expired = await sign({ header: { kid: undefined }, claims: { exp: 1 } });
      await expect(verify(expired, { keys })).rejects.toEqual(invalid({ reason: 'ERR_JWT_EXPIRED' }));
    });
  });

  describe('keys', () => {
    const url = { unsafeAllowHttp: true };

    it('are loaded from a URL once', async () => {
      const before = server.requests;
      for (const keys of [server.uri, new URL(server.uri)]) {
        const verifier = createAccessTokenVerifier({ ...options(), ...url, keys });
        for (let i = 0; i < 3; i++) expect(await verifier(await sign())).toMatchObject({ sub: 'client' });
      }
      expect(server.requests - before).toBe(2);
    });

    it('are not loaded again for each token with an unknown kid', async () => {
      const verifier = createAccessTokenVerifier({ ...options(), ...url, keys: server.uri });
      await verifier(await sign());
      const before = server.requests;
      for (let i = 0; i < 5; i++)
        await expect(verifier(await sign({ header: { kid: `unknown-${i}` } }))).rejects.toEqual(invalid());
      expect(server.requests).toBe(before);
    });

    it('are not loaded again for each token with an unknown kid while their server is down', async () => {
      const { answer } = server;
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        const verifier = createAccessTokenVerifier({ ...options(), ...url, keys: server.uri });
        const [known, unknown] = [await sign(), await sign({ header: { kid: 'unknown' } })];
        await verifier(known);
        vi.setSystemTime(Date.now() + 30_000);
        server.answer = (_request, response) => response.writeHead(503).end();
        const before = server.requests;
        for (let i = 0; i < 5; i++) await expect(verifier(unknown)).rejects.toEqual(code('ERR_TOKEN_UNAVAILABLE'));
        expect(server.requests - before).toBe(1);
        expect(await verifier(known)).toMatchObject({ sub: 'client' });
        server.answer = answer;
        vi.setSystemTime(Date.now() + 30_000);
        await expect(verifier(unknown)).rejects.toEqual(invalid());
        expect(server.requests - before).toBe(2);
      } finally {
        server.answer = answer;
        vi.useRealTimers();
      }
    });

    it('are used for an hour while they cannot be loaded again, with one load in a cool-down', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        const start = Date.now();
        let loads = 0;
        let up = true;
        const verifier = createAccessTokenVerifier({
          ...options(),
          cache: false,
          keys: 'https://as.example/jwks',
          fetch: async () => {
            loads++;
            return up ? Response.json({ keys: [key.jwk] }) : new Response('{"keys":5}');
          },
        });
        const jwt = await sign({ claims: { exp: Math.floor(start / 1000) + 100_000 } });
        await verifier(jwt);
        up = false;
        for (const minutes of [11, 30, 59]) {
          loads = 0;
          vi.setSystemTime(start + minutes * 60_000);
          for (let i = 0; i < 200; i++) await verifier(jwt);
          expect(loads).toBe(1);
        }
        vi.setSystemTime(start + 61 * 60_000);
        await expect(verifier(jwt)).rejects.toEqual(code('ERR_TOKEN_UNAVAILABLE'));
        up = true;
        vi.setSystemTime(start + 62 * 60_000);
        await verifier(jwt);
      } finally {
        vi.useRealTimers();
      }
    });

    it('are asked for once in a cool-down where they have never been loaded', async () => {
      let loads = 0;
      const fetch = async () => {
        loads++;
        return new Response('', { status: 500 });
      };
      const verifier = createAccessTokenVerifier({ ...options(), keys: 'https://as.example/jwks', fetch });
      const jwt = await sign();
      for (let i = 0; i < 300; i++) await expect(verifier(jwt)).rejects.toEqual(code('ERR_TOKEN_UNAVAILABLE'));
      expect(loads).toBe(1);
    });

    it('RFC 7517 §5: that cannot be used are ignored, where a token without kid may be of another', async () => {
      const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
      const strong = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const set = { keys: [weak, strong.publicKey.export({ format: 'jwk' })] };
      const jwt = await new SignJWT({ sub: 'client', iss: issuer, aud: audience, exp: 4_000_000_000 })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
        .sign(strong.privateKey);
      expect(await verify(jwt, { keys: set as never })).toMatchObject({ sub: 'client' });
    });

    it('may come from a function', async () => {
      const keys = ({ kid }: { kid?: string }) => (kid === 'as' ? key.jwk : undefined);
      expect(await verify(await sign(), { keys: keys as never })).toMatchObject({ sub: 'client' });
      await expect(verify(await sign({ header: { kid: 'x' } }), { keys: keys as never })).rejects.toEqual(invalid());
      const remote = createRemoteJWKSet(new URL(server.uri));
      expect(await verify(await sign(), { keys: remote })).toMatchObject({ sub: 'client' });
    });

    it('that cannot be loaded are no fault of the token', async () => {
      const jwt = await sign();
      const unavailable = code('ERR_TOKEN_UNAVAILABLE');
      await expect(verify(jwt, { ...url, keys: 'http://127.0.0.1:9/jwks' })).rejects.toEqual(unavailable);
      for (const fetch of [
        async () => new Response('no JSON'),
        async () => new Response('{"keys":5}'),
        async () => new Response('', { status: 500 }),
        async () => new Response(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`),
        async () => Promise.reject(new Error('down')),
      ]) {
        await expect(verify(jwt, { keys: 'https://as.example/jwks', fetch })).rejects.toEqual(unavailable);
      }
      await expect(
        verify(jwt, { keys: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'as' }] } }),
      ).rejects.toEqual(unavailable);
    });

    it('that do not go with the algorithm of a token are a fault of the token', async () => {
      const rsa = await createKey('as', 'RS256');
      const jwt = await sign({ header: { alg: 'RS256' }, key: rsa.privateKey });
      const { publicKey } = await generateKeyPair('ES256');
      for (const keys of [() => publicKey, () => key.jwk]) {
        await expect(verify(jwt, { keys: keys as never })).rejects.toEqual(invalid({ reason: 'key' }));
      }
    });

    it('of a function that throws are for the caller', async () => {
      const broken = () => {
        throw new RangeError('x');
      };
      await expect(verify(await sign(), { keys: broken })).rejects.toThrow(RangeError);
    });

    it.each([undefined, null, 5, {}, { keys: 'x' }, 'jwks', 'http://as.example/jwks', 'file:///etc/passwd'])(
      'are refused at once where they are none: %o',
      (keys) => {
        const create = (extra: object) => () =>
          createAccessTokenVerifier({ ...options(), keys: keys as never, ...extra });
        expect(create({})).toThrow(TypeError);
        expect(create({})).toThrow(keys === undefined ? '"keys" is required' : '"keys" must be a JWK Set');
        if (keys !== 'http://as.example/jwks') expect(create(url)).toThrow(TypeError);
      },
    );

    it('are kept for ten minutes, and unknown ones are looked for every 30 seconds', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        const begin = Date.now();
        const requested: string[] = [];
        const fetch = async (address: string) => {
          requested.push(address);
          return Response.json({ keys: [key.jwk] });
        };
        const verifier = createAccessTokenVerifier({
          ...options(),
          keys: 'https://as.example/jwks',
          cache: false,
          fetch,
        });
        const exp = Math.floor(begin / 1000) + 100_000;
        const [known, unknown] = [
          await sign({ claims: { exp } }),
          await sign({ claims: { exp }, header: { kid: 'x' } }),
        ];
        for (const [age, jwt, loads] of [
          [0, known, 1],
          [29_999, unknown, 1],
          [30_000, unknown, 2],
          [629_999, known, 2],
          [630_000, known, 3],
        ] as const) {
          vi.setSystemTime(begin + age);
          await verifier(jwt).catch((error: unknown) => expect(error).toEqual(invalid()));
          expect([age, requested.length]).toEqual([age, loads]);
        }
        expect(new Set(requested)).toEqual(new Set(['https://as.example/jwks']));
      } finally {
        vi.useRealTimers();
      }
    });

    it('of an issuer inside the network are loaded', async () => {
      const fetch = async () => Response.json({ keys: [key.jwk] });
      expect(await verify(await sign(), { keys: 'https://10.0.0.1/jwks', fetch })).toMatchObject({ sub: 'client' });
    });

    it('that cannot be loaded keep the cause', async () => {
      const cause = new TypeError('network');
      const failing = verify(await sign(), { keys: 'https://as.example/jwks', fetch: () => Promise.reject(cause) });
      await expect(failing).rejects.toMatchObject({ code: 'ERR_TOKEN_UNAVAILABLE', detail: { reason: 'keys' }, cause });
    });

    it.each([undefined, null])('that a function does not find, as %s, are a fault of the token', async (found) => {
      const keys = (() => found) as never;
      await expect(verify(await sign(), { keys })).rejects.toEqual(invalid({ reason: 'ERR_JWKS_NO_MATCHING_KEY' }));
    });
  });

  it.each<object>([
    { issuer: undefined },
    { issuer: '' },
    { issuer: ['https://as.example'] },
    { audience: undefined },
    { audience: '' },
    { audience: [] },
    { audience: [undefined] },
    { algorithms: [] },
    { clockTolerance: -1 },
    { clockTolerance: NaN },
    { clockTolerance: '5' },
    { keys: 'http://as.example/jwks', unsafeAllowHttp: 'false' },
  ])('throws a TypeError at once for %o', (wrong) => {
    expect(() => createAccessTokenVerifier({ ...options(), ...wrong })).toThrow(TypeError);
  });

  it('throws a TypeError for a token that is no text, and for a moment that is none', async () => {
    const noText = new TypeError('An access token must be a string');
    for (const token of [undefined, null, 5, [await sign()]])
      await expect(verify(token as never)).rejects.toThrow(noText);
    await expect(verify(await sign(), {}, new Date(NaN))).rejects.toThrow('"now"');
  });

  it('never puts the token into an error', async () => {
    const jwt = await sign({ claims: { exp: 1 } });
    const error = (await verify(jwt).catch((thrown: unknown) => thrown)) as Error;
    for (let each: unknown = error; each instanceof Error; each = each.cause) {
      expect(`${each.message} ${each.stack} ${JSON.stringify(each)}`).not.toContain(jwt.split('.')[2]);
    }
  });
});
