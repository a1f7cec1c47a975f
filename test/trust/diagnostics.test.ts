import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createReloadingPathVerifier } from 'oauth-mtls/pki';
import { createTrust, type ExpiringMessage, type ReloadMessage } from 'oauth-mtls/trust';
import type { TestAuthority, TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority, serverCertificate } from './authorities.js';

const DAY = 86_400_000;
let root: TestAuthority;
let server: TestCertificate;
let reloads: ReloadMessage[];
let expiring: ExpiringMessage[];
const onReload = (message: unknown) => void reloads.push(message as ReloadMessage);
const onExpiring = (message: unknown) => void expiring.push(message as ExpiringMessage);

beforeAll(async () => {
  root = await createAuthority('Root');
  server = await serverCertificate(root);
});
beforeEach(() => {
  [reloads, expiring] = [[], []];
  subscribe('oauth-mtls:reload', onReload);
  subscribe('oauth-mtls:expiring', onExpiring);
});
afterEach(() => {
  unsubscribe('oauth-mtls:reload', onReload);
  unsubscribe('oauth-mtls:expiring', onExpiring);
});

const FAILED = { outcome: 'failed', changed: [], neverLoaded: false } as const;
const RELOADED = { outcome: 'reloaded', source: undefined, code: undefined, reason: undefined, neverLoaded: false };

describe('oauth-mtls:reload', () => {
  it('has one message for each replacement and each failure of createTrust, without credentials', async () => {
    let anchors: () => Promise<string> = () => Promise.resolve(root.pem);
    let key = server.privateKeyPem;
    const trust = await createTrust({
      anchors: () => anchors(),
      server: { key: () => Promise.resolve(key), cert: server.chainPem },
    });
    const next = await createAuthority('Next Root');
    anchors = () => Promise.resolve(root.pem + next.pem);
    await trust.reload();
    anchors = () => Promise.reject(new Error('SECRET'));
    key = next.privateKeyPem;
    await trust.reload();
    trust.close();
    expect(reloads[0]).toEqual({ ...RELOADED, changed: ['path'] });
    expect(reloads.slice(1)).toContainEqual({
      ...FAILED,
      source: 'anchors[0]',
      code: 'ERR_TRUST_SOURCE',
      reason: 'unreadable',
    });
    expect(reloads.slice(1)).toContainEqual({
      ...FAILED,
      source: 'server.cert',
      code: 'ERR_TRUST_SOURCE',
      reason: 'key-mismatch',
    });
    expect(JSON.stringify(reloads)).not.toMatch(/SECRET|PRIVATE|BEGIN/);
    expect(reloads.every((message) => Object.isFrozen(message) && Object.isFrozen(message.changed))).toBe(true);
  });

  it.each(['require', 'if-available'] as const)(
    'and the status name a source of CRLs that has never answered, with revocation %s',
    async (revocation) => {
      let crl: (() => Promise<Uint8Array>) | undefined;
      const trust = await createTrust({
        anchors: root.pem,
        crls: () => crl?.() ?? Promise.reject(new Error('down')),
        revocation,
      });
      expect(trust.status.neverLoaded).toEqual(['crls[0]']);
      expect(reloads).toEqual([
        { ...FAILED, source: 'crls[0]', code: 'ERR_TRUST_SOURCE', reason: 'unreadable', neverLoaded: true },
      ]);
      const { der } = await root.crl();
      crl = () => Promise.resolve(der);
      await trust.reload();
      expect(trust.status.neverLoaded).toEqual([]);
      crl = undefined;
      await trust.reload();
      expect(reloads.at(-1)).toMatchObject({ outcome: 'failed', source: 'crls[0]', neverLoaded: false });
      trust.close();
    },
  );

  it('has one message for each load of createReloadingPathVerifier but the first', async () => {
    let load = () => Promise.resolve({ trustAnchors: [root.pem] });
    const verifier = await createReloadingPathVerifier({ load: () => load() });
    expect(reloads).toEqual([]);
    await verifier.reload();
    load = () => Promise.reject(new Error('SECRET'));
    await verifier.reload().catch(() => undefined);
    verifier.close();
    expect(reloads).toEqual([
      { ...RELOADED, changed: ['path'] },
      { ...FAILED, source: undefined, code: undefined, reason: undefined },
    ]);
  });
});

describe('oauth-mtls:expiring', () => {
  it('has one message for each thing that expires soon, of both', async () => {
    const when = new Date(Math.floor((Date.now() + 5 * DAY) / 1000) * 1000);
    const { der } = await root.crl({ nextUpdate: when });
    const trust = await createTrust({ anchors: root.pem, crls: der });
    await trust.reload();
    trust.close();
    expect(expiring).toEqual([{ what: 'crl', when }]);
    const load = () => Promise.resolve({ trustAnchors: [root.pem], crls: [der] });
    const verifier = await createReloadingPathVerifier({ load });
    await verifier.reload();
    verifier.close();
    expect(expiring).toEqual([
      { what: 'crl', when },
      { what: 'crl', when },
    ]);
  });
});
