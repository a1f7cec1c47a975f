import { rangesEqual } from '../../encoding/bytes.js';
import {
  assertMtlsError,
  isMtlsError,
  MtlsError,
  reasonOf,
  type MtlsErrorCode,
  type MtlsErrorReason,
} from '../../errors.js';
import type { AdditionalCurve } from '../../platform/signature-scheme.js';
import { certificateFields, type Certificate, type CertificateFields } from '../../x509/certificate.js';
import type { DistinguishedName } from '../../x509/name/distinguished-name.js';
import { readCertificateExtensions, type ByteRange, type CertificateExtensions } from './certificate-extensions.js';
import { readConstrainedNames, type FormedName } from './name-constraints.js';
import { readPublicKey, type PublicKey } from './public-key.js';

/** A certificate for path validation, with offsets, decoded extensions and an imported key. */
export class PathCertificate {
  readonly fields: CertificateFields;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** The issuer whose signature was verified on an earlier accepted path. */
  verifiedBy: PathCertificate | undefined;
  #extensions: CertificateExtensions | undefined;
  #publicKey: PublicKey | undefined;
  #selfIssued: boolean | undefined;
  #names: readonly FormedName[] | undefined;

  /** @throws MtlsError ERR_ENCODING_DER for a malformed name, because issuers are found by name */
  constructor(
    readonly certificate: Certificate,
    /** Whether it is a trust anchor. */
    readonly anchor = false,
    /** Curves that are accepted for its key, in addition to the default ones. */
    readonly additionalCurves: readonly AdditionalCurve[] = [],
  ) {
    this.fields = certificateFields(certificate);
    this.subject = certificate.subject;
    this.issuer = certificate.issuer;
  }

  /** @throws MtlsError ERR_PATH_MALFORMED */
  get extensions(): CertificateExtensions {
    return (this.#extensions ??= this.decode(() => readCertificateExtensions(this.fields)));
  }

  /** @throws MtlsError ERR_PATH_ALGORITHM, ERR_PATH_WEAK_KEY, ERR_PATH_MALFORMED */
  publicKey(): PublicKey {
    const { bytes, publicKeyStart, publicKeyEnd } = this.fields;
    return (this.#publicKey ??= this.decode(() =>
      readPublicKey(bytes, publicKeyStart, publicKeyEnd, this.additionalCurves),
    ));
  }

  /** Whether subject and issuer are the same name (RFC 5280 §6.1). */
  get selfIssued(): boolean {
    return (this.#selfIssued ??= this.isNamedInBytes(this) || this.subject.equals(this.issuer));
  }

  /**
   * Every name to which name constraints apply.
   *
   * @throws MtlsError ERR_PATH_MALFORMED
   */
  get names(): readonly FormedName[] {
    return (this.#names ??= this.decode(() => readConstrainedNames(this.certificate, this.extensions.subjectAltName)));
  }

  /** Whether the issuer of the other certificate (RFC 5280 §6.1.3(a)(4)) has the same bytes as this subject. */
  isNamedInBytes({ fields: other }: PathCertificate): boolean {
    const { bytes, subjectStart, subjectEnd } = this.fields;
    return rangesEqual(bytes, subjectStart, subjectEnd, other.bytes, other.issuerStart, other.issuerEnd);
  }

  /** Whether both certificates have the same key. */
  sameKey({ fields: other }: PathCertificate): boolean {
    const { bytes, publicKeyStart, publicKeyEnd } = this.fields;
    return rangesEqual(bytes, publicKeyStart, publicKeyEnd, other.bytes, other.publicKeyStart, other.publicKeyEnd);
  }

  /** Whether both certificates have the same subject and the same key. */
  sameEntity(other: PathCertificate): boolean {
    return this.sameKey(other) && this.subject.equals(other.subject);
  }

  /** Whether the key identifiers of subject and issuer agree. Undefined if one of them has none. */
  keyIdMatches(issuer: PathCertificate): boolean | undefined {
    const own = this.extensions.authorityKeyId;
    const its = issuer.extensions.subjectKeyId;
    return own && its && sameRange(this.fields.bytes, own, issuer.fields.bytes, its);
  }

  /** Creates an error about this certificate. */
  error<Code extends MtlsErrorCode>(code: Code, reason?: MtlsErrorReason<Code>, cause?: unknown): MtlsError<Code> {
    const { thumbprint } = this.certificate;
    const { found } = isMtlsError(cause) ? cause.detail : {};
    return new MtlsError(code, { thumbprint, reason, found }, cause === undefined ? undefined : { cause });
  }

  /** Runs a decoder over parts of this certificate, and converts its errors to errors about the certificate. */
  decode<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      assertMtlsError(error);
      throw this.undecodable(error);
    }
  }

  /** Converts an error of a decoder to an error about this certificate. */
  undecodable(error: MtlsError): MtlsError {
    if (error.code.startsWith('ERR_PATH_')) return this.error(error.code, error.detail.reason, error);
    return this.error('ERR_PATH_MALFORMED', reasonOf('ERR_PATH_MALFORMED', error.code), error);
  }
}

function sameRange(a: Uint8Array, inA: ByteRange, b: Uint8Array, inB: ByteRange): boolean {
  return rangesEqual(a, inA.start, inA.end, b, inB.start, inB.end);
}
