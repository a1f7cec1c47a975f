import { readdirSync, readFileSync } from 'node:fs';
import { createJwksSources, remoteJwks, type RemoteJwksOptions } from 'oauth-mtls/jwks';
import { createReloadingPathVerifier } from 'oauth-mtls/pki';
import { createSpiffeTrust } from 'oauth-mtls/spiffe';
import {
  createCertificateAuthority,
  createSpiffeAuthority,
  presented,
  type TestAuthority,
  type TestCertificate,
  type TestSpiffeAuthority,
} from 'oauth-mtls/testing';
import { createTrust } from 'oauth-mtls/trust';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../subpaths.js';
import { JwksServer } from './jwks/jwks-server.js';

/*
 * Every clock of a caller. At a time that is not a number, all comparisons are false: content would never be stale, or
 * a cool-down would never apply.
 */
let authority: TestAuthority;
let client: TestCertificate;
let workload: TestSpiffeAuthority;
let svid: TestCertificate;
let server: JwksServer;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  authority = await createCertificateAuthority();
  client = await authority.issue({ subject: 'CN=client' });
  workload = await createSpiffeAuthority('example.org');
  svid = await workload.issueSvid({ spiffeId: 'spiffe://example.org/client' });
  server = await JwksServer.start(client);
  return () => server.stop();
});

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** What a clock serves: a decision, and the number of loads so far. */
interface Clocked {
  readonly decide: () => Promise<unknown>;
  readonly loads: () => number;
}
type Now = () => Date;

const jwks = (now: Now): RemoteJwksOptions => ({ now, unsafeAllowHttp: true, unsafeAllowPrivateAddresses: true });

function counting<T>(load: () => T): { readonly load: () => Promise<T>; readonly loads: () => number } {
  let loads = 0;
  return { load: async () => (loads++, load()), loads: () => loads };
}

const clocks: Record<string, (now: Now) => Promise<Clocked>> = {
  remoteJwks: async (now) => {
    const source = remoteJwks(server.uri, jwks(now));
    return { decide: async () => source.find(client.certificate.thumbprint), loads: () => server.requests };
  },
  createJwksSources: async (now) => {
    const sources = createJwksSources(jwks(now));
    return {
      decide: async () => sources(server.uri).find(client.certificate.thumbprint),
      loads: () => server.requests,
    };
  },
  createSpiffeTrust: async (now) => {
    const { load, loads } = counting(() => workload.bundle());
    const trust = createSpiffeTrust({ trustDomains: { 'example.org': { load } }, now });
    return { decide: () => trust.verifySvid(presented(svid)), loads };
  },
  createReloadingPathVerifier: async (now) => {
    const { load, loads } = counting(() => ({ trustAnchors: [authority.pem] }));
    const verifier = await createReloadingPathVerifier({ load, now });
    cleanups.push(() => verifier.close());
    return { decide: () => verifier.verify(client.pem), loads };
  },
  createTrust: async (now) => {
    const { load, loads } = counting(() => authority.pem);
    const trust = await createTrust({ anchors: load, now });
    cleanups.push(() => trust.close());
    return { decide: () => trust.pathVerifier.verify(client.pem), loads };
  },
};

const broken: [what: string, now: () => unknown][] = [
  ['an invalid Date', () => new Date(NaN)],
  ['a number', () => Date.now()],
  ['undefined', () => undefined],
  ['a promise', () => Promise.resolve(new Date())],
  ['a text', () => new Date().toISOString()],
];

it('are all here', () => {
  const source = readdirSync(fromRoot('src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(fromRoot(`src/${file}`), 'utf8'));
  const declared = source.flatMap((text) => text.match(/ now\?: \(\) => Date/g) ?? []);
  // createJwksSources has the options of remoteJwks
  expect(declared).toHaveLength(Object.keys(clocks).length - 1);
});

describe.each(Object.entries(clocks))('the clock of %s', (_name, create) => {
  it.each(broken)('that returns %s is a TypeError, and nothing is used or loaded again by it', async (_what, now) => {
    let time = now as Now;
    const current = () => time();
    const misuse = expect.objectContaining({ name: 'TypeError', message: 'Option "now" must return a valid Date' });
    await expect(create(current).then(({ decide }) => decide())).rejects.toThrow(misuse);

    time = () => new Date();
    const { decide, loads } = await create(current);
    expect(await decide()).toBeDefined();
    const before = loads();
    time = now as Now;
    for (let i = 0; i < 3; i++) await expect(decide()).rejects.toThrow(misuse);
    expect(loads()).toBe(before);

    time = () => new Date();
    expect(await decide()).toBeDefined();
    // content from a time that has passed is still known to be stale
    time = () => new Date(Date.now() + 30 * 86_400_000);
    await decide().catch(() => undefined);
    expect(loads()).toBeGreaterThan(before);
  });
});
