import 'reflect-metadata/lite';
import { AuthorityKeyIdentifierExtension, Name, X509CrlGenerator } from '@peculiar/x509';
import type { Certificate } from '../../x509/certificate.js';
import { rawExtensions, type Issuer } from '../build-certificate.js';
import {
  checkCrlOptions,
  type TestCertificate,
  type TestCrlEntry,
  type TestCrlOptions,
} from '../certificate-options.js';
import { writePem } from '../../encoding/pem.js';

const DAY = 86_400_000;

/** Signs a CRL. */
export async function buildCrl(
  issuer: Issuer,
  options: TestCrlOptions,
  now: number,
): Promise<{ pem: string; der: Uint8Array }> {
  checkCrlOptions(options);
  const { revoked = [], thisUpdate, nextUpdate } = options;
  const crl = await X509CrlGenerator.create({
    issuer: new Name(issuer.name),
    thisUpdate: thisUpdate ?? new Date(now - DAY / 24),
    nextUpdate: nextUpdate === null ? undefined : (nextUpdate ?? new Date(now + DAY)),
    entries: revoked.map(crlEntry),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(issuer.keyPair.keys.publicKey),
      ...rawExtensions(options.extensions),
    ],
    signingAlgorithm: issuer.keyPair.algorithm,
    signingKey: issuer.keyPair.keys.privateKey,
  });
  const der = new Uint8Array(crl.rawData);
  return { der, pem: writePem('X509 CRL', der) };
}

function crlEntry(entry: Certificate | TestCertificate | TestCrlEntry): TestCrlEntry {
  if ('certificate' in entry) return { serialNumber: entry.certificate.serialNumber };
  return 'thumbprint' in entry ? { serialNumber: entry.serialNumber } : entry;
}
