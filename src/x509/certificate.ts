import { toHex } from '../encoding/bytes.js';
import { context, DerReader, derError, TAG } from '../encoding/der.js';
import { looksLikePem, pemBody } from '../encoding/pem.js';
import { MtlsError } from '../errors.js';
import { decodeBase64 } from '#platform/base64';
import { copyBytes } from '#platform/copy';
import { sha256Base64url } from '#platform/sha256';
import { readName, type DistinguishedName } from './distinguished-name.js';
import { readExtensions, type ExtensionRange } from './extensions.js';
import { checkOid, isOid, OID } from './oid.js';
import { readSubjectAltNames, type SubjectAltName } from './subject-alt-name.js';
import { readTime } from './time.js';

/** Largest certificate that is read unless the caller says otherwise, in bytes of DER. */
const DEFAULT_MAX_BYTES = 65_536;

/**
 * Every form in which a certificate is at hand in Node programs: one RFC 7468 `CERTIFICATE` block or the
 * standard base64 of the DER (the `x5c` form) as a string; DER as bytes; Node's `X509Certificate` and
 * `PeerCertificate` (`raw`); `@peculiar/x509` (`rawData`); a {@link Certificate}, which is returned as it is.
 */
export type CertificateInput =
  | string
  | Uint8Array
  | ArrayBuffer
  | { readonly raw: Uint8Array }
  | { readonly rawData: ArrayBuffer }
  | Certificate;

export interface ParseCertificateOptions {
  /** Largest DER accepted, in bytes. Default 65536. */
  readonly maxBytes?: number;
}

/**
 * An X.509 certificate (RFC 5280 §4.1), well-formed and otherwise unverified: neither its signature nor its
 * validity period nor who issued it has been checked. Immutable; all but the encoding is computed on first use.
 */
export interface Certificate {
  /** The DER that was parsed: a fresh copy at each read, so that nobody can change what is hashed. */
  readonly der: Uint8Array;
  /** Lower-case hexadecimal without sign octet; a negative number (RFC 5280 forbids them) starts with `-`. */
  readonly serialNumber: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** First moment at which the certificate is valid. */
  readonly notBefore: Date;
  /** Last second in which the certificate is valid. */
  readonly notAfter: Date;
  /** Entries of the subjectAltName extension, in order; empty without the extension. */
  readonly subjectAltNames: readonly SubjectAltName[];
  /** SubjectPublicKeyInfo in DER: a fresh copy at each read. */
  readonly publicKey: Uint8Array;
  /** `x5t#S256`: base64url without padding of the SHA-256 of the DER, 43 characters (RFC 8705 §3.1). */
  readonly thumbprint: string;
}

/** Where the parts of a certificate stand in its DER. For the layers above; `bytes` must not be written to. */
export interface CertificateFields {
  readonly bytes: Uint8Array;
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
  readonly extensions: readonly ExtensionRange[];
  /** Certificate.signatureAlgorithm, the whole AlgorithmIdentifier. */
  readonly algorithmStart: number;
  readonly algorithmEnd: number;
  /** Octets of the signature, without the count of unused bits. */
  readonly signatureStart: number;
  readonly signatureEnd: number;
}

const VERSION = context(0, true);
const ISSUER_UNIQUE_ID = context(1);
const SUBJECT_UNIQUE_ID = context(2);
const EXTENSIONS = context(3, true);
const NO_EXTENSIONS: readonly ExtensionRange[] = Object.freeze([]);

class ParsedCertificate implements Certificate {
  readonly #fields: CertificateFields;
  #thumbprint: string | undefined;
  #subject: DistinguishedName | undefined;
  #issuer: DistinguishedName | undefined;
  #subjectAltNames: readonly SubjectAltName[] | undefined;

  constructor(fields: CertificateFields) {
    this.#fields = fields;
  }

  static fieldsOf(value: unknown): CertificateFields | undefined {
    return typeof value === 'object' && value !== null && #fields in value ? value.#fields : undefined;
  }

  get der(): Uint8Array {
    return this.#fields.bytes.slice();
  }

  get serialNumber(): string {
    const { bytes, serialStart, serialEnd } = this.#fields;
    const hex = toHex(bytes, serialStart, serialEnd);
    if (bytes[serialStart]! < 0x80) return serialEnd - serialStart > 1 && hex.startsWith('00') ? hex.slice(2) : hex;
    const magnitude = ((1n << BigInt(4 * hex.length)) - BigInt(`0x${hex}`)).toString(16);
    return `-${magnitude.length % 2 === 0 ? '' : '0'}${magnitude}`;
  }

  get subject(): DistinguishedName {
    const { bytes, subjectStart, subjectEnd } = this.#fields;
    return (this.#subject ??= readName(bytes, subjectStart, subjectEnd));
  }

  get issuer(): DistinguishedName {
    const { bytes, issuerStart, issuerEnd } = this.#fields;
    return (this.#issuer ??= readName(bytes, issuerStart, issuerEnd));
  }

  get notBefore(): Date {
    return new Date(this.#fields.notBefore);
  }

  get notAfter(): Date {
    return new Date(this.#fields.notAfter);
  }

  get subjectAltNames(): readonly SubjectAltName[] {
    if (this.#subjectAltNames === undefined) {
      const extension = findExtension(this.#fields, OID.subjectAltName);
      const names = extension ? readSubjectAltNames(this.#fields.bytes, extension.start, extension.end) : [];
      this.#subjectAltNames = Object.freeze(names);
    }
    return this.#subjectAltNames;
  }

  get publicKey(): Uint8Array {
    const { bytes, publicKeyStart, publicKeyEnd } = this.#fields;
    return bytes.slice(publicKeyStart, publicKeyEnd);
  }

  get thumbprint(): string {
    return (this.#thumbprint ??= sha256Base64url(this.#fields.bytes));
  }
}

/**
 * Parses one X.509 certificate, strictly: it spans the whole input, in DER with minimal definite lengths,
 * without an extension that comes twice. The input is copied once; a later write to it changes nothing.
 *
 * Checked: encoding and structure. Not checked: signature, issuer, validity period, key usage, names.
 *
 * @example
 * ```ts
 * import { parseCertificate } from 'oauth-mtls';
 * declare const pem: string;
 * const certificate = parseCertificate(pem);
 * console.log(certificate.thumbprint, certificate.subject.toString());
 * ```
 * @throws MtlsError ERR_ENCODING_EMPTY, ERR_ENCODING_TOO_LARGE, ERR_ENCODING_PEM, ERR_ENCODING_PEM_LABEL,
 * ERR_ENCODING_BASE64, ERR_ENCODING_DER, ERR_CERTIFICATE_MALFORMED, ERR_CERTIFICATE_DUPLICATE_EXTENSION
 * @throws TypeError for an input of another type
 * @see RFC 5280 §4.1
 */
export function parseCertificate(input: CertificateInput, options?: ParseCertificateOptions): Certificate {
  if (ParsedCertificate.fieldsOf(input) !== undefined) return input as Certificate;
  if (typeof input !== 'string') return parseBytes(input, maxBytesOf(options));
  return looksLikePem(input) ? parsePemCertificate(input, options) : parseBase64Certificate(input, options);
}

/** {@link parseCertificate} for text that has to be one `CERTIFICATE` block (RFC 7468 §5). */
export function parsePemCertificate(text: string, options?: ParseCertificateOptions): Certificate {
  const maxBytes = maxBytesOf(options);
  checkText(text, maxBytes);
  return parseOwnBytes(decodeBase64(pemBody(text, 'CERTIFICATE')), maxBytes);
}

/** {@link parseCertificate} for text that has to be standard base64 of the DER, as in `x5c`. */
export function parseBase64Certificate(text: string, options?: ParseCertificateOptions): Certificate {
  const maxBytes = maxBytesOf(options);
  checkText(text, maxBytes);
  return parseOwnBytes(decodeBase64(text), maxBytes);
}

/** The offsets behind a {@link Certificate}. Throws a TypeError for anything that `parseCertificate` did not make. */
export function certificateFields(certificate: Certificate): CertificateFields {
  const fields = ParsedCertificate.fieldsOf(certificate);
  if (fields === undefined) throw new TypeError('A certificate comes from parseCertificate');
  return fields;
}

/** The extension with this object identifier, if the certificate has it. */
export function findExtension(fields: CertificateFields, oid: Uint8Array): ExtensionRange | undefined {
  for (const extension of fields.extensions) {
    if (isOid(fields.bytes, extension.oidStart, extension.oidEnd, oid)) return extension;
  }
  return undefined;
}

function maxBytesOf({ maxBytes = DEFAULT_MAX_BYTES }: ParseCertificateOptions = {}): number {
  if (!Number.isSafeInteger(maxBytes) || maxBytes <= 0) throw new TypeError('maxBytes must be a positive integer');
  return maxBytes;
}

function checkText(text: string, maxBytes: number): void {
  if (text.length === 0) throw new MtlsError('ERR_ENCODING_EMPTY');
  // base64 takes 4 characters for 3 bytes, PEM a little more: twice the limit cannot hold less than the limit
  if (text.length > maxBytes * 2 + 128) throw new MtlsError('ERR_ENCODING_TOO_LARGE', { limit: maxBytes });
}

function parseBytes(input: unknown, maxBytes: number): Certificate {
  const view = binary(input);
  return parseOwnBytes(view.length <= maxBytes ? copyBytes(view) : view, maxBytes);
}

/** Parses DER in memory that nobody else writes to. */
function parseOwnBytes(bytes: Uint8Array, maxBytes: number): Certificate {
  if (bytes.length === 0) throw new MtlsError('ERR_ENCODING_EMPTY');
  if (bytes.length > maxBytes) throw new MtlsError('ERR_ENCODING_TOO_LARGE', { limit: maxBytes });
  return new ParsedCertificate(readFields(bytes));
}

/** A view on the bytes of a binary input. */
function binary(input: unknown): Uint8Array {
  if (input instanceof Uint8Array) return input;
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  if (typeof input === 'object' && input !== null) {
    const inner: unknown = 'raw' in input ? input.raw : 'rawData' in input ? input.rawData : undefined;
    if (inner instanceof Uint8Array) return inner;
    if (inner instanceof ArrayBuffer) return new Uint8Array(inner);
  }
  throw new TypeError('A certificate is a string, bytes, or an object with raw or rawData');
}

/** One pass over the DER: every length and tag of the frame is checked, values stay where they are. */
function readFields(bytes: Uint8Array): CertificateFields {
  const reader = new DerReader(bytes);
  const input = reader.expect(TAG.SEQUENCE).into();
  const { header: tbsStart, end: tbsEnd } = reader.expect(TAG.SEQUENCE);
  const certificate = reader.into();

  const version = readVersion(reader);
  const { start: serialStart, end: serialEnd } = reader.expect(TAG.INTEGER);
  checkInteger(bytes, serialStart, serialEnd);
  const innerAlgorithmStart = readAlgorithm(reader);
  const innerAlgorithmEnd = reader.end;
  const { header: issuerStart, end: issuerEnd } = reader.expect(TAG.SEQUENCE);
  const validity = reader.expect(TAG.SEQUENCE).into();
  const notBefore = readTime(reader);
  const notAfter = readTime(reader);
  reader.leave(validity);
  const { header: subjectStart, end: subjectEnd } = reader.expect(TAG.SEQUENCE);
  const { header: publicKeyStart, end: publicKeyEnd } = reader.expect(TAG.SEQUENCE);
  const publicKey = reader.into();
  readAlgorithm(reader);
  checkUnusedBits(reader.expect(TAG.BIT_STRING));
  reader.leave(publicKey);
  // RFC 5280 §4.1.2.8: unique identifiers from version 2 on, §4.1.2.9: extensions in version 3
  if (version >= 2 && reader.optional(ISSUER_UNIQUE_ID)) checkUnusedBits(reader);
  if (version >= 2 && reader.optional(SUBJECT_UNIQUE_ID)) checkUnusedBits(reader);
  let extensions: readonly ExtensionRange[] = NO_EXTENSIONS;
  if (version === 3 && reader.optional(EXTENSIONS)) {
    const tbs = reader.into();
    extensions = readExtensions(reader);
    reader.leave(tbs);
  }
  reader.leave(certificate);

  const algorithmStart = readAlgorithm(reader);
  const algorithmEnd = reader.end;
  checkUnusedBits(reader.expect(TAG.BIT_STRING));
  const { start: signatureStart, end: signatureEnd } = reader;
  if (bytes[signatureStart] !== 0) throw derError('bit-string', signatureStart);
  reader.leave(input);
  reader.finish();

  return {
    bytes,
    version,
    tbsStart,
    tbsEnd,
    serialStart,
    serialEnd,
    innerAlgorithmStart,
    innerAlgorithmEnd,
    issuerStart,
    issuerEnd,
    subjectStart,
    subjectEnd,
    notBefore,
    notAfter,
    publicKeyStart,
    publicKeyEnd,
    extensions,
    algorithmStart,
    algorithmEnd,
    signatureStart: signatureStart + 1,
    signatureEnd,
  };
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

/** X.690 §8.3.2: the first nine bits of an INTEGER are neither all zero nor all one. */
function checkInteger(bytes: Uint8Array, start: number, end: number): void {
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
