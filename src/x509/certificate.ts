import { toHex } from '../encoding/bytes.js';
import { looksLikePem, pemBody } from '../encoding/pem.js';
import { MtlsError } from '../errors.js';
import { checkOptions } from '../options.js';
import { decodeBase64 } from '#platform/base64';
import { copyBytes } from '#platform/copy';
import { sha256Base64url } from '#platform/sha256';
import { CertificateFields } from './certificate-fields.js';
import { readName, type DistinguishedName } from './name/distinguished-name.js';
import type { ExtensionRange } from './extensions.js';
import { isOid, OID } from './oid.js';
import { readSubjectAltNames, type SubjectAltName } from './subject-alt-name.js';

/** Default limit of a certificate, in bytes of DER. */
const DEFAULT_MAX_BYTES = 65_536;

/**
 * The accepted forms of a certificate: one RFC 7468 `CERTIFICATE` block or the standard base64 of the DER (as in `x5c`)
 * as a string; DER as bytes; Node's `X509Certificate` and `PeerCertificate` (`raw`); `@peculiar/x509` (`rawData`); and
 * a {@link Certificate}, which is returned unchanged.
 */
export type CertificateInput =
  string | Uint8Array | ArrayBuffer | { readonly raw: Uint8Array } | { readonly rawData: ArrayBuffer } | Certificate;

/** A file name that was passed instead of the content of the file. */
const PATH = /^(?:~?\.{0,2}[\\/]|[A-Za-z]:[\\/]|file:)[^\r\n]*$|^[^\r\n]*\.(?:pem|crt|cer|der|p7b|p7c|pfx|p12)$/i;

export interface ParseCertificateOptions {
  /** Largest DER accepted, in bytes. Default 65536. */
  readonly maxBytes?: number;
}

/**
 * An X.509 certificate (RFC 5280 §4.1). It is well-formed and otherwise unverified: its signature, its validity period
 * and its issuer have not been checked. Immutable. Everything but the encoding is computed on first use.
 */
export interface Certificate {
  /** The DER that was parsed. Each read returns a new copy, so that the certificate cannot be modified. */
  readonly der: Uint8Array;
  /** Lower-case hexadecimal without sign octet. A negative number (forbidden by RFC 5280) starts with `-`. */
  readonly serialNumber: string;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Start of the validity period. */
  readonly notBefore: Date;
  /** Last second in which the certificate is valid. */
  readonly notAfter: Date;
  /** Entries of the subjectAltName extension, in order. Empty without the extension. */
  readonly subjectAltNames: readonly SubjectAltName[];
  /** SubjectPublicKeyInfo in DER. Each read returns a new copy. */
  readonly publicKey: Uint8Array;
  /** `x5t#S256`: base64url without padding of the SHA-256 of the DER, 43 characters (RFC 8705 §3.1). */
  readonly thumbprint: string;
}

/** `-----BEGIN ` */
const PEM_START = [0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x42, 0x45, 0x47, 0x49, 0x4e, 0x20];

export type { CertificateFields };

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
    return new Uint8Array(this.#fields.bytes);
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
    return new Uint8Array(bytes.subarray(publicKeyStart, publicKeyEnd));
  }

  get thumbprint(): string {
    return (this.#thumbprint ??= sha256Base64url(this.#fields.bytes));
  }
}

/**
 * Parses one X.509 certificate, strictly. It must span the whole input, in DER with minimal definite lengths and
 * without duplicate extensions. The input is copied, so later writes to it have no effect.
 *
 * Checks: encoding and structure. Does not check: signature, issuer, validity period, key usage, names.
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
 * @throws TypeError for an input of the wrong type
 * @see RFC 5280 §4.1
 */
export function parseCertificate(input: CertificateInput, options?: ParseCertificateOptions): Certificate {
  const maxBytes = maxBytesOf(options);
  if (ParsedCertificate.fieldsOf(input) !== undefined) return input as Certificate;
  if (typeof input !== 'string') return parseBytes(input, maxBytes);
  if (looksLikePem(input)) return parsePemCertificate(input, options);
  // the base64 of a certificate starts with M
  if (!input.startsWith('M') && PATH.test(input))
    throw new MtlsError('ERR_ENCODING_BASE64', { reason: 'looks-like-a-path' });
  return parseBase64Certificate(input, options);
}

/** Like {@link parseCertificate}, for text that must be one `CERTIFICATE` block (RFC 7468 §5). */
export function parsePemCertificate(text: string, options?: ParseCertificateOptions): Certificate {
  const maxBytes = maxBytesOf(options);
  checkText(text, maxBytes);
  return parseOwnBytes(decodeBase64(pemBody(text, 'CERTIFICATE')), maxBytes);
}

/** Like {@link parseCertificate}, for text that must be standard base64 of the DER, as in `x5c`. */
export function parseBase64Certificate(text: string, options?: ParseCertificateOptions): Certificate {
  const maxBytes = maxBytesOf(options);
  checkText(text, maxBytes);
  return parseOwnBytes(decodeBase64(text), maxBytes);
}

/** The offsets of a {@link Certificate}. Throws a TypeError for anything that `parseCertificate` did not create. */
export function certificateFields(certificate: Certificate): CertificateFields {
  const fields = ParsedCertificate.fieldsOf(certificate);
  if (fields === undefined) throw new TypeError('A certificate must be created by parseCertificate');
  return fields;
}

/** The extension with this object identifier, if the certificate has it. */
export function findExtension(fields: CertificateFields, oid: Uint8Array): ExtensionRange | undefined {
  for (const extension of fields.extensions) {
    if (isOid(fields.bytes, extension.oidStart, extension.oidEnd, oid)) return extension;
  }
  return undefined;
}

function maxBytesOf(options: ParseCertificateOptions | undefined): number {
  if (options === undefined) return DEFAULT_MAX_BYTES;
  checkOptions<ParseCertificateOptions>(options, { maxBytes: 'positive' });
  return options.maxBytes ?? DEFAULT_MAX_BYTES;
}

function checkText(text: string, maxBytes: number): void {
  if (text.length === 0) throw new MtlsError('ERR_ENCODING_EMPTY');
  // base64 has 4 characters for 3 bytes, and PEM some more: text of twice the limit exceeds it when decoded
  if (text.length > maxBytes * 2 + 128) throw new MtlsError('ERR_ENCODING_TOO_LARGE', { limit: maxBytes });
}

function parseBytes(input: unknown, maxBytes: number): Certificate {
  const view = binary(input);
  return parseOwnBytes(view.length <= maxBytes ? copyBytes(view) : view, maxBytes);
}

/** Parses DER that is not shared with the caller. */
function parseOwnBytes(bytes: Uint8Array, maxBytes: number): Certificate {
  if (bytes.length === 0) throw new MtlsError('ERR_ENCODING_EMPTY');
  if (bytes.length > maxBytes) throw new MtlsError('ERR_ENCODING_TOO_LARGE', { limit: maxBytes });
  if (PEM_START.every((char, at) => bytes[at] === char))
    throw new MtlsError('ERR_ENCODING_DER', { reason: 'pem-in-bytes', offset: 0 });
  return new ParsedCertificate(new CertificateFields(bytes));
}

/** A view of the bytes of a binary input. */
function binary(input: unknown): Uint8Array {
  if (input instanceof Uint8Array) return input;
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  if (typeof input === 'object' && input !== null) {
    const inner: unknown = 'raw' in input ? input.raw : 'rawData' in input ? input.rawData : undefined;
    if (inner instanceof Uint8Array) return inner;
    if (inner instanceof ArrayBuffer) return new Uint8Array(inner);
  }
  throw new TypeError('A certificate must be a string, bytes, or an object with raw or rawData');
}
