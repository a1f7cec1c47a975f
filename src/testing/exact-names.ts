import 'reflect-metadata/lite';
import { AsnEcSignatureFormatter } from '@peculiar/x509';
import { TAG } from '../encoding/der.js';
import { certificateFields, parseCertificate } from '../x509/certificate.js';
import { sequence, tlv } from './der-writer.js';
import type { TestKeyPair } from './key-pair.js';

/**
 * The same certificate with these Name elements, signed again. The generator decodes and encodes names, and
 * what is not valid in its string type would not survive that.
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
  // the length octets of tbsCertificate: 0x82 and two more, or fewer
  const contentStart = tbsStart + 2 + (bytes[tbsStart + 1]! < 0x80 ? 0 : bytes[tbsStart + 1]! & 0x7f);
  const tbs = sequence(
    bytes.subarray(contentStart, issuerStart),
    issuer,
    bytes.subarray(issuerEnd, subjectStart),
    subject,
    bytes.subarray(subjectEnd, tbsEnd),
  );
  const { algorithm, keys } = signer;
  const signature = await crypto.subtle.sign(algorithm, keys.privateKey, tbs);
  const value =
    algorithm.name === 'ECDSA'
      ? new AsnEcSignatureFormatter().toAsnSignature({ ...keys.privateKey.algorithm, ...algorithm }, signature)
      : signature;
  if (value === null) throw new TypeError('Unknown signature algorithm');
  return sequence(
    tbs,
    bytes.subarray(innerAlgorithmStart, innerAlgorithmEnd),
    tlv(TAG.BIT_STRING, Uint8Array.of(0), new Uint8Array(value)),
  );
}
