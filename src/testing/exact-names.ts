import { contentStart, TAG } from '../encoding/der.js';
import { certificateFields, parseCertificate, type CertificateFields } from '../x509/certificate.js';
import { sequence, tlv } from './der-writer.js';
import type { TestKeyPair } from './key-pair.js';
import { loadX509 } from './load-packages.js';

/**
 * Returns the same certificate with these Name elements, signed again. The generator decodes and encodes names, which
 * would change a value that is invalid in its string type.
 */
export async function withExactNames(
  der: Uint8Array,
  issuer: Uint8Array,
  subject: Uint8Array,
  signer: TestKeyPair,
): Promise<Uint8Array<ArrayBuffer>> {
  const {
    bytes,
    tbsStart,
    tbsEnd,
    issuerStart,
    issuerEnd,
    subjectStart,
    subjectEnd,
    innerAlgorithmStart,
    innerAlgorithmEnd,
  } = certificateFields(parseCertificate(der));
  const tbs = sequence(
    bytes.subarray(contentStart(bytes, tbsStart), issuerStart),
    issuer,
    bytes.subarray(issuerEnd, subjectStart),
    subject,
    bytes.subarray(subjectEnd, tbsEnd),
  );
  return signCertificate(tbs, bytes.subarray(innerAlgorithmStart, innerAlgorithmEnd), signer);
}

/** Creates a certificate from a tbsCertificate. The algorithm is that of the signer. */
export async function signCertificate(
  tbs: Uint8Array<ArrayBuffer>,
  algorithmIdentifier: Uint8Array,
  { algorithm, keys }: TestKeyPair,
): Promise<Uint8Array<ArrayBuffer>> {
  const { AsnEcSignatureFormatter } = await loadX509();
  const signature = await crypto.subtle.sign(algorithm, keys.privateKey, tbs);
  const value =
    algorithm.name === 'ECDSA'
      ? new AsnEcSignatureFormatter().toAsnSignature({ ...keys.privateKey.algorithm, ...algorithm }, signature)
      : signature;
  if (value === null) throw new TypeError('The signature algorithm is unknown');
  return sequence(tbs, algorithmIdentifier, tlv(TAG.BIT_STRING, Uint8Array.of(0), new Uint8Array(value)));
}

/** Returns the parts of a tbsCertificate around its signature algorithm and its public key. */
export function tbsParts(fields: CertificateFields): Record<'beforeAlgorithm' | 'beforeKey' | 'afterKey', Uint8Array> {
  const { bytes, tbsStart, tbsEnd, innerAlgorithmStart, innerAlgorithmEnd, publicKeyStart, publicKeyEnd } = fields;
  return {
    beforeAlgorithm: bytes.subarray(contentStart(bytes, tbsStart), innerAlgorithmStart),
    beforeKey: bytes.subarray(innerAlgorithmEnd, publicKeyStart),
    afterKey: bytes.subarray(publicKeyEnd, tbsEnd),
  };
}
