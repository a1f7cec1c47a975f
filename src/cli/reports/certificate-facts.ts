import { readBitOctets, readMagnitude } from '../../encoding/asn1.js';
import { DerReader, TAG } from '../../encoding/der.js';
import { assertMtlsError } from '../../errors.js';
import { KEY_USAGE, PURPOSE } from '../../pki/certificate/certificate-extensions.js';
import { PathCertificate } from '../../pki/certificate/path-certificate.js';
import { bitLength } from '../../pki/certificate/public-key.js';
import type { Certificate } from '../../x509/certificate.js';
import type { SvidFault } from './inspect-svid.js';

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
];

/** A reason for which servers refuse a certificate. */
export interface CertificateProblem {
  /** Stable, for scripts. */
  readonly problem: keyof typeof PROBLEMS | `svid-${SvidFault}`;
  readonly text: string;
}

const PROBLEMS = {
  expired: 'The certificate has expired.',
  'not-yet-valid': 'The certificate is not yet valid.',
  'no-client-auth': 'The extended key usage does not include clientAuth, so TLS servers refuse it for clients.',
  'no-digital-signature': 'The key usage does not include digitalSignature, which TLS client authentication needs.',
  authority: 'This is the certificate of an authority, not of a client.',
  'unknown-critical-extension': 'The certificate has a critical extension that path validation does not process.',
  'weak-key': 'The public key is too weak or too costly to use.',
  'unsupported-key': 'The public key type is not supported by path validation.',
  malformed: 'A part of the certificate is malformed.',
  'no-name': 'The certificate has no name that can be registered for tls_client_auth.',
} as const;

export interface CertificateFacts {
  /** `P-256`, `RSA 2048`, `Ed25519`. Undefined for an unknown type. */
  readonly publicKey: string | undefined;
  readonly keyUsage: readonly string[] | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly authority: boolean;
  /** Whether subject and issuer are the same name. The signature is not verified. */
  readonly selfIssued: boolean;
  readonly problems: readonly CertificateProblem[];
}

/**
 * Collects the content of the extensions and the key of a certificate, and its problems as a client certificate.
 */
export function certificateFacts(certificate: Certificate, now: Date): CertificateFacts {
  const found: (keyof typeof PROBLEMS)[] = [];
  if (now > certificate.notAfter) found.push('expired');
  if (now < certificate.notBefore) found.push('not-yet-valid');
  const facts = readFacts(certificate, found);
  return { ...facts, problems: found.map(problemOf) };
}

/** Returns a problem with its sentence. */
export function problemOf(problem: keyof typeof PROBLEMS): CertificateProblem {
  return { problem, text: PROBLEMS[problem] };
}

function readFacts(certificate: Certificate, found: (keyof typeof PROBLEMS)[]): Omit<CertificateFacts, 'problems'> {
  const nothing = { publicKey: undefined, keyUsage: undefined, extendedKeyUsage: undefined };
  try {
    const path = new PathCertificate(certificate);
    const { purposes, keyUsage, basicConstraints, unknownCritical } = path.extensions;
    if (purposes !== undefined && (purposes & (PURPOSE.clientAuth | PURPOSE.any)) === 0) found.push('no-client-auth');
    if (keyUsage !== undefined && (keyUsage & KEY_USAGE.digitalSignature) === 0) found.push('no-digital-signature');
    if (basicConstraints?.ca === true) found.push('authority');
    if (unknownCritical) found.push('unknown-critical-extension');
    return {
      publicKey: readKey(path, found),
      keyUsage: keyUsage === undefined ? undefined : KEY_USAGES.filter((_, bit) => (keyUsage & (1 << bit)) !== 0),
      extendedKeyUsage: purposes === undefined ? undefined : purposeNames(purposes),
      authority: basicConstraints?.ca === true,
      selfIssued: path.selfIssued,
    };
  } catch (error) {
    assertMtlsError(error);
    found.push('malformed');
    return { ...nothing, authority: false, selfIssued: false };
  }
}

function readKey(path: PathCertificate, found: (keyof typeof PROBLEMS)[]): string | undefined {
  try {
    const { type } = path.publicKey();
    return type === 'RSA' ? `RSA ${rsaBits(path.certificate.publicKey)}` : type;
  } catch (error) {
    assertMtlsError(error);
    if (error.code === 'ERR_PATH_WEAK_KEY') {
      found.push('weak-key');
      return `RSA ${rsaBits(path.certificate.publicKey)}`;
    }
    found.push(error.code === 'ERR_PATH_ALGORITHM' ? 'unsupported-key' : 'malformed');
    return undefined;
  }
}

/** Bits of the modulus in the SubjectPublicKeyInfo of an RSA key. */
function rsaBits(publicKey: Uint8Array): number {
  const info = new DerReader(publicKey).expect(TAG.SEQUENCE).enter();
  info.expect(TAG.SEQUENCE);
  const key = new DerReader(readBitOctets(info.expect(TAG.BIT_STRING))!).expect(TAG.SEQUENCE).enter();
  return bitLength(readMagnitude(key.expect(TAG.INTEGER)));
}

/** The purposes for TLS and OCSP. All others are one word. */
function purposeNames(purposes: number): string[] {
  const names = (['serverAuth', 'clientAuth', 'ocspSigning', 'any'] as const).filter(
    (name) => (purposes & PURPOSE[name]) !== 0,
  );
  return names.length === 0 ? ['other'] : names;
}
