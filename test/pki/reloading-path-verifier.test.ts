import { authenticateClient, toErrorResponse } from 'oauth-mtls';
import {
  createReloadingPathVerifier,
  type PathVerifierOptions,
  type ReloadingPathVerifier,
  type ReloadingPathVerifierOptions,
} from 'oauth-mtls/pki';
import { createCertificateAuthority, presented, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '../wait-until.js';

const DAY = 86_400_000;
let oldRoot: TestAuthority;
let newRoot: TestAuthority;
let oldClient: TestCertificate;
let newClient: TestCertificate;

/** What the next load does, and how many have begun. */
let next: () => PathVerifierOptions | Promise<PathVerifierOptions>;
let loads = 0;
let clock: number;
const open: ReloadingPathVerifier[] = [];

beforeAll(async () => {
  oldRoot = await createCertificateAuthority({ subject: 'CN=Old Root' });
  newRoot = await createCertificateAuthority({ subject: 'CN=New Root' });
  oldClient = await oldRoot.issue({ subject: 'CN=old' });
  newClient = await newRoot.issue({ subject: 'CN=new' });
});

beforeEach(() => {
  next = () => ({ trustAnchors: [oldRoot.pem] });
  loads = 0;
  clock = Date.now();
});

afterEach(() => open.splice(0).forEach((verifier) => verifier.close()));

async function create(options: Partial<ReloadingPathVerifierOptions> = {}): Promise<ReloadingPathVerifier> {
  const load = async () => {
    loads++;
    return next();
  };
  const verifier = await createReloadingPathVerifier({ load, now: () => new Date(clock), ...options });
  open.push(verifier);
  return verifier;
}

const broken = () => Promise.reject(new Error('down'));

describe('createReloadingPathVerifier', () => {
  it('replaces the whole set at once', async () => {
    const verifier = await create();
    await verifier.verify(oldClient.pem);
    next = () => ({ trustAnchors: [newRoot.pem] });
    // one that has begun is decided by the set with which it began
    const begun = verifier.verify(oldClient.pem);
    await verifier.reload();
    await begun;
    await verifier.verify(newClient.pem);
    await expect(verifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_NO_ANCHOR' });
  });

  it.each<[what: string, options: () => PathVerifierOptions | Promise<PathVerifierOptions>, error: object]>([
    ['rejects', broken, { message: 'down' }],
    ['brings no anchors', () => ({ trustAnchors: [] }), { name: 'TypeError' }],
    ['brings a broken anchor', () => ({ trustAnchors: ['AAAA'] }), { code: 'ERR_ENCODING_DER' }],
    [
      'brings a broken CRL',
      () => ({ trustAnchors: [newRoot.pem], crls: ['AAAA'] }),
      { code: 'ERR_PATH_REVOCATION_MALFORMED' },
    ],
    [
      'brings an option that is not known',
      () => ({ trustAnchors: [newRoot.pem], crl: [] }) as PathVerifierOptions,
      { name: 'TypeError' },
    ],
    ['brings nothing', () => undefined as unknown as PathVerifierOptions, { name: 'TypeError' }],
  ])('needs a first load, and keeps the last good set, where a load %s', async (_what, options, error) => {
    const failures: unknown[] = [];
    const verifier = await create({ onFailure: (failure) => failures.push(failure) });
    next = options;
    await expect(verifier.reload()).rejects.toMatchObject(error);
    expect(failures).toEqual([expect.objectContaining(error)]);
    expect(verifier.status.lastFailure).toBe(failures[0]);
    expect(verifier.status.failedAt).toEqual(new Date(clock));
    await verifier.verify(oldClient.pem);
    await expect(verifier.verify(newClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_NO_ANCHOR' });
    await expect(create()).rejects.toMatchObject(error);
  });

  it.each([
    ['AAAA'],
    [new Uint8Array(3)],
    ['-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----'],
    ['-----BEGIN X509 CRL-----'],
  ])('refuses a CRL that does not parse: %j', async (crl) => {
    next = () => ({ trustAnchors: [oldRoot.pem], crls: [crl] });
    await expect(create()).rejects.toMatchObject({ code: 'ERR_PATH_REVOCATION_MALFORMED' });
  });

  it('refuses once the set is older than maxStaleness, until a load succeeds', async () => {
    const verifier = await create({ maxStaleness: 3600 });
    next = broken;
    clock += 3_600_000;
    await verifier.verify(oldClient.pem);
    clock += 1;
    await expect(verifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_STALE' });
    next = () => ({ trustAnchors: [oldRoot.pem] });
    await verifier.reload();
    await verifier.verify(oldClient.pem);
    expect(verifier.status.lastFailure).toBeUndefined();
    // a clock that goes back must not make a set younger
    next = broken;
    clock -= DAY;
    await expect(verifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_STALE' });
  });

  it('is a failure to decide for authenticateClient, not a refusal of the client', async () => {
    const client = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=old' } as const;
    const pathVerifier = await create({ maxStaleness: 3600 });
    await authenticateClient(presented(oldClient), client, { pathVerifier });
    next = broken;
    clock += 3_600_001;
    const error: unknown = await authenticateClient(presented(oldClient), client, { pathVerifier }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'ERR_PATH_STALE', cause: { message: 'down' } });
    expect(toErrorResponse(error)).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  });

  it('loads when it is asked after a suspension, and does not wait for a load that hangs', async () => {
    const verifier = await create({ maxStaleness: 3600 });
    next = () => ({ trustAnchors: [newRoot.pem] });
    clock += DAY;
    await verifier.verify(newClient.pem);
    next = () => new Promise(() => undefined);
    clock += DAY;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const refused = expect(verifier.verify(newClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_STALE' });
      await vi.advanceTimersByTimeAsync(5_000);
      await refused;
      // the load that hangs has failed by then, and another one may begin
      await vi.advanceTimersByTimeAsync(60_000);
      expect(verifier.status.lastFailure).toMatchObject({ name: 'TimeoutError' });
    } finally {
      vi.useRealTimers();
    }
    next = () => ({ trustAnchors: [newRoot.pem] });
    await verifier.reload();
    await verifier.verify(newClient.pem);
  });

  it('loads one at a time, and again for a call during a load', async () => {
    const verifier = await create();
    let running = 0;
    let most = 0;
    let source = oldRoot;
    next = async () => {
      most = Math.max(most, ++running);
      const { pem } = source;
      await new Promise((resolve) => setTimeout(resolve, 50));
      running--;
      return { trustAnchors: [pem] };
    };
    // calls of one moment share a load
    await Promise.all([verifier.reload(), verifier.reload()]);
    expect(loads).toBe(2);
    const first = verifier.reload();
    await waitUntil(() => running === 1);
    source = newRoot;
    await Promise.all([first, verifier.reload(), verifier.reload()]);
    expect([loads, most]).toEqual([4, 1]);
    await verifier.verify(newClient.pem);
  });

  it('loads every refreshInterval, however short', async () => {
    const onReload = vi.fn();
    const verifier = await create({ refreshInterval: 0.01, now: () => new Date(), onReload });
    await waitUntil(() => loads > 3);
    verifier.close();
    const before = loads;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(loads).toBeLessThanOrEqual(before + 1);
    expect(onReload.mock.calls.length).toBeGreaterThan(2);
    await verifier.verify(oldClient.pem);
    await expect(verifier.reload()).rejects.toThrow(TypeError);
  });

  it('loads before a CRL expires', async () => {
    const soon = await oldRoot.crl({ nextUpdate: new Date(clock + 100_000) });
    const later = await oldRoot.crl({ nextUpdate: new Date(clock + DAY) });
    next = () => ({ trustAnchors: [oldRoot.pem], crls: [soon.pem] });
    const verifier = await create({ refreshInterval: 3600 });
    const { nextReload, expires } = verifier.status;
    expect(nextReload.getTime() - clock).toBeGreaterThan(60_000);
    expect(nextReload.getTime() - clock).toBeLessThanOrEqual(80_000);
    expect(Math.abs(expires.crl!.getTime() - clock - 100_000)).toBeLessThan(1000);
    expect(expires.anchor).toEqual(oldRoot.certificate.notAfter);
    // the later CRL of the same issuer counts
    next = () => ({ trustAnchors: [oldRoot.pem, newRoot.pem], crls: [soon.pem, later.pem] });
    await verifier.reload();
    expect(verifier.status.expires.crl!.getTime() - clock).toBeGreaterThan(DAY - 2000);
    expect(verifier.status.nextReload.getTime() - clock).toBeGreaterThan(3_000_000);
  });

  it('goes on where an observer throws', async () => {
    const fail = () => {
      throw new Error('observer');
    };
    const verifier = await create({ onReload: fail, onFailure: fail });
    next = broken;
    await expect(verifier.reload()).rejects.toThrow('down');
    next = () => ({ trustAnchors: [newRoot.pem] });
    await verifier.reload();
    await verifier.verify(newClient.pem);
  });

  it('keeps what it has verified where the anchors are the same, and nothing where they are not', async () => {
    const intermediate = await oldRoot.issueAuthority();
    const client = await intermediate.issue();
    const crl = await intermediate.crl({ revoked: [client] });
    const options = { trustAnchors: [oldRoot.pem], intermediates: [intermediate.pem] };
    next = () => options;
    const verifier = await create();
    const verify = async () => (await verifier.verify(new Uint8Array(client.certificate.der))).certificates[0];
    const known = await verify();
    expect(await verify()).toBe(known);
    next = () => ({ ...options, trustAnchors: [new Uint8Array(oldRoot.certificate.der)] });
    await verifier.reload();
    expect(await verify()).toBe(known);
    // with another intermediate too
    const further = await oldRoot.issueAuthority();
    next = () => ({ ...options, intermediates: [further.pem, intermediate.pem] });
    await verifier.reload();
    expect(await verify()).toBe(known);
    await verifier.verify((await further.issue()).pem);
    next = () => ({ ...options, trustAnchors: [oldRoot.pem, newRoot.pem] });
    await verifier.reload();
    expect(await verify()).not.toBe(known);
    // what was verified of a certificate says nothing of its revocation
    next = () => ({ ...options, trustAnchors: [oldRoot.pem, newRoot.pem], crls: [crl.pem] });
    await verifier.reload();
    await expect(verify()).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
    next = () => ({ ...options, trustAnchors: [newRoot.pem] });
    await verifier.reload();
    await expect(verify()).rejects.toMatchObject({ code: 'ERR_PATH_NO_ANCHOR' });
  });

  it.each<[what: string, options: object]>([
    ['a misspelt option', { refreshIntervall: 1 }],
    ['no load', { load: undefined }],
    ['an interval of zero', { refreshInterval: 0 }],
    ['an interval that is not a number', { refreshInterval: Number.NaN }],
    ['a staleness of zero', { maxStaleness: 0 }],
    ['a clock that is a Date', { now: new Date() }],
  ])('refuses %s', async (_what, options) => {
    await expect(create(options)).rejects.toThrow(TypeError);
  });
});
