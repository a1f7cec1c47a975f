import { remoteJwks } from 'oauth-mtls/jwks';
import { createReloadingPathVerifier } from 'oauth-mtls/pki';
import { createSpiffeTrust, verifyX509Svid } from 'oauth-mtls/spiffe';
import { createCertificateAuthority, createSpiffeAuthority, presented } from 'oauth-mtls/testing';
import { createTrust } from 'oauth-mtls/trust';
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

  it('does not change what createTrust does', async () => {
    const { pem } = await createCertificateAuthority({ notAfter: new Date(Date.now() + 60_000) });
    let fails = false;
    const called: string[] = [];
    const observe = (name: string) => () => {
      called.push(name);
      return observer();
    };
    const trust = await createTrust({
      anchors: () => (fails ? Promise.reject(new Error('source')) : Promise.resolve(pem)),
      onReload: observe('onReload'),
      onFailure: observe('onFailure'),
      onExpiring: observe('onExpiring'),
    });
    fails = true;
    await trust.reload().catch(() => undefined);
    await settled();
    expect(called).toContain('onFailure');
    expect(trust.status.lastFailure).toMatchObject({ cause: { message: 'source' } });
    trust.close();
  });

  it('does not change what createSpiffeTrust does', async () => {
    let called = 0;
    const trust = createSpiffeTrust({
      trustDomains: { 'example.org': { bundleEndpoint: { url: 'https://bundles.example.com/' } } },
      fetch,
      onFailure: () => {
        called++;
        return observer();
      },
    });
    const svid = await (await createSpiffeAuthority('example.org')).issueSvid();
    await expect(verifyX509Svid(presented(svid), trust)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_SPIFFE/),
    });
    await settled();
    expect(called).toBeGreaterThan(0);
  });
});
