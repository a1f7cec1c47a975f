import { readCount, readFlag, readNamedBits } from '../../encoding/asn1.js';
import { context, DerReader, malformed, TAG, type EncodingHabit } from '../../encoding/der.js';
import type { CertificateFields } from '../../x509/certificate.js';
import type { ExtensionRange } from '../../x509/extensions.js';
import { readName } from '../../x509/name/distinguished-name.js';
import { forEachGeneralName, GENERAL_NAME } from '../../x509/general-name.js';
import { checkOid, isOid, OID } from '../../x509/oid.js';
import { readNameConstraints, type NameConstraints } from './name-constraints.js';
import {
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  type PolicyConstraints,
  type PolicyMappings,
} from './policy-extensions.js';

/** Bits of the keyUsage extension, RFC 5280 §4.2.1.3. Bit 0 of the BIT STRING is the lowest. */
export const KEY_USAGE = Object.freeze({ digitalSignature: 1, keyCertSign: 1 << 5, cRLSign: 1 << 6 });

/** Key purposes as bits, RFC 5280 §4.2.1.12. */
export const PURPOSE = Object.freeze({ any: 1, serverAuth: 2, clientAuth: 4, ocspSigning: 8 });

/** A byte range of a certificate. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The extensions that path validation processes. Those that only some paths need are ranges. */
export interface CertificateExtensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength: number };
  /** Bits of {@link KEY_USAGE}. */
  readonly keyUsage?: number;
  /** Bits of {@link PURPOSE}. 0 if there are only other purposes. */
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
  /** The revocation of this OCSP responder need not be checked (RFC 6960 §4.2.2.2.1). */
  readonly ocspNoCheck: boolean;
  readonly unknownCritical: boolean;
}

type Decoded = { -readonly [K in keyof CertificateExtensions]: CertificateExtensions[K] };

/**
 * Decodes the extensions of a certificate strictly, whether they are critical or not.
 *
 * @param habits collects deviations from DER that are accepted
 * @throws MtlsError ERR_ENCODING_DER
 */
export function readCertificateExtensions(
  { bytes, extensions }: CertificateFields,
  habits?: Set<EncodingHabit>,
): CertificateExtensions {
  const decoded: Decoded = { ocspNoCheck: false, unknownCritical: false };
  for (const extension of extensions) {
    const { oidStart, oidEnd, start, end } = extension;
    const decode = DECODERS.find(([oid]) => isOid(bytes, oidStart, oidEnd, oid))?.[1];
    const processed = decode?.(decoded, new DerReader(bytes, start, end, habits), extension) === true;
    if (extension.critical && !processed) decoded.unknownCritical = true;
  }
  return decoded;
}

/** Decodes one extension. Returns false if it must not be critical, because it is not fully processed. */
type Decode = (decoded: Decoded, content: DerReader, extension: ExtensionRange) => boolean;

const DECODERS: readonly (readonly [oid: Uint8Array, decode: Decode])[] = [
  [
    OID.subjectKeyIdentifier,
    (decoded, content) => {
      decoded.subjectKeyId = only(content, TAG.OCTET_STRING);
      return false;
    },
  ],
  [
    OID.authorityKeyIdentifier,
    (decoded, content) => {
      decoded.authorityKeyId = readAuthorityKeyId(content);
      return false;
    },
  ],
  [
    OID.keyUsage,
    (decoded, content) => {
      decoded.keyUsage = readNamedBits(content.expect(TAG.BIT_STRING));
      content.finish();
      return true;
    },
  ],
  [
    OID.subjectAltName,
    (decoded, { bytes }, extension) => {
      forEachGeneralName(bytes, extension.start, extension.end, (form, start, end) => {
        if (form === GENERAL_NAME.directoryName) readName(bytes, start, end);
      });
      decoded.subjectAltName = extension;
      return true;
    },
  ],
  [
    OID.basicConstraints,
    (decoded, content) => {
      decoded.basicConstraints = readBasicConstraints(content);
      return true;
    },
  ],
  [
    OID.nameConstraints,
    (decoded, content) => {
      decoded.nameConstraints = readNameConstraints(content);
      return true;
    },
  ],
  [
    OID.cRLDistributionPoints,
    (decoded, _, extension) => {
      decoded.cRLDistributionPoints = extension;
      return true;
    },
  ],
  [
    OID.certificatePolicies,
    (decoded, content, { critical }) => {
      decoded.policies = readPolicies(content, critical);
      return true;
    },
  ],
  [
    OID.policyMappings,
    (decoded, content) => {
      decoded.policyMappings = readPolicyMappings(content);
      return true;
    },
  ],
  [
    OID.policyConstraints,
    (decoded, content) => {
      decoded.policyConstraints = readPolicyConstraints(content);
      return true;
    },
  ],
  [
    OID.extendedKeyUsage,
    (decoded, content) => {
      decoded.purposes = readPurposes(content);
      return true;
    },
  ],
  [
    OID.inhibitAnyPolicy,
    (decoded, content) => {
      decoded.inhibitAnyPolicy = readInhibitAnyPolicy(content);
      return true;
    },
  ],
  [
    OID.ocspNoCheck,
    (decoded) => {
      decoded.ocspNoCheck = true;
      return true;
    },
  ],
];

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
function readBasicConstraints(reader: DerReader): { ca: boolean; pathLength: number } {
  const sequence = reader.expect(TAG.SEQUENCE).enter();
  reader.finish();
  const ca = readFlag(sequence, TAG.BOOLEAN);
  const pathLength = sequence.optional(TAG.INTEGER) ? readCount(sequence) : Infinity;
  sequence.finish();
  return { ca, pathLength };
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
