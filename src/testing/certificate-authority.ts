import { withDefaults } from '../options.js';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { buildCertificate, subjectName, type Issuer, type Profile } from './build-certificate.js';
import {
  checkCertificateOptions,
  type TestCertificate,
  type TestCertificateOptions,
  type TestCrlOptions,
} from './certificate-options.js';
import { buildCrl } from './revocation/build-crl.js';
import { toBase64 } from '../encoding/bytes.js';
import { writePem } from '../encoding/pem.js';
import { createKeyPair } from './key-pair.js';
import { buildOcspResponse, type TestOcspOptions } from './revocation/build-ocsp-response.js';

export interface TestAuthority extends TestCertificate {
  /** Issues an end-entity certificate. */
  issue(options?: TestCertificateOptions): Promise<TestCertificate>;
  /**
   * Issues another certificate for the same subject, with the same names and usages, except for the given options. It
   * has a new key, unless `key` is `same`.
   */
  renew(certificate: TestCertificate, options?: TestRenewalOptions): Promise<TestCertificate>;
  /** Issues an intermediate authority. */
  issueAuthority(options?: TestCertificateOptions): Promise<TestAuthority>;
  /** Signs a CRL. */
  crl(options?: TestCrlOptions): Promise<{ readonly pem: string; readonly der: Uint8Array }>;
  /** Signs an OCSP response (RFC 6960). Requires the packages pkijs and asn1js. */
  ocspResponse(
    certificate: Certificate | TestCertificate,
    options?: TestOcspOptions,
  ): Promise<{ readonly pem: string; readonly der: Uint8Array }>;
}

export interface TestRenewalOptions extends TestCertificateOptions {
  /** Default `new`. */
  readonly key?: 'new' | 'same';
}

/** The inputs of each certificate, for its renewal. */
const profiles = new WeakMap<TestCertificate, Profile>();

/**
 * Creates a root certification authority with new keys, for tests.
 *
 * @example
 * ```ts
 * import { createCertificateAuthority } from 'oauth-mtls/testing';
 * const root = await createCertificateAuthority({ subject: 'CN=Test Root' });
 * const intermediate = await root.issueAuthority({ subject: 'CN=Test Intermediate' });
 * const client = await intermediate.issue({ subject: 'CN=client,O=Acme,C=US', san: { dns: 'client.example' } });
 * console.log(client.certificate.thumbprint, client.chainPem, client.privateKeyPem);
 * ```
 */
export async function createCertificateAuthority(options: TestCertificateOptions = {}): Promise<TestAuthority> {
  checkCertificateOptions(options);
  return createRoot(options);
}

/** Like {@link createCertificateAuthority}, optionally with a given Name element. */
export async function createRoot(options: TestCertificateOptions & Pick<Profile, 'name'>): Promise<TestAuthority> {
  const profile = await authorityProfile(withDefaults({ subject: 'CN=Test Root CA' }, options));
  return authority(profile, await buildCertificate(profile), '');
}

/**
 * Creates a self-signed certificate, as a client registers it for `self_signed_tls_client_auth`.
 *
 * @example
 * ```ts
 * import { selfSignedCertificate } from 'oauth-mtls/testing';
 * const { jwk, pem, privateKeyPem } = await selfSignedCertificate({ subject: 'CN=client' });
 * ```
 */
export async function selfSignedCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  checkCertificateOptions(options);
  const keyPair = options.keyPair ?? (await createKeyPair(options.keyType ?? 'P-256'));
  const profile = { ...withDefaults({ basicConstraints: { ca: false } }, options), keyPair };
  return testCertificate(profile, await buildCertificate(profile), '');
}

async function authorityProfile(options: TestCertificateOptions): Promise<Profile> {
  return {
    ...withDefaults({ basicConstraints: { ca: true }, keyUsage: ['keyCertSign', 'cRLSign'] as const }, options),
    keyPair: options.keyPair ?? (await createKeyPair(options.keyType ?? 'P-256')),
  };
}

function authority(profile: Profile, der: Uint8Array, issuerChainPem: string, root = true): TestAuthority {
  const self = testCertificate(profile, der, issuerChainPem);
  const issuer: Issuer = {
    name: subjectName(profile),
    keyPair: profile.keyPair,
    // a root is not part of the chain that is sent
    chainPem: root ? '' : self.chainPem,
  };
  const dated = <Options extends TestCertificateOptions>(options: Options): Options =>
    withDefaults({ now: profile.now }, options);
  const moment = (): number => (profile.now ?? new Date()).getTime();
  return {
    ...self,
    async issue(options = {}) {
      checkCertificateOptions(options);
      const keyPair = options.keyPair ?? (await createKeyPair(options.keyType ?? 'P-256'));
      const leaf = {
        ...withDefaults({ extendedKeyUsage: ['clientAuth'], basicConstraints: { ca: false } }, dated(options)),
        keyPair,
      };
      return testCertificate(leaf, await buildCertificate(leaf, issuer), issuer.chainPem);
    },
    async renew(certificate, renewal = {}) {
      checkCertificateOptions(renewal, true);
      const { key = 'new', ...options } = renewal;
      const former = profiles.get(certificate);
      if (former === undefined) throw new TypeError('Only certificates issued by this kit can be renewed');
      const { serialNumber: _serial, notBefore: _from, notAfter: _until, now: _now, keyPair, ...kept } = former;
      const fresh = key === 'same' ? keyPair : await createKeyPair(options.keyType ?? former.keyType ?? 'P-256');
      const renewed = { ...withDefaults(kept, dated(options)), keyPair: options.keyPair ?? fresh };
      return testCertificate(renewed, await buildCertificate(renewed, issuer), issuer.chainPem);
    },
    async issueAuthority(options = {}) {
      checkCertificateOptions(options);
      const child = await authorityProfile(withDefaults({ subject: 'CN=Test Intermediate CA' }, dated(options)));
      return authority(child, await buildCertificate(child, issuer), issuer.chainPem, false);
    },
    crl: (options = {}) => buildCrl(issuer, options, moment()),
    ocspResponse: (certificate, options = {}) => buildOcspResponse({ ...issuer, self }, certificate, options, moment()),
  };
}

/** Returns a certificate in all forms. */
export function testCertificate(profile: Profile, der: Uint8Array, issuerChainPem: string): TestCertificate {
  const pem = writePem('CERTIFICATE', der);
  const made: TestCertificate = {
    certificate: parseCertificate(der),
    pem,
    privateKeyPem: profile.keyPair.privateKeyPem,
    keyPair: profile.keyPair,
    chainPem: pem + issuerChainPem,
    jwk: { ...profile.keyPair.publicJwk, x5c: [toBase64(der)] },
  };
  profiles.set(made, profile);
  return made;
}
