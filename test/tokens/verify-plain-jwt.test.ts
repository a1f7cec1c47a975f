import { createHmac, generateKeyPairSync, sign as signBytes, type KeyObject, type webcrypto } from 'node:crypto';
import { exportJWK, importJWK, type CryptoKey, type JWK, type JWTVerifyOptions } from 'jose';
import { isMtlsError } from 'oauth-mtls';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ASYMMETRIC_ALGORITHMS, verifyJwt } from '../../src/tokens/verify-jwt.js';
import { createPlainJwtVerifier } from '../../src/tokens/verify-plain-jwt.js';

const NOW = 1_700_000_000;
const OPTIONS: JWTVerifyOptions = {
  issuer: 'https://as.example',
  audience: ['https://api.example'],
  typ: 'at+jwt',
  algorithms: [...ASYMMETRIC_ALGORITHMS],
  requiredClaims: ['exp'],
  clockTolerance: 0,
  currentDate: new Date(NOW * 1000),
};
const CLAIMS = { iss: 'https://as.example', aud: 'https://api.example', exp: NOW + 60, sub: 'client' };

type Alg =
  'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519';
const PLAIN: readonly Alg[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'EdDSA', 'Ed25519'];
const ALGS: readonly Alg[] = [...PLAIN, 'ES384', 'ES512'];

const pairs = new Map<string, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>();
beforeAll(() => {
  for (const curve of ['P-256', 'P-384', 'P-521']) pairs.set(curve, generateKeyPairSync('ec', { namedCurve: curve }));
  pairs.set('RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }));
  pairs.set('RSA-1024', generateKeyPairSync('rsa', { modulusLength: 1024 }));
  pairs.set('Ed25519', generateKeyPairSync('ed25519'));
  pairs.set('other', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
});

const CURVES: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', EdDSA: 'Ed25519' };
const pairOf = (alg: string) => pairs.get(CURVES[alg] ?? (alg === 'Ed25519' ? alg : 'RSA'))!;
const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const publicKey = async (alg: string, jwk: JWK = {}): Promise<CryptoKey> =>
  (await importJWK({ ...(await exportJWK(pairOf(alg).publicKey)), ...jwk }, alg)) as CryptoKey;

interface Signing {
  readonly header?: unknown;
  readonly claims?: unknown;
  readonly key?: KeyObject;
  /** The algorithm that is really used. */
  readonly by?: string;
  readonly saltLength?: number;
}

/** By node:crypto, since jose signs nothing that is wrong. */
function sign(alg: Alg, { header, claims = CLAIMS, by = alg, saltLength, ...rest }: Signing = {}): string {
  const input = [encode(header ?? { alg, typ: 'at+jwt', kid: 'as' }), encode(claims)]
    .map((part) => part.toString('base64url'))
    .join('.');
  const key = rest.key ?? pairOf(by).privateKey;
  const hash = by.startsWith('Ed') ? null : `sha${by.slice(2)}`;
  const pss = by.startsWith('PS') && { padding: 6, saltLength: saltLength ?? Number(by.slice(2)) / 8 };
  const signature = signBytes(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363', ...pss });
  return `${input}.${signature.toString('base64url')}`;
}

interface Outcome {
  readonly claims?: unknown;
  readonly header?: unknown;
  readonly refusal?: object;
}

async function outcome(work: () => ReturnType<typeof verifyJwt>): Promise<Outcome> {
  try {
    const { claims, header } = await work();
    return { claims, header };
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return { refusal: { code: error.code, detail: error.detail } };
  }
}

/** What jose decides, after it is found to be the same with the plain verifier, and the key was asked for once. */
async function decided(jwt: string, key: unknown, options = OPTIONS): Promise<Outcome> {
  const finds = vi.fn(() => key as CryptoKey);
  const byJose = await outcome(() => verifyJwt(jwt, () => key as CryptoKey, options));
  const plain = createPlainJwtVerifier();
  for (let again = 0; again < 2; again++)
    expect(await outcome(() => verifyJwt(jwt, finds, options, plain))).toEqual(byJose);
  expect(finds.mock.calls.length).toBeLessThanOrEqual(2);
  return byJose;
}

describe.each(ALGS)('%s, decided as jose decides', (alg) => {
  it('accepts what is signed, on the calling thread where that is faster', async () => {
    const jwt = sign(alg);
    const key = await publicKey(alg);
    expect(await decided(jwt, key)).toMatchObject({ claims: { sub: 'client' }, header: { alg, kid: 'as' } });
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await verifyJwt(jwt, () => key, OPTIONS, createPlainJwtVerifier());
    expect(verify).toHaveBeenCalledTimes(PLAIN.includes(alg) ? 0 : 1);
    verify.mockRestore();
  });

  it('refuses each flipped bit', async () => {
    const key = await publicKey(alg);
    const parts = sign(alg)
      .split('.')
      .map((part) => Buffer.from(part, 'base64url'));
    for (const [index, part] of parts.entries()) {
      for (let bit = index; bit < part.length * 8; bit += 101) {
        const changed = parts.map((each) => Buffer.from(each));
        changed[index]![bit >> 3]! ^= 1 << (bit & 7);
        const jwt = changed.map((each) => each.toString('base64url')).join('.');
        expect(await decided(jwt, key)).toHaveProperty('refusal');
      }
    }
  });

  it('refuses signatures of another length or form', async () => {
    const key = await publicKey(alg);
    const jwt = sign(alg);
    const [header, payload, text] = jwt.split('.') as [string, string, string];
    const signature = Buffer.from(text, 'base64url');
    const half = signature.length / 2;
    const forms: [string, Buffer][] = [
      ['short', signature.subarray(1)],
      ['cut', signature.subarray(0, -1)],
      ['with an octet before', Buffer.concat([Buffer.of(0), signature])],
      ['with an octet after', Buffer.concat([signature, Buffer.of(0)])],
      ['twice', Buffer.concat([signature, signature])],
      ['zeros', Buffer.alloc(signature.length)],
      ['ones', Buffer.alloc(signature.length, 0xff)],
      ['halves exchanged', Buffer.concat([signature.subarray(half), signature.subarray(0, half)])],
      ['r of zeros', Buffer.concat([Buffer.alloc(half), signature.subarray(half)])],
      ['s of zeros', Buffer.concat([signature.subarray(0, half), Buffer.alloc(half)])],
      ['one octet', Buffer.of(1)],
      ['huge', Buffer.alloc(100_000, 1)],
      ['DER', signBytes('sha256', Buffer.from(`${header}.${payload}`), pairs.get('P-256')!.privateKey)],
    ];
    for (const [name, form] of forms) {
      const result = await decided(`${header}.${payload}.${form.toString('base64url')}`, key);
      expect([name, Object.keys(result)]).toEqual([name, ['refusal']]);
    }
    // not what base64url writes: padding, bits after the last octet, a single character
    for (const form of [`${text}=`, `${text.slice(0, -1)}${text.endsWith('_') ? '-' : '_'}`, `${text}A`, 'A'])
      await decided(`${header}.${payload}.${form}`, key);
  });

  it('refuses a key or an algorithm of another kind', async () => {
    for (const other of ALGS) {
      const same = other === alg || [other, alg].every((each) => each.startsWith('Ed'));
      const byOther = await decided(sign(alg, { by: other }), await publicKey(alg));
      expect([other, 'claims' in byOther]).toEqual([other, same]);
      const withOther = await decided(sign(alg), await publicKey(other));
      expect([other, 'claims' in withOther]).toEqual([other, same]);
    }
    const algorithms = ASYMMETRIC_ALGORITHMS.filter((each) => each !== alg);
    expect(await decided(sign(alg), await publicKey(alg), { ...OPTIONS, algorithms })).toHaveProperty('refusal');
  });

  it('takes the keys that jose takes', async () => {
    const jwt = sign(alg);
    const { publicKey: keyObject, privateKey } = pairOf(alg);
    const jwk = await exportJWK(keyObject);
    const sealed = await importJWK(jwk, alg, { extractable: false });
    const unusable = [await importJWK(await exportJWK(privateKey), alg), privateKey, new Uint8Array(32), {}, 'key'];
    for (const key of [keyObject, { ...jwk }, sealed]) expect(await decided(jwt, key)).toHaveProperty('claims');
    for (const key of unusable) expect(await decided(jwt, key)).toHaveProperty('refusal');
  });

  it('reads the header as jose does', async () => {
    const key = await publicKey(alg);
    const headers: unknown[] = [
      { alg },
      { alg, typ: 'AT+JWT' },
      { alg, typ: 'application/at+jwt' },
      { alg, typ: 'JWT' },
      { alg, typ: ['at+jwt'] },
      { alg, typ: null },
      `{"alg":"${alg}","typ":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      { alg, typ: 'at+jwt', kid: 5 },
      { alg, typ: 'at+jwt', kid: { toString: 'x' } },
      { alg, typ: 'at+jwt', crit: ['b64'], b64: false },
      { alg, typ: 'at+jwt', crit: ['x'], x: 1 },
      { alg, typ: 'at+jwt', b64: false },
      { alg, typ: 'at+jwt', zip: 'DEF', x5c: ['x'] },
      { alg: 'none', typ: 'at+jwt' },
      { alg: 'HS256', typ: 'at+jwt' },
      { alg: alg.toLowerCase(), typ: 'at+jwt' },
      { alg: [alg], typ: 'at+jwt' },
      { typ: 'at+jwt' },
      `{"alg":"none","alg":"${alg}","typ":"at+jwt"}`,
      `{"alg":"${alg}","alg":"none","typ":"at+jwt"}`,
      `{"alg":"${alg}","typ":"at+jwt","__proto__":{"crit":["x"]}}`,
      ` {"alg":"${alg}","typ":"at+jwt"} `,
      `\uFEFF{"alg":"${alg}","typ":"at+jwt"}`,
      `["${alg}"]`,
      'null',
      '{',
    ];
    for (const header of headers) await decided(sign(alg, { header }), key);
  });

  it('reads the claims as jose does', async () => {
    const key = await publicKey(alg);
    const claims: unknown[] = [
      { ...CLAIMS, aud: ['x', 'https://api.example'] },
      { ...CLAIMS, aud: 'https://api.example/' },
      { ...CLAIMS, iss: ['https://as.example'] },
      { ...CLAIMS, exp: NOW },
      { ...CLAIMS, exp: String(NOW + 60) },
      { ...CLAIMS, exp: null },
      { ...CLAIMS, nbf: NOW + 1 },
      { ...CLAIMS, nbf: '1' },
      { ...CLAIMS, iat: 'now' },
      { ...CLAIMS, exp: undefined },
      `{"iss":"https://as.example","aud":"https://api.example","exp":1e999}`,
      `{"iss":"https://as.example","aud":"https://api.example","exp":${NOW + 60},"__proto__":{"exp":1}}`,
      [CLAIMS],
      'null',
      '{}',
      '',
      '{"iss":',
    ];
    for (const each of claims) await decided(sign(alg, { claims: each }), key);
  });
});

it('is strict about RSA as jose is', async () => {
  for (const alg of ['RS256', 'PS256'] as const) {
    const { publicKey: weak, privateKey } = pairs.get('RSA-1024')!;
    const key = await crypto.subtle.importKey(
      'jwk',
      (await exportJWK(weak)) as webcrypto.JsonWebKey,
      { name: alg === 'RS256' ? 'RSASSA-PKCS1-v1_5' : 'RSA-PSS', hash: 'SHA-256' },
      true,
      ['verify'],
    );
    expect(await decided(sign(alg, { key: privateKey }), key)).toHaveProperty('refusal');
  }
  for (const saltLength of [0, 20, 31, 33])
    expect(await decided(sign('PS256', { saltLength }), await publicKey('PS256'))).toHaveProperty('refusal');
  const secret = pairOf('RS256').publicKey.export({ format: 'pem', type: 'spki' });
  const input = sign('RS256', { header: { alg: 'HS256', typ: 'at+jwt' } })
    .split('.')
    .slice(0, 2)
    .join('.');
  const mac = createHmac('sha256', secret).update(input).digest('base64url');
  expect(await decided(`${input}.${mac}`, await publicKey('RS256'))).toHaveProperty('refusal');
});

it('asks for usages', async () => {
  const jwk = await exportJWK(pairOf('ES256').publicKey);
  const key = await crypto.subtle.importKey(
    'jwk',
    jwk as webcrypto.JsonWebKey,
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    [],
  );
  expect(await decided(sign('ES256'), key)).toHaveProperty('refusal');
});

it('returns the claims that are signed, whatever the function of the caller does to its arguments', async () => {
  const key = await publicKey('ES256');
  const payload = encode({ ...CLAIMS, sub: 'admin' }).toString('base64url');
  const keys = (header: object, token: object) => {
    Object.assign(header, { alg: 'none', typ: 'JWT' });
    Object.assign(token, { payload, protected: payload, signature: payload });
    return key;
  };
  for (const plain of [undefined, createPlainJwtVerifier()])
    expect(await outcome(() => verifyJwt(sign('ES256'), keys, OPTIONS, plain))).toMatchObject({ claims: CLAIMS });
});

it.each([undefined, null, 'key', 5, true, {}, new Uint8Array(32)])('leaves the key %o to jose', async (key) => {
  const verify = createPlainJwtVerifier();
  expect(await verify(sign('ES256'), () => key as never, OPTIONS)).toBeUndefined();
});
