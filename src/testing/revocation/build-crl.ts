import { bareCertificate } from '../../presented/presented-certificate.js';
import type { Certificate } from '../../x509/certificate.js';
import { rawExtensions, type Issuer } from '../build-certificate.js';
import {
  checkCrlOptions,
  type TestCertificate,
  type TestCrlEntry,
  type TestCrlOptions,
} from '../certificate-options.js';
import { writePem } from '../../encoding/pem.js';
import { loadX509 } from '../load-packages.js';

const DAY = 86_400_000;

/** Signs a CRL. */
export async function buildCrl(
  issuer: Issuer,
  options: TestCrlOptions,
  now: number,
): Promise<{ pem: string; der: Uint8Array }> {
  checkCrlOptions(options);
  const { revoked = [], thisUpdate, nextUpdate } = options;
  const x509 = await loadX509();
  const crl = await x509.X509CrlGenerator.create({
    issuer: new x509.Name(issuer.name),
    thisUpdate: thisUpdate ?? new Date(now - DAY / 24),
    nextUpdate: nextUpdate === null ? undefined : (nextUpdate ?? new Date(now + DAY)),
    entries: revoked.map(crlEntry),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keyPair.keys.publicKey),
      ...rawExtensions(x509, options.extensions),
    ],
    signingAlgorithm: issuer.keyPair.algorithm,
    signingKey: issuer.keyPair.keys.privateKey,
  });
  const der = new Uint8Array(crl.rawData);
  return { der, pem: writePem('X509 CRL', der) };
}

function crlEntry(entry: Certificate | TestCertificate | TestCrlEntry): TestCrlEntry {
  if (typeof entry !== 'object' || (entry as unknown) === null)
    throw new TypeError('Option "revoked" must be an array of certificates and entries');
  if ('certificate' in entry) return { serialNumber: bareCertificate(entry).serialNumber };
  return 'thumbprint' in entry ? { serialNumber: entry.serialNumber } : entry;
}
