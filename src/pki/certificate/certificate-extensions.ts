import { context, DerReader, malformed, TAG } from '../../encoding/der.js';
import type { CertificateFields } from '../../x509/certificate.js';
import type { ExtensionRange } from '../../x509/extensions.js';
import { readName } from '../../x509/name/distinguished-name.js';
import { forEachGeneralName, GENERAL_NAME } from '../../x509/general-name.js';
import { checkOid, isOid, OID } from '../../x509/oid.js';
import { readCount } from './integer.js';
import { readNameConstraints, type NameConstraints } from './name-constraints.js';
import {
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  type PolicyConstraints,
  type PolicyMappings,
} from './policy-extensions.js';

/** Bits of the keyUsage extension, RFC 5280 §4.2.1.3; bit 0 of the BIT STRING is the lowest here. */
export const KEY_USAGE = Object.freeze({ digitalSignature: 1, keyCertSign: 1 << 5, cRLSign: 1 << 6 });

/** Key purposes as bits, RFC 5280 §4.2.1.12. */
export const PURPOSE = Object.freeze({ any: 1, serverAuth: 2, clientAuth: 4, ocspSigning: 8 });

/** A byte range of a certificate. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The extensions that path validation processes; ranges where only some paths need the content. */
export interface CertificateExtensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength: number };
  /** Bits of {@link KEY_USAGE}. */
  readonly keyUsage?: number;
  /** Bits of {@link PURPOSE}; 0 where only other purposes are named. */
  readonly purposes?: number;
  readonly subjectKeyId?: ByteRange;
  readonly authorityKeyId?: ByteRange;
  readonly subjectAltName?: ExtensionRange;
  readonly nameConstraints?: NameConstraints;
  /** Dotted object identifiers. */
  readonly policies?: ReadonlySet<string>;
  readonly policyMappings?: PolicyMappings;
  readonly policyConstraints?: PolicyConstraints;
  readonly inhibitAnyPolicy?: number;
  readonly cRLDistributionPoints?: ExtensionRange;
  /** Nobody has to ask whether this OCSP responder is revoked (RFC 6960 §4.2.2.2.1). */
  readonly ocspNoCheck: boolean;
  readonly unknownCritical: boolean;
}

type Decoded = { -readonly [K in keyof CertificateExtensions]: CertificateExtensions[K] };

/**
 * Decodes the extensions of a certificate, strictly and whether they are critical or not.
 *
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readCertificateExtensions({ bytes, extensions }: CertificateFields): CertificateExtensions {
  const decoded: Decoded = { ocspNoCheck: false, unknownCritical: false };
  for (const extension of extensions) {
    if (!readCertificateExtension(bytes, extension, decoded) && extension.critical) decoded.unknownCritical = true;
  }
  return decoded;
}

/** Decodes one extension; false for one that is not processed, or is processed only where it is not critical. */
function readCertificateExtension(bytes: Uint8Array, extension: ExtensionRange, decoded: Decoded): boolean {
  const { oidStart, oidEnd } = extension;
  if (isOid(bytes, oidStart, oidEnd, OID.ocspNoCheck)) return (decoded.ocspNoCheck = true);
  // id-ce is 2.5.29, two octets, and the arcs below it that matter here take one
  if (oidEnd - oidStart !== 3 || bytes[oidStart] !== 0x55 || bytes[oidStart + 1] !== 0x1d) return false;
  const content = (): DerReader => new DerReader(bytes, extension.start, extension.end);
  switch (bytes[oidStart + 2]) {
    case 14:
      decoded.subjectKeyId = only(content(), TAG.OCTET_STRING);
      return false;
    case 15:
      decoded.keyUsage = readKeyUsage(content());
      return true;
    case 17:
      forEachGeneralName(bytes, extension.start, extension.end, (form, start, end) => {
        if (form === GENERAL_NAME.directoryName) readName(bytes, start, end);
      });
      decoded.subjectAltName = extension;
      return true;
    case 19:
      decoded.basicConstraints = readBasicConstraints(content());
      return true;
    case 30:
      decoded.nameConstraints = readNameConstraints(content());
      return true;
    case 31:
      decoded.cRLDistributionPoints = extension;
      return true;
    case 32:
      decoded.policies = readPolicies(content(), extension.critical);
      return true;
    case 33:
      decoded.policyMappings = readPolicyMappings(content());
      return true;
    case 35:
      decoded.authorityKeyId = readAuthorityKeyId(content());
      return false;
    case 36:
      decoded.policyConstraints = readPolicyConstraints(content());
      return true;
    case 37:
      decoded.purposes = readPurposes(content());
      return true;
    case 54:
      decoded.inhibitAnyPolicy = readInhibitAnyPolicy(content());
      return true;
    default:
      return false;
  }
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
function readBasicConstraints(reader: DerReader): { ca: boolean; pathLength: number } {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const ca = sequence.optional(TAG.BOOLEAN);
  // X.690 §11.5: a default is not written out; §11.1: TRUE is 0xff
  if (ca && (sequence.end - sequence.start !== 1 || reader.bytes[sequence.start] !== 0xff)) {
    throw malformed('boolean', sequence.start);
  }
  const pathLength = sequence.optional(TAG.INTEGER) ? readCount(sequence) : Infinity;
  sequence.finish();
  return { ca, pathLength };
}

/** KeyUsage ::= BIT STRING. Named bits beyond the first octet (decipherOnly) are not used. */
function readKeyUsage(reader: DerReader): number {
  const { bytes, start, end } = reader.expect(TAG.BIT_STRING);
  reader.finish();
  const unused = start === end ? 8 : bytes[start]!;
  if (unused > 7 || (unused > 0 && (end - start < 2 || (bytes[end - 1]! & ((1 << unused) - 1)) !== 0))) {
    throw malformed('bit-string', start);
  }
  const octet = end - start > 1 ? bytes[start + 1]! : 0;
  let bits = 0;
  for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) bits |= 1 << bit;
  return bits;
}

/** ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId */
function readPurposes(reader: DerReader): number {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  let purposes = 0;
  do {
    const { bytes, start, end } = sequence.expect(TAG.OID);
    checkOid(bytes, start, end);
    if (isOid(bytes, start, end, OID.clientAuth)) purposes |= PURPOSE.clientAuth;
    else if (isOid(bytes, start, end, OID.serverAuth)) purposes |= PURPOSE.serverAuth;
    else if (isOid(bytes, start, end, OID.anyExtendedKeyUsage)) purposes |= PURPOSE.any;
    else if (isOid(bytes, start, end, OID.ocspSigning)) purposes |= PURPOSE.ocspSigning;
  } while (!sequence.done);
  return purposes;
}

/** AuthorityKeyIdentifier: the keyIdentifier, if there is one (RFC 5280 §4.2.1.1). */
function readAuthorityKeyId(reader: DerReader): ByteRange | undefined {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const range = sequence.optional(context(0)) ? { start: sequence.start, end: sequence.end } : undefined;
  if (sequence.optional(context(1, true)) !== sequence.optional(context(2))) {
    throw malformed('authority-key-identifier', sequence.header);
  }
  sequence.finish();
  return range;
}

function only(reader: DerReader, tag: number): ByteRange {
  const { start, end } = reader.expect(tag);
  reader.finish();
  return { start, end };
}
