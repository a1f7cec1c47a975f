import { readFileSync } from 'node:fs';
import { parseCertificate, type Certificate } from 'oauth-mtls';

import { fromRoot } from '../../../subpaths.js';
import { context, TAG } from '../../../src/encoding/der.js';
import { oid, sequence, tlv } from '../../../src/testing/der-writer.js';
import { encodeSubject } from '../../../src/testing/names.js';
import { certificateFields } from '../../../src/x509/certificate.js';

// one that does not change, so that vectors/names.json does not
const model = parseCertificate(readFileSync(fromRoot('test/cli/files/renewed.pem'), 'utf8'));
const fields = certificateFields(model);
const EMPTY = encodeSubject('');
const NONE = new Uint8Array(0);

/**
 * DER of a certificate with these names and no other extension. Its signature is that of another
 * certificate: it is for comparing names by the thousand.
 */
export function splicedDer(names: {
  readonly issuer?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly san?: Uint8Array;
}): Uint8Array {
  const { bytes, tbsStart, issuerStart, issuerEnd, subjectStart, publicKeyStart, publicKeyEnd, tbsEnd } = fields;
  const { issuer = EMPTY, subject = EMPTY, san } = names;
  const contentStart = tbsStart + 2 + (bytes[tbsStart + 1]! & 0x7f);
  const extension = san && sequence(oid('2.5.29.17'), tlv(TAG.OCTET_STRING, san));
  const tbs = sequence(
    bytes.subarray(contentStart, issuerStart),
    issuer,
    bytes.subarray(issuerEnd, subjectStart),
    subject,
    bytes.subarray(publicKeyStart, publicKeyEnd),
    extension ? tlv(context(3, true), sequence(extension)) : NONE,
  );
  return sequence(tbs, bytes.subarray(tbsEnd));
}

export function splicedCertificate(names: Parameters<typeof splicedDer>[0]): Certificate {
  return parseCertificate(splicedDer(names));
}
