import { checkInteger, checkNull, readEnumerated, readExplicitCount } from '../../encoding/asn1.js';
import { toHex } from '../../encoding/bytes.js';
import { context, DerReader, malformed, TAG, type EncodingHabit } from '../../encoding/der.js';
import { assertMtlsError, MtlsError } from '../../errors.js';
import type { AdditionalCurve, HashName } from '../../platform/signature-scheme.js';
import { parseCertificate } from '../../x509/certificate.js';
import { readName, type DistinguishedName } from '../../x509/name/distinguished-name.js';
import { isOid, OID } from '../../x509/oid.js';
import { readTime } from '../../x509/time.js';
import { listExtensions } from '../certificate/extension-list.js';
import { PathCertificate } from '../certificate/path-certificate.js';
import { readSigned, type SignedRange } from '../certificate/signature.js';

const HASHES: readonly (readonly [oid: Uint8Array, hash: HashName | 'SHA-1'])[] = [
  [OID.sha1, 'SHA-1'],
  [OID.sha256, 'SHA-256'],
  [OID.sha384, 'SHA-384'],
  [OID.sha512, 'SHA-512'],
];

/** Maximum number of certificates that are read from a response. A responder needs one. */
const MAX_CERTIFICATES = 8;

/** The status of one certificate in a response. Times are in milliseconds since 1970. */
export interface SingleResponse {
  /** Undefined for an unknown hash. */
  readonly hash: HashName | 'SHA-1' | undefined;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Octets of the serial number in hexadecimal. */
  readonly serial: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate: number;
  /** -Infinity if it is missing, so that the response is never current. */
  readonly nextUpdate: number;
  /** Whether there is an unprocessed critical extension. */
  readonly unprocessed: boolean;
}

/** A basic OCSP response (RFC 6960 §4.2.1). It is well-formed and otherwise unverified. */
export interface OcspResponse {
  readonly signed: SignedRange;
  /** The responder by name, or by the SHA-1 of its key. */
  readonly responder: { readonly name: DistinguishedName } | { readonly keyHash: Uint8Array };
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  readonly nonce: Uint8Array | undefined;
  readonly unprocessed: boolean;
  /** Deviations from DER that only the strict profile refuses. */
  readonly habits: ReadonlySet<EncodingHabit>;
  /** Certificates in the response. Hints, like intermediates. */
  readonly certificates: readonly PathCertificate[];
}

/**
 * Reads a successful response of the basic type.
 *
 * @throws MtlsError ERR_ENCODING_DER, ERR_CERTIFICATE_DUPLICATE_EXTENSION, ERR_PATH_REVOCATION_MALFORMED
 * @see RFC 6960 §4.2.1
 */
export function readOcspResponse(bytes: Uint8Array, additionalCurves: readonly AdditionalCurve[] = []): OcspResponse {
  const outer = new DerReader(bytes);
  const response = outer.expect(TAG.SEQUENCE).enter();
  outer.finish();
  // RFC 6960 §4.2.1: successful (0); an error contains no status
  if (readEnumerated(response.expect(TAG.ENUMERATED)) !== 0) {
    throw new MtlsError('ERR_PATH_REVOCATION_MALFORMED', { field: 'responseStatus' });
  }
  const wrapper = response.expect(context(0, true)).enter();
  response.finish();
  const typed = wrapper.expect(TAG.SEQUENCE).enter();
  wrapper.finish();
  typed.expect(TAG.OID);
  if (!isOid(bytes, typed.start, typed.end, OID.ocspBasic)) throw malformed('response-type', typed.start);
  const content = typed.expect(TAG.OCTET_STRING).enter();
  typed.finish();
  const basic = content.expect(TAG.SEQUENCE).enter();
  content.finish();
  const signed = readSigned(basic);
  const certificates = basic.optional(context(0, true)) ? readCertificates(basic.enter(), additionalCurves) : [];
  basic.finish();
  return { signed, certificates, ...readResponseData(bytes, signed) };
}

function readResponseData(
  bytes: Uint8Array,
  { tbsStart, tbsEnd }: SignedRange,
): Omit<OcspResponse, 'signed' | 'certificates'> {
  const habits = new Set<EncodingHabit>();
  const data = new DerReader(bytes, tbsStart, tbsEnd, habits).expect(TAG.SEQUENCE).enter();
  // version [0] EXPLICIT INTEGER DEFAULT v1(0), and there is no other
  if (readExplicitCount(data, 0, 0) !== 0) throw malformed('version', data.start);
  const responder = readResponder(data);
  const producedAt = readTime(data);
  const list = data.expect(TAG.SEQUENCE).enter();
  const responses: SingleResponse[] = [];
  while (!list.done) responses.push(readSingleResponse(list.expect(TAG.SEQUENCE).enter()));
  let nonce: Uint8Array | undefined;
  let unprocessed = false;
  if (data.optional(context(1, true))) {
    const wrapper = data.enter();
    for (const extension of listExtensions(wrapper)) {
      if (isOid(bytes, extension.oidStart, extension.oidEnd, OID.ocspNonce)) {
        // RFC 9654 §2.1: Nonce ::= OCTET STRING
        nonce = new DerReader(bytes, extension.start, extension.end).expect(TAG.OCTET_STRING).content();
      } else {
        unprocessed ||= extension.critical;
      }
    }
    wrapper.finish();
  }
  data.finish();
  return { responder, producedAt, responses, nonce, unprocessed, habits };
}

/** ResponderID ::= CHOICE { byName [1] Name, byKey [2] OCTET STRING } */
function readResponder(data: DerReader): OcspResponse['responder'] {
  if (data.optional(context(1, true))) return { name: readName(data.bytes, data.start, data.end) };
  const byKey = data.expect(context(2, true)).enter();
  const keyHash = byKey.expect(TAG.OCTET_STRING).content();
  byKey.finish();
  return { keyHash };
}

function readSingleResponse(single: DerReader): SingleResponse {
  const { bytes } = single;
  const id = single.expect(TAG.SEQUENCE).enter();
  const algorithm = id.expect(TAG.SEQUENCE).enter();
  algorithm.expect(TAG.OID);
  const hash = HASHES.find(([oid]) => isOid(bytes, algorithm.start, algorithm.end, oid))?.[1];
  const issuerNameHash = id.expect(TAG.OCTET_STRING).content();
  const issuerKeyHash = id.expect(TAG.OCTET_STRING).content();
  id.expect(TAG.INTEGER);
  checkInteger(bytes, id.start, id.end);
  const serial = toHex(bytes, id.start, id.end);
  id.finish();
  const status = readStatus(single);
  const thisUpdate = readTime(single);
  let nextUpdate = -Infinity;
  if (single.optional(context(0, true))) {
    const wrapper = single.enter();
    nextUpdate = readTime(wrapper);
    wrapper.finish();
  }
  let unprocessed = false;
  if (single.optional(context(1, true))) {
    const wrapper = single.enter();
    unprocessed = listExtensions(wrapper).some(({ critical }) => critical);
    wrapper.finish();
  }
  single.finish();
  return { hash, issuerNameHash, issuerKeyHash, serial, status, thisUpdate, nextUpdate, unprocessed };
}

/** CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL } */
function readStatus(single: DerReader): SingleResponse['status'] {
  switch (single.next()) {
    case context(0):
      checkNull(single);
      return 'good';
    case context(1, true):
      return 'revoked';
    case context(2):
      checkNull(single);
      return 'unknown';
    default:
      throw malformed('cert-status', single.header);
  }
}

/** [0] EXPLICIT SEQUENCE OF Certificate. One that does not parse is ignored. */
function readCertificates(
  wrapper: DerReader,
  additionalCurves: readonly AdditionalCurve[],
): readonly PathCertificate[] {
  const list = wrapper.expect(TAG.SEQUENCE).enter();
  wrapper.finish();
  const certificates: PathCertificate[] = [];
  for (let count = 0; !list.done && count < MAX_CERTIFICATES; count++) {
    const der = list.expect(TAG.SEQUENCE).element();
    try {
      certificates.push(new PathCertificate(parseCertificate(der), false, additionalCurves));
    } catch (error) {
      assertMtlsError(error);
    }
  }
  return certificates;
}
