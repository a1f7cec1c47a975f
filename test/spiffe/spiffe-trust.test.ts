import { Agent, fetch as undiciFetch } from 'undici';
import { isMtlsError, type PresentedCertificate } from 'oauth-mtls';
import { createSpiffeTrust, verifyX509Svid, type BundleFetch, type SpiffeTrust } from 'oauth-mtls/spiffe';
import {
  createCertificateAuthority,
  createSpiffeAuthority,
  presented,
  selfSignedCertificate,
  type TestCertificate,
  type TestSpiffeAuthority,
} from 'oauth-mtls/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BundleServer } from './bundle-server.js';
import { SvidServer } from './svid-server.js';

const DOMAIN = 'example.org';
const PAYMENTS = 'spiffe://example.org/payments';
/** Two generations of the authority of a trust domain. */
let before: TestSpiffeAuthority;
let after: TestSpiffeAuthority;
let old: PresentedCertificate;
let young: PresentedCertificate;
let server: BundleServer;
let clock: number;
let failures: string[];

beforeAll(async () => {
  before = await createSpiffeAuthority(DOMAIN);
  after = await createSpiffeAuthority(DOMAIN);
  old = presented(await before.issueSvid({ spiffeId: PAYMENTS }));
  young = presented(await after.issueSvid({ spiffeId: PAYMENTS }));
});

beforeEach(async () => {
  server = await BundleServer.start(before.bundle());
  clock = Date.now();
  failures = [];
});

afterEach(() => server.stop());

function trustIn(options: Partial<Parameters<typeof createSpiffeTrust>[0]> = {}): SpiffeTrust {
  return createSpiffeTrust({
    trustDomains: { [DOMAIN]: { bundleEndpoint: { url: server.url } } },
    unsafeAllowHttp: true,
    now: () => new Date(clock),
    onFailure: ({ detail, cause }, trustDomain) =>
      failures.push([trustDomain, detail.reason, isMtlsError(cause) ? cause.detail.reason : ''].join(' ').trim()),
    ...options,
  });
}

async function answer(trust: SpiffeTrust, svid: PresentedCertificate): Promise<string> {
  try {
    return (await verifyX509Svid(svid, trust)).spiffeId;
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}

describe('a configured bundle', () => {
  const forms: [string, (authority: TestSpiffeAuthority) => string | object][] = [
    ['a JWK Set', (authority) => authority.bundle()],
    [
      'JSON text, as `spire-server bundle show -format spiffe` writes it',
      (authority) => JSON.stringify(authority.bundle(), null, 4),
    ],
    ['a JWK Set without sequence and hint', (authority) => authority.bundle({ sequence: null, refreshHint: null })],
    ['PEM, as `spire-server bundle show` writes it', (authority) => authority.authority.pem],
    ['PEM of several authorities', (authority) => `${after.authority.pem}\n${authority.authority.pem}`],
    [
      'PEM with comments, a byte order mark, CRLF, and an authority that is commented out',
      (authority) =>
        `\ufeff# ours\n${after.authority.pem.replace(/^/gm, '#')}\n${authority.authority.pem}`.replaceAll('\n', '\r\n'),
    ],
  ];
  it.each(forms)('is %s', async (_form, bundle) => {
    const trust = createSpiffeTrust({ trustDomains: { [DOMAIN]: { bundle: bundle(before) } } });
    const { spiffeId, trustDomain, certificate, path } = await verifyX509Svid(old, trust);
    expect({ spiffeId, trustDomain }).toEqual({ spiffeId: PAYMENTS, trustDomain: DOMAIN });
    expect(certificate).toBe(old.certificate);
    expect(path.anchor.thumbprint).toBe(before.authority.certificate.thumbprint);
  });

  it('takes the first certificate of an entry for X.509-SVIDs, and nothing else', async () => {
    const { pem: _pem, jwk } = await selfSignedCertificate();
    const [entry] = before.bundle().keys;
    const other = after.authority.jwk;
    const rows: [object[], boolean][] = [
      [[entry!], true],
      [[{ ...entry, kid: 'a' }], true],
      [[{ ...entry, x5c: [...before.authority.jwk.x5c, ...other.x5c] }], true],
      [['not a key', 1, null, entry] as object[], true],
      [[{ ...entry, x5c: [...other.x5c, ...before.authority.jwk.x5c] }], false],
      [[{ ...entry, use: 'jwt-svid' }], false],
      [[{ ...entry, use: 'X509-SVID' }], false],
      [[{ ...entry, use: undefined }], false],
      [[{ ...entry, x5c: undefined }], false],
      [[{ ...entry, x5c: [] }], false],
      [[{ ...entry, x5c: before.authority.jwk.x5c[0] }], false],
      [[{ ...entry, x5c: ['AAAA'] }], false],
      [[{ ...entry, kty: 'unknown' }], false],
      [[{ ...entry, ...jwk, x5c: before.authority.jwk.x5c }], false],
      [[], false],
    ];
    for (const [index, [keys, accepted]] of rows.entries()) {
      const trust = createSpiffeTrust({ trustDomains: { [DOMAIN]: { bundle: { keys } } } });
      expect([index, await answer(trust, old)]).toEqual([index, accepted ? PAYMENTS : 'ERR_SPIFFE_TRUST_DOMAIN']);
    }
  });

  it('is refused where it is malformed', () => {
    const malformed = [
      {},
      { keys: {} },
      { keys: null },
      '',
      'null',
      '[]',
      '{"keys":[]',
      '<html>',
      [],
      '-----BEGIN CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      before.authority.privateKeyPem,
      // an authority that is cut off must not be missing in silence
      before.authority.pem + after.authority.pem.slice(0, 200),
      before.authority.pem + after.authority.pem.replace(/-----END.*/, ''),
      { ...before.bundle(), spiffe_sequence: '1' },
      { ...before.bundle(), spiffe_sequence: 1.5 },
      { ...before.bundle(), spiffe_sequence: -1 },
      { ...before.bundle(), spiffe_refresh_hint: null },
    ];
    for (const bundle of malformed) {
      expect(() => createSpiffeTrust({ trustDomains: { [DOMAIN]: { bundle } } })).toThrow(
        expect.objectContaining({ code: 'ERR_SPIFFE_BUNDLE' }),
      );
    }
  });

  it('trusts an authority for its own trust domain alone', async () => {
    const shared = { 'example.org': { bundle: before.bundle() }, 'other.example': { bundle: after.bundle() } };
    const trust = createSpiffeTrust({ trustDomains: shared });
    const crossed = presented(await before.issueSvid({ spiffeId: 'spiffe://other.example/payments' }));
    expect(await answer(trust, old)).toBe(PAYMENTS);
    expect(await answer(trust, crossed)).toBe('ERR_PATH_NO_ANCHOR');
    expect(await answer(trust, presented(await before.issueSvid({ spiffeId: 'spiffe://a.example/b' })))).toBe(
      'ERR_SPIFFE_TRUST_DOMAIN',
    );
  });

  it('asks for a certificate, of a source of this library', async () => {
    const trust = createSpiffeTrust({ trustDomains: { [DOMAIN]: { bundle: before.bundle() } } });
    expect(await answer(trust, undefined as unknown as PresentedCertificate)).toBe('ERR_CLIENT_CERTIFICATE_MISSING');
    await expect(verifyX509Svid({ ...old }, trust)).rejects.toThrow(TypeError);
    await expect(verifyX509Svid(old, {} as SpiffeTrust)).rejects.toThrow(TypeError);
    await expect(verifyX509Svid(old, trust, { now: 1 as unknown as Date })).rejects.toThrow(TypeError);
    await expect(verifyX509Svid(old, trust, { now: new Date('2020-01-01') })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_PATH_NOT_YET_VALID' }),
    );
  });
});

describe('a bundle endpoint', () => {
  it('is asked when it is due, by its hint, and once for all who wait', async () => {
    server.document = before.bundle({ refreshHint: 60 });
    const trust = trustIn();
    expect(trust.status[DOMAIN]).toEqual({ authorities: [] });
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => answer(trust, old))))).toEqual(
      new Set([PAYMENTS]),
    );
    expect(server.requests).toBe(1);
    clock += 59_000;
    await answer(trust, old);
    expect(server.requests).toBe(1);
    clock += 1000;
    await answer(trust, old);
    expect(server.requests).toBe(2);
    expect(trust.status[DOMAIN]).toEqual({
      loadedAt: new Date(clock),
      authorities: [before.authority.certificate.thumbprint],
      sequence: 1,
    });
  });

  const intervals: [string, number | null, object, number][] = [
    ['without a hint', null, {}, 300],
    ['with a hint of 28 days', 2_419_200, {}, 1800],
    ['with a hint of nothing', 0, {}, 1],
    ['with an interval of the operator', 60, { refreshInterval: 10 }, 10],
    ['with an interval beyond the staleness', 60, { refreshInterval: 9000, maxStaleness: 100 }, 100],
  ];
  it.each(intervals)('%s', async (_name, refreshHint, options, seconds) => {
    server.document = before.bundle({ refreshHint });
    const trust = trustIn(options);
    await answer(trust, old);
    clock += seconds * 1000 - 1;
    await answer(trust, old);
    expect(server.requests).toBe(1);
    clock += 1;
    await answer(trust, old);
    expect(server.requests).toBe(2);
  });

  it('has an authority that is new to this process: nobody waits for the hint', async () => {
    const trust = trustIn();
    expect(await answer(trust, old)).toBe(PAYMENTS);
    server.document = before.bundle({ sequence: 2, authorities: [before.authority, after.authority] });
    expect([await answer(trust, young), await answer(trust, old)]).toEqual([PAYMENTS, PAYMENTS]);
    expect(server.requests).toBe(2);
  });

  it('is asked because of unknown authorities once in the cool-down', async () => {
    const trust = trustIn();
    const stranger = presented(await (await createSpiffeAuthority(DOMAIN)).issueSvid());
    await answer(trust, old);
    for (let i = 0; i < 50; i++) expect(await answer(trust, stranger)).toBe('ERR_PATH_NO_ANCHOR');
    expect(server.requests).toBe(2);
    clock += 30_000;
    expect(await answer(trust, stranger)).toBe('ERR_PATH_NO_ANCHOR');
    expect(server.requests).toBe(3);
  });

  it('revokes with an empty bundle, and with one that has no key for X.509-SVIDs', async () => {
    for (const keys of [[], [before.bundle().keys[1]], [{ kty: 'AKP', use: 'x509-svid' }]]) {
      const trust = trustIn();
      server.document = before.bundle();
      expect(await answer(trust, old)).toBe(PAYMENTS);
      server.document = { keys, spiffe_sequence: 2 };
      clock += 300_000;
      expect(await answer(trust, old)).toBe('ERR_SPIFFE_TRUST_DOMAIN');
      expect(trust.status[DOMAIN]?.authorities).toEqual([]);
      // the bundle before it is older now
      server.document = before.bundle();
      clock += 300_000;
      expect(await answer(trust, old)).toBe('ERR_SPIFFE_BUNDLE_UNAVAILABLE');
      expect(failures.splice(0)).toEqual(['example.org ERR_SPIFFE_BUNDLE older']);
    }
  });

  it('does not go back to an older sequence, not even after a bundle without one', async () => {
    const trust = trustIn();
    const steps: [TestSpiffeAuthority, number | null, boolean][] = [
      [after, 10, true],
      [before, 9, false],
      [before, 10, true],
      [before, 11, true],
      [after, null, true],
      [before, 10, false],
      [before, 11, true],
    ];
    let used: TestSpiffeAuthority | undefined;
    for (const [authority, sequence, taken] of steps) {
      server.document = authority.bundle({ sequence });
      const loaded = await trust.reload().then(
        () => true,
        () => false,
      );
      if (taken) used = authority;
      expect([sequence, loaded]).toEqual([sequence, taken]);
      expect(trust.status[DOMAIN]?.authorities).toEqual([used!.authority.certificate.thumbprint]);
      expect(await answer(trust, used === before ? old : young)).toBe(PAYMENTS);
    }
    expect(failures).toEqual(Array(2).fill('example.org ERR_SPIFFE_BUNDLE older'));
  });

  const broken: [string, BundleServer['answer'], string][] = [
    ['answers with an error', (_, response) => response.writeHead(503).end(), 'ERR_JWKS_UNREACHABLE status'],
    ['answers with a page', (_, response) => response.end('<html>'), 'ERR_SPIFFE_BUNDLE not-json'],
    ['answers with another document', (_, response) => response.end('{}'), 'ERR_SPIFFE_BUNDLE not-an-array'],
    ['breaks off', (_, response) => response.destroy(), 'ERR_JWKS_UNREACHABLE network'],
    [
      'redirects to plain text',
      (_, response) => response.writeHead(302, { location: 'ftp://127.0.0.1/' }).end(),
      'ERR_JWKS_URI scheme',
    ],
    [
      'redirects in a circle',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
      'ERR_JWKS_UNREACHABLE redirects',
    ],
    ['sends too much', (_, response) => response.end(' '.repeat(300_000)), 'ERR_JWKS_TOO_LARGE'],
    ['does not answer', () => undefined, 'failed'],
  ];
  it.each(broken)('that %s leaves the last bundle, until it is stale', async (_name, broken, reason) => {
    const trust = trustIn({ timeout: 0.2 });
    const working = server.answer;
    expect(await answer(trust, old)).toBe(PAYMENTS);
    server.answer = broken;
    clock += 300_000;
    expect([await answer(trust, old), await answer(trust, old)]).toEqual([PAYMENTS, PAYMENTS]);
    // one attempt, then the cool-down
    expect(failures).toEqual([`example.org ${reason}`]);
    expect(trust.status[DOMAIN]?.lastFailure?.code).toBe('ERR_SPIFFE_BUNDLE_UNAVAILABLE');
    clock += 3_299_999;
    expect(await answer(trust, old)).toBe(PAYMENTS);
    clock += 1;
    expect(await answer(trust, old)).toBe('ERR_SPIFFE_BUNDLE_UNAVAILABLE');
    server.answer = working;
    clock += 30_000;
    expect(await answer(trust, old)).toBe(PAYMENTS);
    expect(trust.status[DOMAIN]?.lastFailure).toBeUndefined();
  });

  it('that has never answered trusts nobody, and "could not look" is no verdict on the SVID', async () => {
    server.answer = (_, response) => response.destroy();
    const trust = trustIn();
    expect([await answer(trust, old), await answer(trust, young)]).toEqual(
      Array(2).fill('ERR_SPIFFE_BUNDLE_UNAVAILABLE'),
    );
    await expect(trust.reload()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SPIFFE_BUNDLE_UNAVAILABLE' }));
  });

  it('that fails while an unknown authority is looked for says so', async () => {
    const trust = trustIn();
    await answer(trust, old);
    server.answer = (_, response) => response.destroy();
    expect([await answer(trust, young), await answer(trust, young), await answer(trust, old)]).toEqual([
      'ERR_SPIFFE_BUNDLE_UNAVAILABLE',
      'ERR_SPIFFE_BUNDLE_UNAVAILABLE',
      PAYMENTS,
    ]);
  });

  it('has a certificate of a private authority where the operator gives the fetch', async () => {
    const authority = await createCertificateAuthority();
    const { pem: cert, privateKeyPem: key } = await authority.issue({
      san: { ip: '127.0.0.1' },
      extendedKeyUsage: ['serverAuth'],
    });
    const secure = await BundleServer.start(before.bundle(), { cert, key });
    const dispatcher = new Agent({ connect: { ca: authority.pem } });
    const fetch: BundleFetch = async (url, { signal }) => {
      const response = await undiciFetch(url, { redirect: 'manual', dispatcher, signal: signal! });
      return new Response(await response.text(), { status: response.status });
    };
    const trustDomains = { [DOMAIN]: { bundleEndpoint: { url: secure.url } } };
    try {
      expect(await answer(createSpiffeTrust({ trustDomains, fetch }), old)).toBe(PAYMENTS);
      // an SVID of the trust domain does not vouch for its endpoint, nor does anything but the web's authorities
      expect(await answer(createSpiffeTrust({ trustDomains }), old)).toBe('ERR_SPIFFE_BUNDLE_UNAVAILABLE');
    } finally {
      await dispatcher.close();
      await secure.stop();
    }
  });
});

describe('a bundle that is read by the operator', () => {
  it('is read anew when it is due', async () => {
    let bundle: string | object = before.authority.pem;
    const trust = trustIn({ trustDomains: { [DOMAIN]: { load: () => bundle } } });
    expect(await answer(trust, old)).toBe(PAYMENTS);
    bundle = Promise.resolve(after.bundle());
    clock += 300_000;
    expect([await answer(trust, young), await answer(trust, old)]).toEqual([PAYMENTS, 'ERR_PATH_NO_ANCHOR']);
  });

  it('that cannot be read leaves the last one', async () => {
    let file: () => string = () => before.authority.pem;
    const trustDomains = { [DOMAIN]: { load: () => file() } };
    const trust = trustIn({ trustDomains });
    await answer(trust, old);
    file = () => {
      throw new Error('ENOENT');
    };
    clock += 300_000;
    expect(await answer(trust, old)).toBe(PAYMENTS);
    expect(failures).toEqual(['example.org failed']);
  });
});

describe('rotation', () => {
  let tls: SvidServer;
  beforeAll(async () => void (tls = await SvidServer.start()));
  afterAll(() => tls.stop());

  it('refuses nobody who is valid, and accepts nobody of the old key after the bundle has dropped it', async () => {
    const trust = trustIn({ refreshInterval: 1, cooldown: 0.5 });
    // clients keep calling, over TLS, with an SVID of the authority of the moment
    const call = async (svid: TestCertificate) => answer(trust, await tls.present(svid));
    const issue = (authority: TestSpiffeAuthority) => authority.issueSvid({ spiffeId: PAYMENTS });
    const calls = async (...svids: TestCertificate[]) => {
      const results = new Set<string>();
      for (let i = 0; i < 10; i++) {
        clock += 250;
        for (const svid of svids) results.add(await call(svid));
      }
      return [...results];
    };
    let current = before;
    for (let sequence = 1; sequence < 9; sequence += 3) {
      const next = await createSpiffeAuthority(DOMAIN);
      const [held, renewed] = [await issue(current), await issue(next)];
      server.document = current.bundle({ sequence, authorities: [current.authority] });
      expect(await calls(held)).toEqual([PAYMENTS]);
      // the new authority is published, then used
      server.document = current.bundle({ sequence: sequence + 1, authorities: [current.authority, next.authority] });
      expect(await calls(held, renewed)).toEqual([PAYMENTS]);
      server.document = next.bundle({ sequence: sequence + 2, authorities: [next.authority] });
      clock += 1000;
      expect(await calls(renewed)).toEqual([PAYMENTS]);
      expect(await calls(held)).toEqual(['ERR_PATH_NO_ANCHOR']);
      expect(await calls(renewed)).toEqual([PAYMENTS]);
      current = next;
    }
  });
});

describe('createSpiffeTrust', () => {
  it('refuses options that are not what they should be', () => {
    const bundle = before.bundle();
    const rows: [unknown, RegExp][] = [
      [undefined, /object/],
      [{}, /trustDomains/],
      [{ trustDomains: {} }, /trustDomains/],
      [{ trustDomains: { 'Example.org': { bundle } } }, /Example\.org/],
      [{ trustDomains: { 'spiffe://example.org': { bundle } } }, /not a trust domain/],
      [{ trustDomains: { 'example.org': {} } }, /exactly one/],
      [{ trustDomains: { 'example.org': undefined } }, /object/],
      [{ trustDomains: { 'example.org': { bundle, load: () => bundle } } }, /exactly one/],
      [{ trustDomains: { 'example.org': { bundles: bundle } } }, /"bundles"/],
      [{ trustDomains: { 'example.org': { bundleEndpoint: 'https://example.org/' } } }, /bundleEndpoint/],
      [{ trustDomains: { 'example.org': { bundleEndpoint: {} } } }, /url/],
      [
        { trustDomains: { 'example.org': { bundleEndpoint: { url: 'https://a.example', profile: 'x' } } } },
        /"profile"/,
      ],
      ...['http://a.example/', 'file:///bundle', 'https://user@a.example/', 'bundle.json'].map(
        (url): [unknown, RegExp] => [{ trustDomains: { 'example.org': { bundleEndpoint: { url } } } }, /https/],
      ),
      [{ trustDomains: { 'example.org': { bundle } }, roots: [] }, /"roots"/],
      [{ trustDomains: { 'example.org': { bundle } }, maxStaleness: -1 }, /maxStaleness/],
      [{ trustDomains: { 'example.org': { bundle } }, refreshInterval: Number.NaN }, /refreshInterval/],
    ];
    for (const [options, message] of rows) {
      const create = () => createSpiffeTrust(options as Parameters<typeof createSpiffeTrust>[0]);
      expect(create).toThrow(TypeError);
      expect(create).toThrow(message);
    }
  });
});
