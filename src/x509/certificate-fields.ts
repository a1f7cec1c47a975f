import { context, DerReader, derError, TAG } from '../encoding/der.js';
import { MtlsError } from '../errors.js';
import { readExtensions, type ExtensionRange } from './extensions.js';
import { checkOid } from './oid.js';
import { readTime } from './time.js';

const VERSION = context(0, true);
const ISSUER_UNIQUE_ID = context(1);
const SUBJECT_UNIQUE_ID = context(2);
const EXTENSIONS = context(3, true);

/**
 * Where the parts of a certificate stand in its DER, found in one pass in which every length and tag of the
 * frame is checked. `bytes` must not be written to.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_MALFORMED, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 * @see RFC 5280 §4.1
 */
export class CertificateFields {
  /** 1, 2 or 3. */
  readonly version: number;
  /** tbsCertificate with tag and length: what is signed. */
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
  /** Octets of the signature, without the count of unused bits. */
  readonly signatureStart: number;
  readonly signatureEnd: number;
  /** The list of extensions, or 0 where there is none. */
  readonly #extensionsStart: number;
  #extensions: readonly ExtensionRange[] | undefined;

  constructor(readonly bytes: Uint8Array) {
    const reader = new DerReader(bytes);
    const input = reader.expect(TAG.SEQUENCE).into();
    reader.expect(TAG.SEQUENCE);
    this.tbsStart = reader.header;
    this.tbsEnd = reader.end;
    const certificate = reader.into();

    const version = readVersion(reader);
    this.version = version;
    reader.expect(TAG.INTEGER);
    this.serialStart = reader.start;
    this.serialEnd = reader.end;
    checkInteger(bytes, this.serialStart, this.serialEnd);
    this.innerAlgorithmStart = readAlgorithm(reader);
    this.innerAlgorithmEnd = reader.end;
    reader.expect(TAG.SEQUENCE);
    this.issuerStart = reader.header;
    this.issuerEnd = reader.end;
    const validity = reader.expect(TAG.SEQUENCE).into();
    this.notBefore = readTime(reader);
    this.notAfter = readTime(reader);
    reader.leave(validity);
    reader.expect(TAG.SEQUENCE);
    this.subjectStart = reader.header;
    this.subjectEnd = reader.end;
    reader.expect(TAG.SEQUENCE);
    this.publicKeyStart = reader.header;
    this.publicKeyEnd = reader.end;
    const publicKey = reader.into();
    readAlgorithm(reader);
    checkUnusedBits(reader.expect(TAG.BIT_STRING));
    reader.leave(publicKey);
    // RFC 5280 §4.1.2.8: unique identifiers from version 2 on, §4.1.2.9: extensions in version 3
    if (version >= 2 && reader.optional(ISSUER_UNIQUE_ID)) checkUnusedBits(reader);
    if (version >= 2 && reader.optional(SUBJECT_UNIQUE_ID)) checkUnusedBits(reader);
    let extensionsStart = 0;
    if (version === 3 && reader.optional(EXTENSIONS)) {
      const tbs = reader.into();
      extensionsStart = reader.end;
      readExtensions(reader);
      reader.leave(tbs);
    }
    this.#extensionsStart = extensionsStart;
    reader.leave(certificate);

    this.algorithmStart = readAlgorithm(reader);
    this.algorithmEnd = reader.end;
    checkUnusedBits(reader.expect(TAG.BIT_STRING));
    if (bytes[reader.start] !== 0) throw derError('bit-string', reader.start);
    this.signatureStart = reader.start + 1;
    this.signatureEnd = reader.end;
    reader.leave(input);
    reader.finish();
  }

  /** The extensions in order; made on first use. */
  get extensions(): readonly ExtensionRange[] {
    if (this.#extensions === undefined) {
      const ranges: ExtensionRange[] = [];
      if (this.#extensionsStart > 0) readExtensions(new DerReader(this.bytes, this.#extensionsStart), ranges);
      this.#extensions = Object.freeze(ranges);
    }
    return this.#extensions;
  }
}

/** `[0] EXPLICIT INTEGER`; version 1 is the default, and DER does not write a default (X.690 §11.5). */
function readVersion(reader: DerReader): number {
  if (!reader.optional(VERSION)) return 1;
  const outer = reader.into();
  const { start, end, bytes } = reader.expect(TAG.INTEGER);
  reader.leave(outer);
  const value = bytes[start]!;
  if (end - start !== 1 || (value !== 1 && value !== 2)) {
    throw new MtlsError('ERR_CERTIFICATE_MALFORMED', { field: 'version', offset: start });
  }
  return value + 1;
}

/**
 * X.690 §8.3.2: the first nine bits of an INTEGER are neither all zero nor all one.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function checkInteger(bytes: Uint8Array, start: number, end: number): void {
  if (end === start) throw derError('integer', start);
  if (end - start === 1) return;
  const first = bytes[start]!;
  const negative = bytes[start + 1]! >= 0x80;
  if ((first === 0 && !negative) || (first === 0xff && negative)) throw derError('integer', start);
}

/**
 * AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }. Returns where it
 * starts; the reader then stands at its end.
 */
function readAlgorithm(reader: DerReader): number {
  const start = reader.expect(TAG.SEQUENCE).header;
  const outer = reader.into();
  reader.expect(TAG.OID);
  checkOid(reader.bytes, reader.start, reader.end);
  if (!reader.done) reader.next();
  reader.leave(outer);
  return start;
}

/** X.690 §8.6.2 and §11.2: the count of unused bits is in range, and those bits are zero. */
function checkUnusedBits({ bytes, start, end }: DerReader): void {
  const unused = end > start ? bytes[start]! : 8;
  if (unused > 7 || (unused > 0 && (end - start === 1 || (bytes[end - 1]! & ((1 << unused) - 1)) !== 0))) {
    throw derError('bit-string', start);
  }
}
