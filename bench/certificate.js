import 'reflect-metadata/lite';
import * as crypto from 'node:crypto';
import { X509Certificate as Peculiar } from '@peculiar/x509';
import { fromBER } from 'asn1js';
import { createConfirmation, parseCertificate, verifyConfirmation } from 'oauth-mtls';
import { createCertificateAuthority, presented } from 'oauth-mtls/testing';
import { Certificate as Pkijs } from 'pkijs';
import { compare } from './measure.js';

/** Parsing, thumbprints and the binding check, against the floor of one hash and against other parsers. */
export async function run() {
  const authority = await createCertificateAuthority();
  const { certificate, pem } = await authority.issue({
    subject: 'CN=client,OU=Payments,O=Acme,L=Berlin,C=DE',
    san: { dns: 'client.example', uri: 'spiffe://example.org/client', email: 'client@example.com', ip: '192.0.2.1' },
  });
  const der = certificate.der;
  const evidence = presented(certificate);
  const claims = { cnf: createConfirmation(certificate) };
  const { thumbprint } = certificate;

  const hash = () => crypto.hash('sha256', der, 'base64url');
  const results = [
    await compare(
      `Thumbprint of a certificate of ${der.length} bytes`,
      [
        { name: 'crypto.hash', run: hash },
        { name: 'parseCertificate(der).thumbprint', run: () => parseCertificate(der).thumbprint },
        { name: 'parseCertificate(pem).thumbprint', run: () => parseCertificate(pem).thumbprint },
        { name: 'new X509Certificate(pem).fingerprint256', run: () => new crypto.X509Certificate(pem).fingerprint256 },
      ],
      [
        { of: 'parseCertificate(der).thumbprint', to: 'crypto.hash', atMost: 3.5 },
        { of: 'parseCertificate(pem).thumbprint', to: 'crypto.hash', atMost: 7.5 },
        { of: 'new X509Certificate(pem).fingerprint256', to: 'parseCertificate(pem).thumbprint', atLeast: 20 },
      ],
    ),
    await compare(
      'Parsing with subject, names and validity as strings',
      [
        { name: 'oauth-mtls', run: () => strings(parseCertificate(der)) },
        { name: 'node:crypto', run: () => node(der) },
        { name: '@peculiar/x509', run: () => peculiar(der) },
        { name: 'pkijs', run: () => pkijs(der) },
      ],
      [
        { of: 'node:crypto', to: 'oauth-mtls', atLeast: 10 },
        { of: '@peculiar/x509', to: 'oauth-mtls', atLeast: 150 },
        { of: 'pkijs', to: 'oauth-mtls', atLeast: 120 },
      ],
    ),
    await compare(
      'Binding check of a certificate seen for the first time',
      [
        { name: 'hash and compare', run: () => crypto.timingSafeEqual(Buffer.from(hash()), Buffer.from(thumbprint)) },
        { name: 'verifyConfirmation, known certificate', run: () => verifyConfirmation(claims, evidence) },
      ],
      [{ of: 'verifyConfirmation, known certificate', to: 'hash and compare', atMost: 1.5 }],
    ),
  ];
  return results.every(Boolean);
}

/** @param {import('oauth-mtls').Certificate} parsed */
function strings(parsed) {
  return [
    parsed.subject.toString(),
    parsed.subjectAltNames.map(({ value }) => value),
    parsed.notBefore,
    parsed.notAfter,
  ];
}

/** @param {Uint8Array} der */
function node(der) {
  const parsed = new crypto.X509Certificate(der);
  return [parsed.subject, parsed.subjectAltName, parsed.validFrom, parsed.validTo];
}

/** @param {Uint8Array} der */
function peculiar(der) {
  const parsed = new Peculiar(/** @type {Uint8Array<ArrayBuffer>} */ (der));
  return [parsed.subject, parsed.getExtension('2.5.29.17'), parsed.notBefore, parsed.notAfter];
}

/** @param {Uint8Array} der */
function pkijs(der) {
  const parsed = new Pkijs({ schema: fromBER(/** @type {Uint8Array<ArrayBuffer>} */ (der)).result });
  return [parsed.subject.typesAndValues, parsed.extensions, parsed.notBefore.value, parsed.notAfter.value];
}
