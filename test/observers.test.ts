import { remoteJwks } from 'oauth-mtls/jwks';
import { createReloadingPathVerifier } from 'oauth-mtls/pki';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

/* An observer that fails ends nothing: a rejection that is not handled would end the process, and this run. */
const failing: readonly (readonly [name: string, observer: () => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('observer');
    },
  ],
  ['rejects', async () => Promise.reject(new Error('observer'))],
  ['rejects later', () => new Promise((_, reject) => setImmediate(reject, undefined))],
];
const fetch = () => Promise.reject(new Error('network'));
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

describe.each(failing)('an observer that %s', (_how, observer) => {
  it('does not change what remoteJwks answers', async () => {
    const source = remoteJwks('https://client.example.com/jwks', { fetch, onFailure: observer });
    await expect(source.find('x')).rejects.toMatchObject({ code: 'ERR_JWKS_UNREACHABLE' });
    await settled();
  });

  it('does not change what a path verifier that reloads does', async () => {
    const { pem } = await createCertificateAuthority();
    let fails = false;
    const verifier = await createReloadingPathVerifier({
      load: async () => (fails ? Promise.reject(new Error('load')) : { trustAnchors: [pem] }),
      onReload: observer,
      onFailure: observer,
    });
    fails = true;
    await expect(verifier.reload()).rejects.toThrow('load');
    await settled();
    verifier.close();
  });
});
