import * as crypto from 'node:crypto';
import {
  explainSubject,
  parseCertificate,
  parseClientMetadata,
  parseDistinguishedName,
  subjectMatches,
  suggestClientMetadata,
} from 'oauth-mtls';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { compare } from './measure.js';

const KIBIBYTES_64 = 65_536;
const DN = 'CN=client,OU=Payments,O=Acme,L=Berlin,C=DE';

/** Matching a registered subject, against Node's own strings, and how it grows with what an attacker sends. */
export async function run() {
  const authority = await createCertificateAuthority();
  const { certificate } = await authority.issue({
    subject: DN,
    san: { dns: 'client.example', uri: 'spiffe://example.org/client' },
  });
  const der = certificate.der;
  const names = Array.from({ length: 1000 }, (_, i) => `host-${i}.client.example.com`);
  const { certificate: thousand } = await authority.issue({ subject: 'CN=many', san: { dns: names } });
  const thousandDer = thousand.der;
  const last = names[999] ?? '';
  const text = DN.replaceAll(',', '\n').split('\n').reverse().join('\n');

  return [
    await compare(
      'One subject in a certificate seen for the first time',
      [
        { name: 'parseCertificate', run: () => parseCertificate(der) },
        {
          name: 'parse, match a DNS name',
          run: () => subjectMatches(parseCertificate(der), 'tls_client_auth_san_dns', 'client.example'),
        },
        {
          name: 'parse, match a DN',
          run: () => subjectMatches(parseCertificate(der), 'tls_client_auth_subject_dn', DN),
        },
        {
          name: 'node: .subjectAltName.includes',
          run: () => new crypto.X509Certificate(der).subjectAltName?.includes('DNS:client.example'),
        },
        { name: 'node: .subject ===', run: () => new crypto.X509Certificate(der).subject === text },
        {
          name: 'explainSubject, reversed order',
          run: () =>
            explainSubject(certificate, 'tls_client_auth_subject_dn', 'C=DE,L=Berlin,O=Acme,OU=Payments,CN=client'),
        },
        { name: 'suggestClientMetadata', run: () => suggestClientMetadata(certificate) },
        {
          name: 'parseClientMetadata',
          run: () =>
            parseClientMetadata({ token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: DN }),
        },
      ],
      [
        { of: 'node: .subjectAltName.includes', to: 'parse, match a DNS name', atLeast: 25 },
        { of: 'node: .subject ===', to: 'parse, match a DN', atLeast: 5 },
        { of: 'parse, match a DNS name', to: 'parseCertificate', atMost: 6 },
      ],
    ),
    await compare(
      `One of 1,000 DNS names, the last (certificate of ${thousandDer.length} bytes)`,
      [
        { name: 'hash of the certificate', run: () => crypto.hash('sha256', thousandDer, 'base64url') },
        { name: 'subjectMatches', run: () => subjectMatches(thousand, 'tls_client_auth_san_dns', last) },
        {
          name: 'parse and match',
          run: () => subjectMatches(parseCertificate(thousandDer), 'tls_client_auth_san_dns', last),
        },
        { name: 'parse and list all as strings', run: () => parseCertificate(thousandDer).subjectAltNames },
        {
          name: 'node: .subjectAltName',
          run: () => new crypto.X509Certificate(thousandDer).subjectAltName?.includes(last),
        },
      ],
      [
        { of: 'subjectMatches', to: 'hash of the certificate', atMost: 5 },
        { of: 'parse and list all as strings', to: 'parse and match', atLeast: 3 },
        { of: 'node: .subjectAltName', to: 'parse and match', atLeast: 8 },
      ],
    ),
    await linear('plain text', (length) => `CN=${'a'.repeat(length - 3)}`),
    await linear('RDNs', (length) => `${'CN=a,'.repeat(length / 5 - 1)}CN=a`),
    await linear('attributes of one RDN', (length) => `${'CN=a+'.repeat(length / 5 - 1)}CN=a`),
    await linear('escaped octets', (length) => `CN=${'\\C3\\A9x'.repeat(length / 7 - 1)}`),
    await linear('combining marks', (length) => `CN=${`a${'\u0301\u0323'.repeat(15)}`.repeat(length / 31 - 1)}`),
    await linear('letters to fold', (length) => `CN=${'İΣ'.repeat(length / 2 - 2)}`),
    await linear('spaces', (length) => `CN=${'a  '.repeat(length / 3 - 1)}`),
    await linear(
      'octets',
      (length) => `CN=#1482${(length / 2 - 8).toString(16).padStart(4, '0')}${'e9'.repeat(length / 2 - 8)}`,
    ),
  ].every(Boolean);
}

/**
 * Time is linear: a name of 64 KiB takes sixteen times as long as one of 4 KiB, and some more for memory that no
 * longer fits into a cache. Quadratic time would be 256 times as long.
 *
 * @param {string} what
 * @param {(length: number) => string} make
 */
async function linear(what, make) {
  const [short, long] = [make(KIBIBYTES_64 / 16), make(KIBIBYTES_64)];
  const [otherShort, otherLong] = [parseDistinguishedName(short), parseDistinguishedName(long)];
  return compare(
    `A DN full of ${what}: parse and compare`,
    [
      { name: '4 KiB', run: () => parseDistinguishedName(short).equals(otherShort) },
      { name: '64 KiB', run: () => parseDistinguishedName(long).equals(otherLong) },
    ],
    [{ of: '64 KiB', to: '4 KiB', atMost: 24 }],
  );
}
