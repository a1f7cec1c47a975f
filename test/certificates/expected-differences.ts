/** A kind of difference, why it is right, and the files that have it, without their folders. */
interface ExpectedDifference {
  readonly kind: string;
  readonly reason: string;
  readonly files: readonly string[];
}

/** Of the certificates in Debian's `ca-certificates` and `python3-cryptography-vectors`. */
export const expectedDifferences: readonly ExpectedDifference[] = [
  {
    kind: 'accepted, refused by OpenSSL',
    reason: 'octets that are no UTF-8 are kept as octets, and a name with them matches nothing',
    files: ['invalid_utf8_common_name.pem'],
  },
  {
    kind: 'alternative names',
    reason: 'a DNS name with octets outside of ASCII is of type "other", and matches nothing (RFC 5280 §4.2.1.6)',
    files: ['utf8-dnsname.pem'],
  },
  {
    kind: 'refused: ERR_CERTIFICATE_DUPLICATE_EXTENSION',
    reason: 'RFC 5280 §4.2: a certificate must not have an extension twice',
    files: ['two_basic_constraints.pem'],
  },
  {
    kind: 'refused: ERR_CERTIFICATE_MALFORMED',
    reason: 'RFC 5280 §4.1.2.1: there is no version 8',
    files: ['invalid_version.pem'],
  },
  {
    kind: 'refused: ERR_ENCODING_DER bit-string',
    reason: 'a signature is a whole number of octets',
    files: ['BadSignedCACert.crt', 'InvalidDSASignatureTest6EE.crt'],
  },
  {
    kind: 'refused: ERR_ENCODING_DER time',
    reason: 'RFC 5280 §4.1.2.5: OpenSSL reads the certificate, and prints "Bad time value"',
    files: ['badasn1time.pem'],
  },
];
