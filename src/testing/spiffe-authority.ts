import { isTrustDomain } from '../x509/spiffe-id.js';
import { isJsonObject } from '../encoding/json-object.js';
import { checkOptions, withDefaults } from '../options.js';
import { createCertificateAuthority, type TestAuthority } from './certificate-authority.js';
import type { TestCertificate, TestCertificateOptions } from './certificate-options.js';
import type { KeyMembers } from '../x509/public-key.js';
import { createKeyPair, TEST_KEY_TYPES, type TestKeyType } from './key-pair.js';
import type { TestSubject } from './names.js';

export interface SpiffeAuthorityOptions {
  /** Default `P-256`. */
  readonly keyType?: TestKeyType;
}

/** The options of `issue`, applied to the certificate profile of SPIRE. */
export interface TestSvidOptions extends TestCertificateOptions {
  /** Default: the path `/workload` in the trust domain. Written unchanged, because hostile tests use invalid IDs. */
  readonly spiffeId?: string;
}

export interface TestBundleOptions {
  /** Default 1. Null omits it. */
  readonly sequence?: number | null;
  /** Seconds. Default 300. Null omits it. */
  readonly refreshHint?: number | null;
  /** The authorities. Default: the one that writes the bundle. */
  readonly authorities?: readonly TestCertificate[];
}

/** A SPIFFE bundle (a JWK Set). */
export interface TestBundle {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  readonly spiffe_sequence?: number;
  readonly spiffe_refresh_hint?: number;
}

/** The authority of a trust domain. */
export interface TestSpiffeAuthority {
  readonly trustDomain: string;
  readonly authority: TestAuthority;
  /** Issues the X.509-SVID of a workload, valid for an hour. */
  issueSvid(options?: TestSvidOptions): Promise<TestCertificate>;
  /** Issues a subordinate authority, like that of a nested server of the same trust domain. */
  issueAuthority(options?: TestCertificateOptions): Promise<TestSpiffeAuthority>;
  /** Returns the bundle of the trust domain, as a bundle endpoint serves it. */
  bundle(options?: TestBundleOptions): TestBundle;
}

const HOUR = 3_600_000;

/**
 * Creates the authority of a SPIFFE trust domain with new keys, for tests. Certificates and bundles have the form of
 * SPIRE: subjects, key usages, lifetimes, members of the JWK Set, and keys for other SVIDs.
 *
 * Two calls for one trust domain create two authorities, such as before and after a rotation.
 *
 * @example
 * ```ts
 * import { createSpiffeTrust } from 'oauth-mtls/spiffe';
 * import { createSpiffeAuthority } from 'oauth-mtls/testing';
 * const authority = await createSpiffeAuthority('example.org');
 * const svid = await authority.issueSvid({ spiffeId: 'spiffe://example.org/payments' });
 * const trust = createSpiffeTrust({ trustDomains: { 'example.org': { bundle: authority.bundle() } } });
 * console.log(svid.chainPem, svid.privateKeyPem, trust.status);
 * ```
 * @throws TypeError for an invalid name of a trust domain
 */
export async function createSpiffeAuthority(
  trustDomain: string,
  options: SpiffeAuthorityOptions = {},
): Promise<TestSpiffeAuthority> {
  checkOptions<SpiffeAuthorityOptions>(options, { keyType: TEST_KEY_TYPES });
  const { keyType = 'P-256' } = options;
  if (!isTrustDomain(trustDomain)) throw new TypeError('The name must be that of a SPIFFE trust domain');
  const jwtKey = await createKeyPair('P-256');
  return spiffeAuthority(
    trustDomain,
    await createCertificateAuthority({ keyType, ...authorityProfile(trustDomain) }),
    jwtKey.publicJwk,
  );
}

function spiffeAuthority(trustDomain: string, authority: TestAuthority, jwtKey: KeyMembers): TestSpiffeAuthority {
  return {
    trustDomain,
    authority,
    async issueSvid(given = {}) {
      const options: unknown = given;
      if (!isJsonObject(options)) throw new TypeError('Options must be an object');
      const { spiffeId = `spiffe://${trustDomain}/workload`, ...rest } = given;
      return authority.issue(withDefaults(svidProfile(spiffeId), rest));
    },
    async issueAuthority(options = {}) {
      const child = await authority.issueAuthority(withDefaults(authorityProfile(trustDomain), options));
      return spiffeAuthority(trustDomain, child, jwtKey);
    },
    bundle(options = {}) {
      checkOptions<TestBundleOptions>(options, { sequence: 'any', refreshHint: 'any', authorities: 'array' });
      const { sequence = 1, refreshHint = 300, authorities = [authority] } = options;
      return {
        keys: [
          ...authorities.map(({ jwk }) => ({ use: 'x509-svid', ...jwk })),
          { use: 'jwt-svid', kid: 'C6vs25welZOx6WksNYfbMfiw9l96pMnD', ...jwtKey },
        ],
        ...(sequence !== null && { spiffe_sequence: sequence }),
        ...(refreshHint !== null && { spiffe_refresh_hint: refreshHint }),
      };
    },
  };
}

/** SPIRE's authority: a serial number in the subject distinguishes one generation from the next. */
function authorityProfile(trustDomain: string): TestCertificateOptions {
  const serial = crypto.getRandomValues(new BigUint64Array(2)).join('');
  return { subject: spireSubject('SPIFFE', serial), san: { uri: `spiffe://${trustDomain}` }, ...validFor(24 * HOUR) };
}

function svidProfile(spiffeId: string): TestCertificateOptions {
  return {
    subject: spireSubject('SPIRE'),
    san: { uri: spiffeId },
    keyUsage: ['digitalSignature', 'keyEncipherment', 'keyAgreement'],
    extendedKeyUsage: ['serverAuth', 'clientAuth'],
    ...validFor(HOUR),
  };
}

function spireSubject(organization: string, serialNumber?: string): TestSubject {
  return [
    [['2.5.4.6', 'PrintableString', 'US']],
    [['2.5.4.10', 'PrintableString', organization]],
    ...(serialNumber === undefined ? [] : ([[['2.5.4.5', 'PrintableString', serialNumber]]] as const)),
  ];
}

/** SPIRE backdates by ten seconds. */
function validFor(duration: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 10_000), notAfter: new Date(now + duration) };
}
