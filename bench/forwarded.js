import 'reflect-metadata/lite';
import * as crypto from 'node:crypto';
import { createCertificateReader, envoy, fromAddresses, haproxy, nginx, rfc9440 } from 'oauth-mtls/forwarded';
import { createCertificateAuthority, forwardedHeaders } from 'oauth-mtls/testing';
import { compare } from './measure.js';

/** Reading a certificate from a header and computing its thumbprint, against the floor of one hash. */
export async function run() {
  // an RSA signature, as most public authorities make, and a certificate of some 800 bytes
  const authority = await createCertificateAuthority({ keyType: 'RSA-2048' });
  const client = await authority.issue({
    subject: 'CN=client,OU=Payments,O=Acme,L=Berlin,C=DE',
    san: { dns: 'client.example', uri: 'spiffe://example.org/client', email: 'client@example.com', ip: '192.0.2.1' },
  });
  const { der } = client.certificate;
  const ordinary = ['Host', 'rs.example', 'User-Agent', 'client/1.0', 'Accept', 'application/json', 'Authorization', 'DPoP x', 'Connection', 'close'];

  /** @param {import('oauth-mtls/forwarded').ForwardedFormat} format @param {(request: import('oauth-mtls/forwarded').ForwardedRequest) => boolean} trust */
  const reading = (format, trust = () => true) => {
    const read = createCertificateReader({ format, trust });
    const request = { rawHeaders: [...ordinary, ...Object.entries(forwardedHeaders(format, client)).flat().map(asReceived)], socket: { remoteAddress: '10.1.2.3' } };
    return () => read(request)?.certificate.thumbprint;
  };
  const absent = createCertificateReader({ format: haproxy(), trust: () => true });

  return compare(
    `A certificate of ${der.length} bytes from a header`,
    [
      { name: 'crypto.hash', run: () => crypto.hash('sha256', der, 'base64url') },
      { name: 'haproxy', run: reading(haproxy()) },
      { name: 'rfc9440', run: reading(rfc9440()) },
      { name: 'nginx', run: reading(nginx()) },
      { name: 'envoy', run: reading(envoy()) },
      { name: 'haproxy, fromAddresses', run: reading(haproxy(), fromAddresses(['127.0.0.1', '10.0.0.0/8'])) },
      { name: 'no certificate', run: () => absent({ rawHeaders: ordinary }) },
    ],
    [
      { of: 'haproxy', to: 'crypto.hash', atMost: 3.5 },
      { of: 'rfc9440', to: 'crypto.hash', atMost: 3.5 },
    ],
  );
}

/**
 * A string in one piece, as Node's parser makes them: in one that was put together, every character costs more.
 *
 * @param {string} text
 */
function asReceived(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}
