import { certificateFields, type Certificate } from '../x509/certificate.js';
import type { TestCertificate } from './certificate-options.js';
import { createRoot, testCertificate } from './certificate-authority.js';
import { oid, sequence } from './der-writer.js';
import { signCertificate, tbsParts } from './exact-names.js';
import { createKeyPair } from './key-pair.js';
import { bareCertificate } from '../presented/presented-certificate.js';

/** AlgorithmIdentifier of ecdsa-with-SHA256, RFC 5758 §3.2. */
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/**
 * Creates the best forgery of a certificate that an attacker can make. It has the same subject, issuer, serial number,
 * validity period and extensions, including key identifiers, but another key. It is signed by another authority of the
 * same name, which is in `chainPem`. Code that accepts it compares names instead of signatures or thumbprints.
 *
 * @example
 * ```ts
 * import { createPathVerifier } from 'oauth-mtls/pki';
 * import { createCertificateAuthority, forgedTwin } from 'oauth-mtls/testing';
 * const authority = await createCertificateAuthority();
 * const twin = await forgedTwin(await authority.issue({ subject: 'CN=client' }));
 * await createPathVerifier({ trustAnchors: [authority.pem] }).verify(twin.pem); // rejects: ERR_PATH_SIGNATURE
 * ```
 */
export async function forgedTwin(certificate: Certificate | TestCertificate): Promise<TestCertificate> {
  const fields = certificateFields(bareCertificate(certificate));
  const { bytes, issuerStart, issuerEnd } = fields;
  const forger = await createRoot({ name: bytes.slice(issuerStart, issuerEnd) });
  const keyPair = await createKeyPair('P-256');
  const { beforeAlgorithm, beforeKey, afterKey } = tbsParts(fields);
  const key = new Uint8Array(await crypto.subtle.exportKey('spki', keyPair.keys.publicKey));
  const tbs = sequence(beforeAlgorithm, ECDSA_SHA256, beforeKey, key, afterKey);
  return testCertificate({ keyPair }, await signCertificate(tbs, ECDSA_SHA256, forger.keyPair), forger.pem);
}
