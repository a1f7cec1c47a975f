import { createCertificateAuthority } from 'oauth-mtls/testing';
import { createTrust, type TrustOptions } from 'oauth-mtls/trust';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';

const pairs = [
  generateKeyPairSync('ed25519'),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
];

it('does not take a private key in another form for the path of a file', async () => {
  const authority = await createCertificateAuthority();
  const { pem: cert } = await authority.issue({ san: { dns: 'localhost' } });
  for (const { privateKey } of pairs) {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    const keys = [
      ...[der.toString('base64'), der.toString('base64url'), Buffer.from(pem).toString('base64')],
      ...[pem.split('\n').slice(1, -2).join('\n'), JSON.stringify(privateKey.export({ format: 'jwk' }))],
    ];
    for (const key of keys) {
      const secret = key.slice(-30, -4);
      for (const options of [{ server: { key, cert } }, { client: { key, cert } }] satisfies Partial<TrustOptions>[]) {
        const error: unknown = await createTrust({ anchors: authority.pem, ...options }).catch((e: unknown) => e);
        expect(error).toBeInstanceOf(TypeError);
        expect(inspect(error, { depth: 9 })).not.toContain(secret);
      }
    }
  }
});
