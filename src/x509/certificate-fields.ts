import { checkInteger, unusedBits } from '../encoding/asn1.js';
import { anyEnd, contentStart, context, malformed, elementEnd, TAG } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { readExtensions, type ExtensionRange } from './extensions.js';
import { checkOid } from './oid.js';
import { timeEnd, timeValue } from './time.js';

const VERSION = context(0, true);
const ISSUER_UNIQUE_ID = context(1);
const SUBJECT_UNIQUE_ID = context(2);
const EXTENSIONS = context(3, true);

/**
 * The offsets of the parts of a certificate in its DER. They are found in one pass that checks every length and tag of
 * the structure. `bytes` must not be modified.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_MALFORMED, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 * @see RFC 5280 §4.1
 */
export class CertificateFields {
  /** 1, 2 or 3. */
  readonly version: number;
  /** tbsCertificate with tag and length: the signed data. */
  readonly tbsStart: number;
  readonly tbsEnd: number;
  readonly serialStart: number;
  readonly serialEnd: number;
  /** tbsCertificate.signature, the whole AlgorithmIdentifier. */
  readonly innerAlgorithmStart: number;
  readonly innerAlgorithmEnd: number;
  /** Name elements with tag and length. */
  readonly issuerStart: number;
  readonly issuerEnd: number;
  readonly subjectStart: number;
  readonly subjectEnd: number;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo with tag and length. */
  readonly publicKeyStart: number;
  readonly publicKeyEnd: number;
  /** Certificate.signatureAlgorithm, the whole AlgorithmIdentifier. */
  readonly algorithmStart: number;
  readonly algorithmEnd: number;
  /** Octets of the signature, without the number of unused bits. */
  readonly signatureStart: number;
  readonly signatureEnd: number;
  /** The list of extensions is present but empty. */
  readonly emptyExtensions: boolean;
  /** In order. */
  readonly extensions: readonly ExtensionRange[];

  constructor(readonly bytes: Uint8Array) {
    const end = elementEnd(bytes, 0, bytes.length, TAG.SEQUENCE);
    if (end !== bytes.length) throw malformed('trailing-bytes', end);
    const tbsStart = contentStart(bytes, 0);
    const tbsEnd = elementEnd(bytes, tbsStart, end, TAG.SEQUENCE);
    this.tbsStart = tbsStart;
    this.tbsEnd = tbsEnd;

    let at = contentStart(bytes, tbsStart);
    let version = 1;
    if (at < tbsEnd && bytes[at] === VERSION) {
      version = readVersion(bytes, at, tbsEnd);
      at = elementEnd(bytes, at, tbsEnd, VERSION);
    }
    this.version = version;
    const serialEnd = elementEnd(bytes, at, tbsEnd, TAG.INTEGER);
    this.serialStart = contentStart(bytes, at);
    this.serialEnd = serialEnd;
    checkInteger(bytes, this.serialStart, serialEnd);
    this.innerAlgorithmStart = serialEnd;
    const issuerStart = algorithmEnd(bytes, serialEnd, tbsEnd);
    this.innerAlgorithmEnd = issuerStart;
    this.issuerStart = issuerStart;
    const validity = elementEnd(bytes, issuerStart, tbsEnd, TAG.SEQUENCE);
    this.issuerEnd = validity;
    const subjectStart = elementEnd(bytes, validity, tbsEnd, TAG.SEQUENCE);
    const notBefore = contentStart(bytes, validity);
    const notAfter = timeEnd(bytes, notBefore, subjectStart);
    if (timeEnd(bytes, notAfter, subjectStart) !== subjectStart) throw malformed('trailing-bytes', notAfter);
    this.notBefore = timeValue(bytes, notBefore, notAfter);
    this.notAfter = timeValue(bytes, notAfter, subjectStart);
    this.subjectStart = subjectStart;
    const publicKeyStart = elementEnd(bytes, subjectStart, tbsEnd, TAG.SEQUENCE);
    this.subjectEnd = publicKeyStart;
    this.publicKeyStart = publicKeyStart;
    at = elementEnd(bytes, publicKeyStart, tbsEnd, TAG.SEQUENCE);
    this.publicKeyEnd = at;
    const key = algorithmEnd(bytes, contentStart(bytes, publicKeyStart), at);
    if (bitStringEnd(bytes, key, at, TAG.BIT_STRING) !== at) throw malformed('trailing-bytes', key);
    // RFC 5280 §4.1.2.8: unique identifiers from version 2 on, §4.1.2.9: extensions in version 3
    if (version > 1 && at < tbsEnd && bytes[at] === ISSUER_UNIQUE_ID)
      at = bitStringEnd(bytes, at, tbsEnd, ISSUER_UNIQUE_ID);
    if (version > 1 && at < tbsEnd && bytes[at] === SUBJECT_UNIQUE_ID)
      at = bitStringEnd(bytes, at, tbsEnd, SUBJECT_UNIQUE_ID);
    let extensions: readonly ExtensionRange[] = [];
    const listed = version === 3 && at < tbsEnd;
    if (listed) {
      const extensionsEnd = elementEnd(bytes, at, tbsEnd, EXTENSIONS);
      extensions = readExtensions(bytes, contentStart(bytes, at), extensionsEnd);
      at = extensionsEnd;
    }
    this.extensions = extensions;
    this.emptyExtensions = listed && extensions.length === 0;
    if (at !== tbsEnd) throw malformed('trailing-bytes', at);

    const signature = algorithmEnd(bytes, tbsEnd, end);
    this.algorithmStart = tbsEnd;
    this.algorithmEnd = signature;
    if (bitStringEnd(bytes, signature, end, TAG.BIT_STRING) !== end) throw malformed('trailing-bytes', signature);
    this.signatureStart = contentStart(bytes, signature) + 1;
    this.signatureEnd = end;
    // signatures are whole octets
    if (bytes[this.signatureStart - 1] !== 0) throw malformed('bit-string', this.signatureStart - 1);
  }
}

/** `[0] EXPLICIT INTEGER { v1(0), v2(1), v3(2) } DEFAULT v1`. An encoded default is accepted. */
function readVersion(bytes: Uint8Array, at: number, limit: number): number {
  const end = elementEnd(bytes, at, limit, VERSION);
  const integer = contentStart(bytes, at);
  if (elementEnd(bytes, integer, end, TAG.INTEGER) !== end) throw malformed('trailing-bytes', integer);
  const value = bytes[end - 1]!;
  if (end - contentStart(bytes, integer) !== 1 || value > 2) {
    throw new MtlsError('ERR_CERTIFICATE_MALFORMED', { field: 'version', offset: integer });
  }
  return value + 1;
}

/** AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL } */
function algorithmEnd(bytes: Uint8Array, at: number, limit: number): number {
  const end = elementEnd(bytes, at, limit, TAG.SEQUENCE);
  const oid = contentStart(bytes, at);
  const oidEnd = elementEnd(bytes, oid, end, TAG.OID);
  checkOid(bytes, contentStart(bytes, oid), oidEnd);
  if (oidEnd < end && anyEnd(bytes, oidEnd, end) !== end) throw malformed('trailing-bytes', oidEnd);
  return end;
}

function bitStringEnd(bytes: Uint8Array, at: number, limit: number, tag: number): number {
  const end = elementEnd(bytes, at, limit, tag);
  unusedBits(bytes, contentStart(bytes, at), end);
  return end;
}
