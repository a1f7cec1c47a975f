import { rangesEqual } from '../encoding/bytes.js';
import { malformed } from '../encoding/der.js';

/** Content octets of the object identifiers that this library uses. One line each, with its section. */
export const OID = Object.freeze({
  // Extensions, RFC 5280 §4.2 and §5.2
  subjectKeyIdentifier: encodeOid('2.5.29.14'), // §4.2.1.2
  keyUsage: encodeOid('2.5.29.15'), // §4.2.1.3
  subjectAltName: encodeOid('2.5.29.17'), // §4.2.1.6
  basicConstraints: encodeOid('2.5.29.19'), // §4.2.1.9
  nameConstraints: encodeOid('2.5.29.30'), // §4.2.1.10
  certificatePolicies: encodeOid('2.5.29.32'), // §4.2.1.4
  policyMappings: encodeOid('2.5.29.33'), // §4.2.1.5
  authorityKeyIdentifier: encodeOid('2.5.29.35'), // §4.2.1.1
  policyConstraints: encodeOid('2.5.29.36'), // §4.2.1.11
  extendedKeyUsage: encodeOid('2.5.29.37'), // §4.2.1.12
  inhibitAnyPolicy: encodeOid('2.5.29.54'), // §4.2.1.14
  cRLDistributionPoints: encodeOid('2.5.29.31'), // §4.2.1.13
  // Extensions of CRLs, their entries and OCSP responses
  cRLNumber: encodeOid('2.5.29.20'), // RFC 5280 §5.2.3
  reasonCode: encodeOid('2.5.29.21'), // RFC 5280 §5.3.1
  invalidityDate: encodeOid('2.5.29.24'), // RFC 5280 §5.3.2
  deltaCRLIndicator: encodeOid('2.5.29.27'), // RFC 5280 §5.2.4
  issuingDistributionPoint: encodeOid('2.5.29.28'), // RFC 5280 §5.2.5
  certificateIssuer: encodeOid('2.5.29.29'), // RFC 5280 §5.3.3
  ocspBasic: encodeOid('1.3.6.1.5.5.7.48.1.1'), // RFC 6960 §4.2.1
  ocspNonce: encodeOid('1.3.6.1.5.5.7.48.1.2'), // RFC 6960 §4.4.1
  ocspNoCheck: encodeOid('1.3.6.1.5.5.7.48.1.5'), // RFC 6960 §4.2.2.2.1
  // Key purposes, RFC 5280 §4.2.1.12
  anyExtendedKeyUsage: encodeOid('2.5.29.37.0'),
  serverAuth: encodeOid('1.3.6.1.5.5.7.3.1'),
  clientAuth: encodeOid('1.3.6.1.5.5.7.3.2'),
  ocspSigning: encodeOid('1.3.6.1.5.5.7.3.9'),
  anyPolicy: encodeOid('2.5.29.32.0'), // RFC 5280 §4.2.1.4
  qualifierCps: encodeOid('1.3.6.1.5.5.7.2.1'), // RFC 5280 §4.2.1.4
  qualifierUserNotice: encodeOid('1.3.6.1.5.5.7.2.2'), // RFC 5280 §4.2.1.4
  smtpUtf8Mailbox: encodeOid('1.3.6.1.5.5.7.8.9'), // RFC 9598 §3
  // Public keys
  rsaEncryption: encodeOid('1.2.840.113549.1.1.1'), // RFC 8017 appendix C
  ecPublicKey: encodeOid('1.2.840.10045.2.1'), // RFC 5480 §2.1.1
  x25519: encodeOid('1.3.101.110'), // RFC 8410 §3
  ed25519: encodeOid('1.3.101.112'), // RFC 8410 §3
  ed448: encodeOid('1.3.101.113'), // RFC 8410 §3
  rsassaPss: encodeOid('1.2.840.113549.1.1.10'), // RFC 4055 §3.1
  mlDsa44: encodeOid('2.16.840.1.101.3.4.3.17'), // RFC 9881 §2
  mlDsa65: encodeOid('2.16.840.1.101.3.4.3.18'), // RFC 9881 §2
  mlDsa87: encodeOid('2.16.840.1.101.3.4.3.19'), // RFC 9881 §2
  // Named curves, RFC 5480 §2.1.1.1
  p256: encodeOid('1.2.840.10045.3.1.7'),
  p384: encodeOid('1.3.132.0.34'),
  p521: encodeOid('1.3.132.0.35'),
  brainpoolP256r1: encodeOid('1.3.36.3.3.2.8.1.1.7'), // RFC 5639 §4.1
  brainpoolP384r1: encodeOid('1.3.36.3.3.2.8.1.1.11'), // RFC 5639 §4.1
  brainpoolP512r1: encodeOid('1.3.36.3.3.2.8.1.1.13'), // RFC 5639 §4.1
  // Signatures
  sha256WithRsa: encodeOid('1.2.840.113549.1.1.11'), // RFC 4055 §5
  sha384WithRsa: encodeOid('1.2.840.113549.1.1.12'), // RFC 4055 §5
  sha512WithRsa: encodeOid('1.2.840.113549.1.1.13'), // RFC 4055 §5
  ecdsaWithSha256: encodeOid('1.2.840.10045.4.3.2'), // RFC 5758 §3.2
  ecdsaWithSha384: encodeOid('1.2.840.10045.4.3.3'), // RFC 5758 §3.2
  ecdsaWithSha512: encodeOid('1.2.840.10045.4.3.4'), // RFC 5758 §3.2
  mgf1: encodeOid('1.2.840.113549.1.1.8'), // RFC 4055 §2.2
  sha1: encodeOid('1.3.14.3.2.26'), // RFC 3279 §2.2.1, in OCSP for names of certificates only
  sha256: encodeOid('2.16.840.1.101.3.4.2.1'), // RFC 4055 §2.1
  sha384: encodeOid('2.16.840.1.101.3.4.2.2'), // RFC 4055 §2.1
  sha512: encodeOid('2.16.840.1.101.3.4.2.3'), // RFC 4055 §2.1
});

/** Whether the content octets in a byte range are this object identifier. */
export function isOid(bytes: Uint8Array, start: number, end: number, oid: Uint8Array): boolean {
  return rangesEqual(bytes, start, end, oid, 0, oid.length);
}

/** Encodes an object identifier in dotted decimal form as content octets. The caller has checked the syntax. */
export function encodeOid(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map(BigInt);
  const octets: number[] = [];
  // X.690 §8.19.4: the first two arcs share one subidentifier
  for (const value of [arcs[0]! * 40n + arcs[1]!, ...arcs.slice(2)]) {
    const groups = [Number(value & 0x7fn)];
    for (let rest = value >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80);
    octets.push(...groups);
  }
  return Uint8Array.from(octets);
}

/**
 * Checks that the content octets in a byte range are an object identifier in DER: at least one subidentifier, each
 * complete and without leading zero groups (X.690 §8.19.2).
 */
export function checkOid(bytes: Uint8Array, start: number, end: number): void {
  let before = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet === 0x80 && before < 0x80) throw malformed('oid', at);
    before = octet;
  }
  if (end === start || before >= 0x80) throw malformed('oid', start);
}

// ITU-T X.667 §7: the longest arcs in use are UUIDs, 128 bits. Converting an arc to decimals takes quadratic time
const MAX_ARC_OCTETS = 19;

/**
 * Returns the dotted decimal form of the object identifier whose content octets are in a byte range.
 *
 * @throws MtlsError ERR_ENCODING_DER, also for an arc of more than 133 bits
 */
export function decodeOid(bytes: Uint8Array, start = 0, end = bytes.length): string {
  checkOid(bytes, start, end);
  const arcs: (number | bigint)[] = [];
  for (let at = start; at < end; at++) {
    const from = at;
    let value: number | bigint = bytes[at]! & 0x7f;
    while (bytes[at]! >= 0x80) {
      const octet = bytes[++at]! & 0x7f;
      if (at - from === MAX_ARC_OCTETS) throw malformed('oid-arc', from);
      // seven octets are 49 bits, which fit into a number
      if (at - from < 7) value = Number(value) * 128 + octet;
      else value = BigInt(value) * 128n + BigInt(octet);
    }
    if (from > start) {
      arcs.push(value);
    } else {
      // X.690 §8.19.4: the first subidentifier contains two arcs
      const root = value < 80 ? Math.floor(Number(value) / 40) : 2;
      arcs.push(root, typeof value === 'bigint' ? value - 80n : value - root * 40);
    }
  }
  return arcs.join('.');
}
