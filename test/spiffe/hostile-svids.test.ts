import { isMtlsError } from 'oauth-mtls';
import { createSpiffeTrust, verifyX509Svid, type SpiffeTrust } from 'oauth-mtls/spiffe';
import { createSpiffeAuthority, hostileSvids, type HostileSvid, type TestSpiffeAuthority } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SvidServer } from './svid-server.js';

/*
 * Every hostile SVID, presented in a real handshake to a server whose TLS layer trusts the authorities of both trust
 * domains, so that the chain of most of them is `verified` there.
 */
let authority: TestSpiffeAuthority;
let trust: SpiffeTrust;
let server: SvidServer;
const svids = new Map<string, HostileSvid>();

beforeAll(async () => {
  authority = await createSpiffeAuthority('example.org');
  const elsewhere = await createSpiffeAuthority('elsewhere.example.org');
  server = await SvidServer.start([authority.authority.pem, elsewhere.authority.pem]);
  trust = createSpiffeTrust({
    trustDomains: {
      'example.org': { bundle: authority.bundle() },
      'elsewhere.example.org': { bundle: elsewhere.bundle() },
    },
  });
  for (const hostile of await hostileSvids(authority)) svids.set(hostile.name, hostile);
  const wrong = await elsewhere.issueSvid({ spiffeId: 'spiffe://example.org/payments' });
  svids.set('signed by a trusted domain for another', { name: '', rule: '', svid: wrong });
});

afterAll(() => server.stop());

async function refusal(svid: HostileSvid['svid']): Promise<string> {
  try {
    await verifyX509Svid(await server.present(svid), trust);
    return 'accepted';
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return [error.code, error.detail.reason].filter(Boolean).join(' ');
  }
}

const EXPECTED: Record<string, string> = {
  'the ID of the trust domain': 'ERR_SPIFFE_SVID no-path',
  'a root path': 'ERR_SPIFFE_SVID spiffe-id',
  'a trailing slash': 'ERR_SPIFFE_SVID spiffe-id',
  'an empty segment': 'ERR_SPIFFE_SVID spiffe-id',
  'a dot segment': 'ERR_SPIFFE_SVID spiffe-id',
  'a double dot segment': 'ERR_SPIFFE_SVID spiffe-id',
  'percent encoding in the path': 'ERR_SPIFFE_SVID spiffe-id',
  'an encoded slash': 'ERR_SPIFFE_SVID spiffe-id',
  'a character outside the set of paths': 'ERR_SPIFFE_SVID spiffe-id',
  'a wildcard in the path': 'ERR_SPIFFE_SVID spiffe-id',
  'a query': 'ERR_SPIFFE_SVID spiffe-id',
  'a fragment': 'ERR_SPIFFE_SVID spiffe-id',
  'user information': 'ERR_SPIFFE_SVID spiffe-id',
  'a port': 'ERR_SPIFFE_SVID spiffe-id',
  'an empty trust domain': 'ERR_SPIFFE_SVID spiffe-id',
  'a trust domain in upper case': 'ERR_SPIFFE_SVID spiffe-id',
  'a trailing dot on the trust domain': 'ERR_SPIFFE_TRUST_DOMAIN unknown',
  'a scheme in upper case': 'ERR_SPIFFE_SVID spiffe-id',
  'another scheme': 'ERR_SPIFFE_SVID spiffe-id',
  'the ID of another trust domain': 'ERR_PATH_NO_ANCHOR',
  'a NUL': 'ERR_SPIFFE_SVID spiffe-id',
  'a space': 'ERR_SPIFFE_SVID spiffe-id',
  'an ID of more than 2048 bytes': 'ERR_SPIFFE_SVID spiffe-id',
  'no alternative name': 'ERR_SPIFFE_SVID no-uri',
  'two SPIFFE IDs': 'ERR_SPIFFE_SVID several-uris',
  'the same ID twice': 'ERR_SPIFFE_SVID several-uris',
  'a URI of another scheme in addition to the ID': 'ERR_SPIFFE_SVID several-uris',
  'a URI that is not text in addition to the ID': 'ERR_SPIFFE_SVID several-uris',
  'the ID in the common name alone': 'ERR_SPIFFE_SVID no-uri',
  'an authority': 'ERR_SPIFFE_SVID authority',
  keyCertSign: 'ERR_SPIFFE_SVID signing-key',
  cRLSign: 'ERR_SPIFFE_SVID signing-key',
  'no key usage': 'ERR_SPIFFE_SVID no-digital-signature',
  'no digitalSignature': 'ERR_SPIFFE_SVID no-digital-signature',
  'an extended key usage without clientAuth': 'ERR_PATH_EXTENDED_KEY_USAGE',
  'a validity period in the past': 'ERR_PATH_EXPIRED',
  'a validity period in the future': 'ERR_PATH_NOT_YET_VALID',
  'signed by another trust domain': 'ERR_PATH_NO_ANCHOR',
  'signed by another authority that claims the trust domain': 'ERR_PATH_NO_ANCHOR',
  'signed by an authority for another trust domain': 'ERR_SPIFFE_SVID issuer-id',
  'signed by an authority with a path in its ID': 'ERR_SPIFFE_SVID issuer-id',
  'signed by another workload': 'ERR_PATH_BASIC_CONSTRAINTS',
  'the authority itself': 'ERR_SPIFFE_SVID no-path',
  'signed by a trusted domain for another': 'ERR_PATH_NO_ANCHOR',
};

describe('hostile SVIDs over TLS', () => {
  it('has an expectation for each', () => {
    expect([...svids.keys()]).toEqual(Object.keys(EXPECTED));
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    expect(await refusal(svids.get(name)!.svid)).toBe(expected);
  });

  it('accepts the same workload with an SVID as it should be', async () => {
    const spiffeId = 'spiffe://example.org/payments';
    expect(await refusal(await authority.issueSvid({ spiffeId }))).toBe('accepted');
    const nested = await authority.issueAuthority();
    expect(await refusal(await nested.issueSvid({ spiffeId }))).toBe('accepted');
  });

  it('refuses every one, and the good one too, without the bundle of its trust domain', async () => {
    const others = createSpiffeTrust({
      trustDomains: { 'other.example': { bundle: (await createSpiffeAuthority('other.example')).bundle() } },
    });
    const good = await authority.issueSvid({ spiffeId: 'spiffe://example.org/payments' });
    for (const svid of [...svids.values()].map((hostile) => hostile.svid).concat(good)) {
      await expect(verifyX509Svid(await server.present(svid), others)).rejects.toSatisfy((error) => isMtlsError(error));
    }
  });
});
