import { TAG } from '../encoding/der.js';
import { writePem } from '../encoding/pem.js';
import { concat, oid, sequence, text, tlv } from './der-writer.js';
import { selfSignedCertificate } from './certificate-authority.js';
import type { TestCertificateOptions } from './certificate-options.js';

/** An input that some system has misread, and its effect on a reader. */
export interface HostileCertificate {
  /** Short and constant, for test titles. */
  readonly name: string;
  /** DER, or text if the hazard is in the text form. */
  readonly input: Uint8Array | string;
  readonly hazard: string;
  /** Whether `parseCertificate` accepts it. The hazard is then in the content of the certificate. */
  readonly parses: boolean;
  /** The key of a certificate that a client can present in a handshake. */
  readonly privateKeyPem?: string;
}

const NAMED: readonly { name: string; hazard: string; options: TestCertificateOptions }[] = [
  {
    name: 'NUL in the common name',
    hazard: 'a reader of C strings sees only the part before it',
    options: { subject: [[['2.5.4.3', 'UTF8String', 'admin\0.evil.example']]] },
  },
  {
    name: 'NUL in a DNS name',
    hazard: 'a reader of C strings sees only the part before it',
    options: { san: { dns: 'admin.example\0.evil.example' } },
  },
  {
    name: 'RDNs in reverse order',
    hazard: 'equals a registered subject in a reader that compares sets or sorted text',
    options: { subject: [[['2.5.4.3', 'UTF8String', 'client']], [['2.5.4.6', 'PrintableString', 'US']]] },
  },
  {
    name: 'separators in the common name',
    hazard: 'reads as several RDNs where the text form is compared without escapes',
    options: { subject: [[['2.5.4.3', 'UTF8String', 'client,O=Bank/O=Bank+O=Bank']]] },
  },
  {
    name: 'common name in BMPString',
    hazard: 'is another name if it is read as Latin-1',
    options: { subject: [[['2.5.4.3', 'BMPString', 'client']]] },
  },
  {
    name: 'wildcard DNS name',
    hazard: 'matches every client of the domain where wildcards are expanded',
    options: { san: { dns: '*.example.com' } },
  },
  {
    name: 'IP address of eight octets',
    hazard: 'an address with a mask, which belongs in name constraints',
    options: { san: [{ type: 'ip', value: { hex: 'c0000201ffffffff' } }] },
  },
  {
    name: 'thousand DNS names',
    hazard: 'decoding all of them costs milliseconds per request',
    options: { san: { dns: Array.from({ length: 1000 }, (_, i) => `host-${i}.example`) } },
  },
  {
    name: 'empty subject',
    hazard: 'equal to an empty registered value',
    options: { subject: '', san: { dns: 'client.example' } },
  },
  {
    name: 'unknown critical extension',
    hazard: 'a reader that does not process it must refuse the certificate',
    options: { extensions: [{ oid: '1.3.6.1.4.1.99999.1', critical: true, value: tlv(TAG.NULL) }] },
  },
];

/**
 * Creates certificates and texts that systems have misread, for tests of code that accepts certificates from outside.
 * They are created again for each call.
 *
 * @example
 * ```ts
 * import { parseCertificate } from 'oauth-mtls';
 * import { hostileCertificates } from 'oauth-mtls/testing';
 * for (const { name, input, parses } of await hostileCertificates()) {
 *   if (!parses) console.log(name, () => parseCertificate(input)); // throws an MtlsError
 * }
 * ```
 */
export async function hostileCertificates(): Promise<readonly HostileCertificate[]> {
  const { certificate, pem, privateKeyPem } = await selfSignedCertificate({ subject: 'CN=client,C=US' });
  const { der } = certificate;
  const content = der.subarray(4);
  const length = der.subarray(2, 4);
  const malformed: readonly Omit<HostileCertificate, 'parses'>[] = [
    {
      name: 'byte after the certificate',
      input: concat(der, Uint8Array.of(0)),
      hazard: 'the same certificate for a lenient reader, with another thumbprint',
    },
    {
      name: 'length in more octets than needed',
      input: concat(Uint8Array.of(TAG.SEQUENCE, 0x83, 0), length, content),
      hazard: 'the same certificate for a lenient reader, with another thumbprint',
    },
    {
      name: 'indefinite length',
      input: concat(Uint8Array.of(TAG.SEQUENCE, 0x80), content, Uint8Array.of(0, 0)),
      hazard: 'the same certificate for a reader of BER, with another thumbprint',
    },
    { name: 'two certificates in DER', input: concat(der, der), hazard: 'readers disagree about which one counts' },
    { name: 'two certificates in PEM', input: pem + pem, hazard: 'readers disagree about which one counts' },
    {
      name: 'text before the PEM',
      input: `subject=CN=admin\n${pem}`,
      hazard: 'naive readers hash it together with the certificate',
    },
    { name: 'percent-encoded PEM', input: encodeURIComponent(pem), hazard: 'naive readers hash it unchanged' },
    { name: 'private key', input: privateKeyPem, hazard: 'a secret where a certificate was expected' },
    { name: 'body without certificate', input: 'AAAA', hazard: 'three zero bytes have a thumbprint too' },
    { name: 'Apache’s word for none', input: '(null)', hazard: 'the same thumbprint for every client' },
    { name: 'another structure', input: sequence(text(TAG.UTF8_STRING, 'client')), hazard: 'DER, but no certificate' },
    { name: 'truncated', input: der.subarray(0, -1), hazard: 'a reader that does not check bounds runs past the end' },
    {
      name: 'PEM as bytes',
      input: new TextEncoder().encode(writePem('CERTIFICATE', der)),
      hazard: 'hashed as if it were DER',
    },
  ];
  const named = NAMED.map(async ({ options, ...rest }) => {
    const made = await selfSignedCertificate(options);
    return { ...rest, input: made.certificate.der, parses: true, privateKeyPem: made.privateKeyPem };
  });
  const twice = { ...(await extensionTwice()), parses: false };
  return [...malformed.map((each) => ({ ...each, parses: false })), twice, ...(await Promise.all(named))];
}

/** Gives two extensions the same type. The self-signature becomes invalid, which is irrelevant in a handshake. */
async function extensionTwice(): Promise<Omit<HostileCertificate, 'parses'>> {
  const [first, second] = ['1.3.6.1.4.1.99999.1', '1.3.6.1.4.1.99999.2'] as const;
  const extensions = [first, second].map((each) => ({ oid: each, value: tlv(TAG.NULL) }));
  const { certificate, privateKeyPem } = await selfSignedCertificate({ subject: 'CN=client', extensions });
  const der = Uint8Array.from(certificate.der);
  der.set(oid(first), indexOf(der, oid(second)));
  return {
    name: 'extension twice',
    input: der,
    hazard: 'OpenSSL accepts it in a handshake, and the error of a strict parser ends a server that does not expect it',
    privateKeyPem,
  };
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return bytes.findIndex((_, start) => part.every((byte, at) => bytes[start + at] === byte));
}
