import { checkInteger, readBigInteger, readCount, readEnumerated } from '../../encoding/asn1.js';
import { bytesEqual, rangesEqual, toHex } from '../../encoding/bytes.js';
import { context, DerReader, malformed, TAG, type EncodingHabit } from '../../encoding/der.js';
import { readName, type DistinguishedName } from '../../x509/name/distinguished-name.js';
import type { ExtensionRange } from '../../x509/extensions.js';
import { forEachGeneralName, GENERAL_NAME } from '../../x509/general-name.js';
import { isOid, OID } from '../../x509/oid.js';
import { readTime } from '../../x509/time.js';
import { listExtensions } from '../certificate/extension-list.js';
import { readIssuingDistributionPoint, type IssuingDistributionPoint } from './distribution-point.js';
import { readSigned, type SignedRange } from '../certificate/signature.js';

/** Reason code of an entry that removes an earlier one, only in delta CRLs (RFC 5280 §5.3.1). */
export const REMOVE_FROM_CRL = 8;

/** Number of entries between two pauses: some milliseconds of work. */
const ENTRIES_AT_ONCE = 4000;

/** One revoked certificate. */
interface CrlEntry {
  /** The issuer of the certificate, if it is not the issuer of the CRL. */
  readonly certificateIssuer: DistinguishedName | undefined;
  readonly reason: number;
}

/** A certificate revocation list (RFC 5280 §5). It is well-formed and otherwise unverified. */
export class CertificateRevocationList {
  readonly signed: SignedRange;
  readonly issuer: DistinguishedName;
  /** The Name element, with tag and length. */
  readonly issuerDer: Uint8Array;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** Required by RFC 5280 §5.1.2.5. -Infinity if it is missing, so that the CRL is never current. */
  readonly nextUpdate: number = -Infinity;
  readonly number: bigint | undefined;
  /** Whether the CRL has a number in an extension that is not critical (RFC 5280 §5.2.3). */
  readonly conforming: boolean = false;
  /** The number of the CRL that this delta CRL updates. */
  readonly baseNumber: bigint | undefined;
  readonly scope: IssuingDistributionPoint | undefined;
  readonly scopeDer: Uint8Array = new Uint8Array(0);
  readonly authorityKeyIdDer: Uint8Array = new Uint8Array(0);
  /**
   * Whether every critical extension is processed. Otherwise the CRL must not be used for any certificate (RFC 5280
   * §5.2, §5.3).
   */
  usable = true;
  /** SubjectPublicKeyInfo of the key that verified the signature. */
  verifiedKey: Uint8Array | undefined;
  /** Deviations from DER that only the strict profile refuses. */
  readonly habits: ReadonlySet<EncodingHabit>;
  readonly #entries = new Map<string, CrlEntry[]>();
  /** The remaining entries. */
  readonly #list: DerReader | undefined;
  /** RFC 5280 §5.3.3: an entry without a certificateIssuer has that of the previous entry. */
  #certificateIssuer: DistinguishedName | undefined;

  /**
   * @param whole false leaves the entries to {@link read}
   * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
   */
  constructor(bytes: Uint8Array, whole = true) {
    const habits = new Set<EncodingHabit>();
    this.habits = habits;
    const outer = new DerReader(bytes);
    const list = outer.expect(TAG.SEQUENCE).enter();
    outer.finish();
    this.signed = readSigned(list);
    list.finish();
    const { tbsStart, tbsEnd, algorithmStart, algorithmEnd } = this.signed;
    const tbs = new DerReader(bytes, tbsStart, tbsEnd, habits).expect(TAG.SEQUENCE).enter();
    // RFC 5280 §5.1.2.1: version 2; version 1 has no version field
    const version2 = tbs.optional(TAG.INTEGER);
    if (version2 && readCount(tbs) !== 1) throw malformed('version', tbs.start);
    const { header, end } = tbs.expect(TAG.SEQUENCE);
    // RFC 5280 §5.1.1.2: the same algorithm as in the signature field
    if (!rangesEqual(bytes, header, end, bytes, algorithmStart, algorithmEnd))
      throw malformed('signature-algorithm', header);
    this.issuerDer = tbs.expect(TAG.SEQUENCE).element();
    this.issuer = readName(bytes, tbs.header, tbs.end);
    this.thisUpdate = readTime(tbs);
    if (tbs.peek === TAG.UTC_TIME || tbs.peek === TAG.GENERALIZED_TIME) this.nextUpdate = readTime(tbs);
    this.#list = tbs.optional(TAG.SEQUENCE) ? tbs.enter() : undefined;
    if (version2 && tbs.optional(context(0, true))) {
      const wrapper = tbs.enter();
      for (const extension of listExtensions(wrapper)) {
        const content = bytes.subarray(extension.start, extension.end);
        if (is(bytes, extension, OID.cRLNumber)) {
          this.number = readNumber(content);
          this.conforming = !extension.critical;
        } else if (is(bytes, extension, OID.deltaCRLIndicator)) {
          this.baseNumber = readNumber(content);
        } else if (is(bytes, extension, OID.issuingDistributionPoint)) {
          this.scope = readIssuingDistributionPoint(new DerReader(content, 0, content.length, habits));
          this.scopeDer = content;
        } else if (is(bytes, extension, OID.authorityKeyIdentifier)) {
          this.authorityKeyIdDer = content;
        } else if (extension.critical) {
          this.usable = false;
        }
      }
      wrapper.finish();
    }
    tbs.finish();
    if (whole) this.#readEntries(Infinity);
  }

  /**
   * Reads a CRL of any length, with pauses for the event loop.
   *
   * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION
   */
  static async read(bytes: Uint8Array): Promise<CertificateRevocationList> {
    const crl = new CertificateRevocationList(bytes, false);
    while (crl.#readEntries(ENTRIES_AT_ONCE)) await new Promise((resolve) => setTimeout(resolve));
    return crl;
  }

  /**
   * Returns the entry for a certificate, by the octets of its serial number in hexadecimal and its issuer.
   *
   * @see RFC 5280 §5.3.3
   */
  find(serial: string, issuer: DistinguishedName): { readonly reason: number } | undefined {
    return this.#entries
      .get(serial)
      ?.find(({ certificateIssuer }) => (certificateIssuer ?? this.issuer).equals(issuer));
  }

  /** Whether this is a delta CRL that updates `complete` (RFC 5280 §5.2.4, §6.3.3(c)). */
  updates(complete: CertificateRevocationList): boolean {
    return (
      this.baseNumber !== undefined &&
      this.number !== undefined &&
      complete.number !== undefined &&
      this.baseNumber <= complete.number &&
      complete.number < this.number &&
      this.issuer.equals(complete.issuer) &&
      bytesEqual(this.scopeDer, complete.scopeDer) &&
      bytesEqual(this.authorityKeyIdDer, complete.authorityKeyIdDer)
    );
  }

  /** Reads at most `count` entries, and returns whether there are more. */
  #readEntries(count: number): boolean {
    const list = this.#list;
    if (list === undefined) return false;
    const { bytes } = list;
    for (let read = 0; !list.done; read++) {
      if (read === count) return true;
      const entry = list.expect(TAG.SEQUENCE).enter();
      const { start, end } = entry.expect(TAG.INTEGER);
      // another encoding of the same number would not be found
      checkInteger(bytes, start, end);
      const serial = toHex(bytes, start, end);
      readTime(entry);
      let reason = 0;
      for (const extension of entry.done ? [] : listExtensions(entry)) {
        if (is(bytes, extension, OID.reasonCode)) {
          reason = readReason(bytes, extension);
        } else if (is(bytes, extension, OID.certificateIssuer)) {
          this.#certificateIssuer = readCertificateIssuer(bytes, extension);
          // RFC 5280 §5.3.3: only in indirect CRLs
          this.usable &&= this.scope?.indirectCRL === true;
        } else if (!is(bytes, extension, OID.invalidityDate)) {
          this.usable &&= !extension.critical;
        }
      }
      entry.finish();
      const same = this.#entries.get(serial);
      if (same === undefined) this.#entries.set(serial, [{ certificateIssuer: this.#certificateIssuer, reason }]);
      else same.push({ certificateIssuer: this.#certificateIssuer, reason });
    }
    return false;
  }
}

function is(bytes: Uint8Array, { oidStart, oidEnd }: ExtensionRange, oid: Uint8Array): boolean {
  return isOid(bytes, oidStart, oidEnd, oid);
}

/** RFC 5280 §5.2.3: a number has at most 20 octets. */
function readNumber(content: Uint8Array): bigint {
  const reader = new DerReader(content);
  const number = readBigInteger(reader.expect(TAG.INTEGER), 20);
  reader.finish();
  return number;
}

/** CRLReason ::= ENUMERATED */
function readReason(bytes: Uint8Array, extension: ExtensionRange): number {
  const reader = new DerReader(bytes, extension.start, extension.end);
  const reason = readEnumerated(reader.expect(TAG.ENUMERATED));
  reader.finish();
  return reason;
}

/** The directoryName in the GeneralNames. */
function readCertificateIssuer(bytes: Uint8Array, extension: ExtensionRange): DistinguishedName {
  let issuer: DistinguishedName | undefined;
  forEachGeneralName(bytes, extension.start, extension.end, (form, start, end) => {
    if (form === GENERAL_NAME.directoryName) issuer ??= readName(bytes, start, end);
  });
  if (issuer === undefined) throw malformed('certificate-issuer', extension.start);
  return issuer;
}
