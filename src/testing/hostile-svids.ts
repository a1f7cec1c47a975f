import type { TestCertificate } from './certificate-options.js';
import { createSpiffeAuthority, type TestSpiffeAuthority, type TestSvidOptions } from './spiffe-authority.js';

/** A certificate that is signed by the authority of a trust domain, or claims to be, and must be refused. */
export interface HostileSvid {
  /** Short and constant, for test titles. */
  readonly name: string;
  readonly svid: TestCertificate;
  /** The rule that it violates. */
  readonly rule: string;
}

/** Issued by the authority of the trust domain itself. */
function issued(domain: string): readonly { name: string; rule: string; options: TestSvidOptions }[] {
  return [
    ...[
      ['the ID of the trust domain', `spiffe://${domain}`, 'X509-SVID §3.1'],
      ['a root path', `spiffe://${domain}/`, 'X509-SVID §5.2'],
      ['a trailing slash', `spiffe://${domain}/payments/`, 'SPIFFE-ID §2.2'],
      ['an empty segment', `spiffe://${domain}//payments`, 'SPIFFE-ID §2.2'],
      ['a dot segment', `spiffe://${domain}/./payments`, 'SPIFFE-ID §2.2'],
      ['a double dot segment', `spiffe://${domain}/billing/../payments`, 'SPIFFE-ID §2.2'],
      ['percent encoding in the path', `spiffe://${domain}/pay%6dents`, 'SPIFFE-ID §2.2'],
      ['an encoded slash', `spiffe://${domain}/a%2fb`, 'SPIFFE-ID §2.2'],
      ['a character outside the set of paths', `spiffe://${domain}/pay~ments`, 'SPIFFE-ID §2.2'],
      ['a wildcard in the path', `spiffe://${domain}/*`, 'SPIFFE-ID §2.2'],
      ['a query', `spiffe://${domain}/payments?a=b`, 'SPIFFE-ID §2'],
      ['a fragment', `spiffe://${domain}/payments#a`, 'SPIFFE-ID §2'],
      ['user information', `spiffe://a@${domain}/payments`, 'SPIFFE-ID §2.1'],
      ['a port', `spiffe://${domain}:443/payments`, 'SPIFFE-ID §2.1'],
      ['an empty trust domain', 'spiffe:///payments', 'SPIFFE-ID §2.1'],
      ['a trust domain in upper case', `spiffe://${domain.toUpperCase()}/payments`, 'SPIFFE-ID §2.1'],
      ['a trailing dot on the trust domain', `spiffe://${domain}./payments`, 'SPIFFE-ID §3.1'],
      ['a scheme in upper case', `SPIFFE://${domain}/payments`, 'SPIFFE-ID §2'],
      ['another scheme', `https://${domain}/payments`, 'X509-SVID §5.2'],
      ['the ID of another trust domain', `spiffe://elsewhere.${domain}/payments`, 'SPIFFE-ID §3.1'],
      ['a NUL', `spiffe://${domain}/payments\0`, 'SPIFFE-ID §2.2'],
      ['a space', `spiffe://${domain}/payments `, 'SPIFFE-ID §2.2'],
      ['an ID of more than 2048 bytes', `spiffe://${domain}/${'a'.repeat(2048)}`, 'SPIFFE-ID §2.3'],
    ].map(([name, spiffeId, rule]) => ({ name: name!, rule: rule!, options: { spiffeId: spiffeId! } })),
    { name: 'no alternative name', rule: 'X509-SVID §2', options: { san: { dns: `payments.${domain}` } } },
    {
      name: 'two SPIFFE IDs',
      rule: 'X509-SVID §2',
      options: { san: { uri: [`spiffe://${domain}/payments`, `spiffe://${domain}/billing`] } },
    },
    {
      name: 'the same ID twice',
      rule: 'X509-SVID §2',
      options: { san: { uri: [`spiffe://${domain}/payments`, `spiffe://${domain}/payments`] } },
    },
    {
      name: 'a URI of another scheme in addition to the ID',
      rule: 'X509-SVID §2',
      options: { san: { uri: [`spiffe://${domain}/payments`, `https://${domain}/`] } },
    },
    {
      name: 'a URI that is not text in addition to the ID',
      rule: 'X509-SVID §2',
      options: {
        san: [
          { type: 'uri', value: `spiffe://${domain}/payments` },
          { type: 'uri', value: { hex: '00ff' } },
        ],
      },
    },
    {
      name: 'the ID in the common name alone',
      rule: 'X509-SVID §2',
      options: { subject: `CN=spiffe://${domain}/payments`, san: { dns: domain } },
    },
    { name: 'an authority', rule: 'X509-SVID §5.2', options: { basicConstraints: { ca: true } } },
    { name: 'keyCertSign', rule: 'X509-SVID §4.3', options: { keyUsage: ['digitalSignature', 'keyCertSign'] } },
    { name: 'cRLSign', rule: 'X509-SVID §4.3', options: { keyUsage: ['digitalSignature', 'cRLSign'] } },
    { name: 'no key usage', rule: 'X509-SVID §4.3', options: { keyUsage: null } },
    { name: 'no digitalSignature', rule: 'X509-SVID §4.3', options: { keyUsage: ['keyEncipherment'] } },
    {
      name: 'an extended key usage without clientAuth',
      rule: 'X509-SVID §4.4',
      options: { extendedKeyUsage: ['serverAuth'] },
    },
    {
      name: 'a validity period in the past',
      rule: 'RFC 5280 §4.1.2.5',
      options: { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2020-01-01T01:00:00Z') },
    },
    {
      name: 'a validity period in the future',
      rule: 'RFC 5280 §4.1.2.5',
      options: { notBefore: new Date('2049-01-01T00:00:00Z'), notAfter: new Date('2049-01-01T01:00:00Z') },
    },
  ];
}

/**
 * Creates X.509-SVIDs that a verifier must refuse, for the authority of a trust domain: invalid IDs, several names,
 * keys that sign certificates, and IDs that another authority certified. All of them imitate `/payments`.
 *
 * @example
 * ```ts
 * import { createSpiffeTrust, verifyX509Svid } from 'oauth-mtls/spiffe';
 * import { createSpiffeAuthority, hostileSvids, presented } from 'oauth-mtls/testing';
 * const authority = await createSpiffeAuthority('example.org');
 * const trust = createSpiffeTrust({ trustDomains: { 'example.org': { bundle: authority.bundle() } } });
 * for (const { name, svid } of await hostileSvids(authority)) {
 *   const accepted = await verifyX509Svid(presented(svid), trust).then(() => true, () => false);
 *   if (accepted) throw new Error(name);
 * }
 * ```
 */
export async function hostileSvids(authority: TestSpiffeAuthority): Promise<HostileSvid[]> {
  if (typeof (authority as Partial<TestSpiffeAuthority> | undefined)?.issueSvid !== 'function')
    throw new TypeError('An authority comes from createSpiffeAuthority');
  const { trustDomain } = authority;
  const spiffeId = `spiffe://${trustDomain}/payments`;
  const foreign = await createSpiffeAuthority(`elsewhere.${trustDomain}`);
  const impostor = await createSpiffeAuthority(trustDomain);
  const child = (options: TestSvidOptions) => authority.issueAuthority(options);
  const delegated = await child({ san: { uri: `spiffe://elsewhere.${trustDomain}` } });
  const workload = await child({ san: { uri: `spiffe://${trustDomain}/billing` } });
  const weak = await child({ basicConstraints: { ca: false }, keyUsage: ['digitalSignature'] });
  return Promise.all([
    ...issued(trustDomain).map(async ({ name, rule, options }) => ({
      name,
      rule,
      svid: await authority.issueSvid({ spiffeId, ...options }),
    })),
    signed('signed by another trust domain', 'SPIFFE-ID §3.1', foreign.issueSvid({ spiffeId })),
    signed(
      'signed by another authority that claims the trust domain',
      'RFC 5280 §6.1.3',
      impostor.issueSvid({ spiffeId }),
    ),
    signed('signed by an authority for another trust domain', 'X509-SVID §3.2', delegated.issueSvid({ spiffeId })),
    signed('signed by an authority with a path in its ID', 'X509-SVID §3.2', workload.issueSvid({ spiffeId })),
    signed('signed by another workload', 'RFC 5280 §6.1.4(k)', weak.issueSvid({ spiffeId })),
    signed('the authority itself', 'X509-SVID §3.2', Promise.resolve(authority.authority)),
  ]);
}

async function signed(name: string, rule: string, svid: Promise<TestCertificate>): Promise<HostileSvid> {
  return { name, rule, svid: await svid };
}
