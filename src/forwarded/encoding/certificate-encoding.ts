import { DerReader, TAG } from '../../encoding/der.js';
import { assertMtlsError, MtlsError, reasonOf } from '../../errors.js';
import { decodeBase64 } from '#platform/base64';
import {
  parseBase64Certificate,
  parseCertificate,
  parsePemCertificate,
  type Certificate,
} from '../../x509/certificate.js';
import { percentDecode } from './percent-encoding.js';
import { parseByteSequence, parseByteSequenceList } from './structured-field.js';

/** Larger than any chain in use: TLS stacks verify to a depth of about ten. */
export const MAX_CERTIFICATES = 32;

/** Encodings of a certificate in a header. The values of `decode` of `custom`. */
export type CertificateEncoding = 'pem' | 'percent-pem' | 'base64-der' | 'rfc9440';

/** Reads exactly one certificate, or a sequence of at least one, without other content. */
export interface CertificateDecoder {
  readonly one: (text: string) => Certificate;
  readonly several: (text: string) => Certificate[];
}

const pem: CertificateDecoder = {
  one: (text) => parsePemCertificate(text),
  several: parsePemSequence,
};

const percentPem: CertificateDecoder = {
  one: (text) => pem.one(percentDecode(text)),
  several: (text) => pem.several(percentDecode(text)),
};

const base64Der: CertificateDecoder = {
  one: (text) => parseBase64Certificate(text),
  several: (text) => {
    const certificates: Certificate[] = [];
    for (const part of text.split(',')) parseDerSequence(decodeBase64(part), certificates);
    return certificates;
  },
};

const rfc9440: CertificateDecoder = {
  one: (text) => parseBase64Certificate(parseByteSequence(text)),
  several: (text) => parseByteSequenceList(text, MAX_CERTIFICATES).map((base64) => parseBase64Certificate(base64)),
};

export const decoders: ReadonlyMap<CertificateEncoding, CertificateDecoder> = new Map([
  ['pem', pem],
  ['percent-pem', percentPem],
  ['base64-der', base64Der],
  ['rfc9440', rfc9440],
]);

export { base64Der, pem, percentPem, rfc9440 };

/**
 * Reads the value of a field. Any fault of a lower layer is reported as a malformed field, with its reason and cause.
 */
export function decodeField<T>(read: (value: string) => T, value: string, field: string | undefined): T {
  try {
    return read(value);
  } catch (error) {
    assertMtlsError(error);
    if (error.code.startsWith('ERR_FORWARDED_')) throw new MtlsError(error.code, { ...error.detail, field });
    throw new MtlsError(
      'ERR_FORWARDED_MALFORMED',
      { field, reason: reasonOf('ERR_FORWARDED_MALFORMED', error.code) },
      { cause: error },
    );
  }
}

/** Parses consecutive PEM blocks, with white space between them. */
function parsePemSequence(text: string): Certificate[] {
  const end = '-----END CERTIFICATE-----';
  const certificates: Certificate[] = [];
  let start = 0;
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, start)) {
    checkCount(certificates.length);
    certificates.push(pem.one(text.slice(start, at + end.length)));
    start = at + end.length;
  }
  if (certificates.length === 0 || /[^\t-\r ]/.test(text.slice(start)))
    throw new MtlsError('ERR_ENCODING_PEM', { offset: start });
  return certificates;
}

/** Parses consecutive certificates in DER, the form of HAProxy's `ssl_c_chain_der`. */
function parseDerSequence(der: Uint8Array, certificates: Certificate[]): void {
  const reader = new DerReader(der);
  do {
    checkCount(certificates.length);
    certificates.push(parseCertificate(reader.expect(TAG.SEQUENCE).element()));
  } while (!reader.done);
}

function checkCount(count: number): void {
  if (count === MAX_CERTIFICATES)
    throw new MtlsError('ERR_FORWARDED_TOO_LARGE', { reason: 'certificates', limit: MAX_CERTIFICATES });
}
