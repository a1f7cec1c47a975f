import { constants, generateKeyPairSync, sign, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SignatureScheme } from '../../src/platform/signature-scheme.js';
import { VerificationKey as NodeKey } from '../../src/platform/verify.node.js';
import { VerificationKey as PortableKey } from '../../src/platform/verify.portable.js';

const data = new TextEncoder().encode('signed');

function signed(scheme: SignatureScheme): { spki: Uint8Array; signature: Uint8Array } {
  const { publicKey, privateKey: key } = generate(scheme);
  const hash = 'hash' in scheme ? scheme.hash.replace('-', '').toLowerCase() : null;
  const padding = scheme.name === 'RSA-PSS' ? constants.RSA_PKCS1_PSS_PADDING : undefined;
  const options = padding === undefined ? {} : { padding, saltLength: 20 };
  return {
    spki: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    signature: sign(hash, data, { key, dsaEncoding: 'ieee-p1363', ...options }),
  };
}

function generate(scheme: SignatureScheme): KeyPairKeyObjectResult {
  switch (scheme.name) {
    case 'ECDSA':
      return generateKeyPairSync('ec', { namedCurve: scheme.curve });
    case 'Ed25519':
      return generateKeyPairSync('ed25519');
    case 'Ed448':
      return generateKeyPairSync('ed448');
    case 'ML-DSA-44':
    case 'ML-DSA-65':
    case 'ML-DSA-87':
      // not in the types of Node 20
      return generateKeyPairSync(scheme.name.toLowerCase() as 'ed25519');
    default:
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}

/** Those of ML-DSA, where this runtime has them. */
const mlDsa = (['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const).flatMap((name): [string, SignatureScheme][] => {
  try {
    generate({ name });
    return [[name, { name }]];
  } catch {
    return [];
  }
});

describe.each([
  ['node:crypto', NodeKey],
  ['WebCrypto', PortableKey],
])('a key of %s', (_name, VerificationKey) => {
  it.each<[string, SignatureScheme]>([
    ['RSA PKCS #1 v1.5', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
    ['RSA-PSS', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 20 }],
    ['P-256', { name: 'ECDSA', hash: 'SHA-512', curve: 'P-256' }],
    ['P-384', { name: 'ECDSA', hash: 'SHA-256', curve: 'P-384' }],
    ['P-521', { name: 'ECDSA', hash: 'SHA-512', curve: 'P-521' }],
    ['Ed25519', { name: 'Ed25519' }],
    ['Ed448', { name: 'Ed448' }],
    ...mlDsa,
  ])('verifies %s, and nothing that was changed', async (_what, scheme) => {
    const { spki, signature } = signed(scheme);
    const key = new VerificationKey(spki);
    expect(await key.verify(scheme, data, signature)).toBe(true);
    expect(await key.verify(scheme, data.subarray(1), signature)).toBe(false);
    expect(
      await key.verify(
        scheme,
        data,
        signature.map((octet, at) => (at === 3 ? octet ^ 1 : octet)),
      ),
    ).toBe(false);
    expect(await key.verify(scheme, data, signature.subarray(1))).toBe(false);
    expect(await key.verify(scheme, data, new Uint8Array(0))).toBe(false);
  });

  it('RFC 8017 §8.1.2: refuses an RSASSA-PSS signature without its leading zero', async () => {
    const scheme: SignatureScheme = { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 20 };
    const { publicKey, privateKey } = generate(scheme);
    const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };
    let signature = sign('sha256', data, options);
    // one in 256 begins with a zero
    while (signature[0] !== 0) signature = sign('sha256', data, options);
    const key = new VerificationKey(new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })));
    expect(await key.verify(scheme, data, signature)).toBe(true);
    expect(await key.verify(scheme, data, signature.subarray(1))).toBe(false);
  });

  it.each([
    ['no key at all', Uint8Array.of(0x30, 0x00)],
    ['a point that is not on the curve', notOnCurve()],
  ])('refuses %s', async (_what, spki) => {
    const scheme: SignatureScheme = { name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' };
    const verdict = async (): Promise<boolean> => new VerificationKey(spki).verify(scheme, data, new Uint8Array(64));
    await expect(verdict()).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_PATH_ALGORITHM', detail: { reason: 'runtime' } }),
    );
  });
});

function notOnCurve(): Uint8Array {
  const { spki } = signed({ name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' });
  return spki.fill(1, spki.length - 64);
}
