import { sign } from 'node:crypto';
import { TAG } from '../../src/encoding/der.js';
import { certificateFields, type Certificate } from '../../src/x509/certificate.js';
import { concat, sequence, tlv } from '../../src/testing/der-writer.js';

/** Parts of a certificate to put in place of its own; each with tag and length, or empty to leave it out. */
export interface ReplacedParts {
  readonly version?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly extensions?: Uint8Array;
}

/** A certificate that the test kit cannot be asked for: with other parts, and signed again, by default with SHA-256. */
export function resigned(
  certificate: Certificate,
  privateKeyPem: string,
  parts: ReplacedParts,
  signWith = (tbs: Uint8Array, key: string) => sign('sha256', tbs, key),
): Uint8Array<ArrayBuffer> {
  const fields = certificateFields(certificate);
  const { bytes, innerAlgorithmStart: algorithmStart, innerAlgorithmEnd: algorithmEnd } = fields;
  const serial = parts.serial ?? bytes.subarray(fields.serialStart - 2, algorithmStart);
  const version = parts.version ?? Uint8Array.of(0xa0, 3, 2, 1, 2);
  const algorithm = parts.algorithm ?? bytes.subarray(algorithmStart, algorithmEnd);
  const middle = bytes.subarray(algorithmEnd, fields.publicKeyEnd);
  const extensions = parts.extensions ?? bytes.subarray(fields.publicKeyEnd, fields.tbsEnd);
  const tbs = sequence(version, serial, algorithm, middle, extensions);
  const signature = signWith(tbs, privateKeyPem);
  return sequence(tbs, algorithm, tlv(TAG.BIT_STRING, concat(Uint8Array.of(0), signature)));
}
