import 'reflect-metadata/lite';
import * as crypto from 'node:crypto';
import { createCertificateReader, envoy, fromAddresses, haproxy, nginx, rfc9440 } from 'oauth-mtls/forwarded';
import { createCertificateAuthority, forwardedHeaders } from 'oauth-mtls/testing';
import { compare } from './measure.js';

/**
 * Many more than a reader remembers, so that each is forgotten before its turn comes again. Their bytes are not in the
 * processor's cache either, so they are compared with a hash over other bytes each time.
 */
const CLIENTS = 1000;

/** Reading a certificate from a header and computing its thumbprint, against the floor of one hash. */
export async function run() {
  // an RSA signature, as most public authorities make, and a certificate of some 800 bytes
  const authority = await createCertificateAuthority({ keyType: 'RSA-2048' });
  const client = await authority.issue({
    subject: 'CN=client,OU=Payments,O=Acme,L=Berlin,C=DE',
    san: { dns: 'client.example', uri: 'spiffe://example.org/client', email: 'client@example.com', ip: '192.0.2.1' },
  });
  const { der } = client.certificate;
  const ordinary = [
    'Host',
    'rs.example',
    'User-Agent',
    'client/1.0',
    'Accept',
    'application/json',
    'Authorization',
    'DPoP x',
    'Connection',
    'close',
  ];

  /**
   * @param {import('oauth-mtls/forwarded').ForwardedFormat} format
   * @param {(request: import('oauth-mtls/forwarded').ForwardedRequest) => boolean} trust
   */
  const reading = (format, trust = () => true) => {
    const read = createCertificateReader({ format, trust });
    const request = {
      rawHeaders: [...ordinary, ...Object.entries(forwardedHeaders(format, client)).flat().map(asReceived)],
      socket: { remoteAddress: '10.1.2.3' },
    };
    return () => read(request)?.certificate.thumbprint;
  };
  /** @type {string[]} */
  const values = [];
  /** @type {Uint8Array[]} */
  const others = [];
  while (values.length < CLIENTS) {
    const { certificate } = await authority.issue({
      subject: `CN=client ${values.length}`,
      san: { dns: 'client.example' },
      keyPair: authority.keyPair,
    });
    values.push(asReceived(Buffer.from(certificate.der).toString('base64')));
    others.push(certificate.der);
  }
  const read = createCertificateReader({ format: haproxy(), trust: () => true });
  let turn = 0;
  let other = 0;
  const firstTime = () => {
    turn = (turn + 1) % CLIENTS;
    return read({ rawHeaders: [...ordinary, 'X-SSL-Client-Cert', values[turn] ?? ''] })?.certificate.thumbprint;
  };
  const absent = createCertificateReader({ format: haproxy(), trust: () => true });

  return compare(
    `A certificate of ${der.length} bytes from a header`,
    [
      { name: 'crypto.hash', run: () => crypto.hash('sha256', der, 'base64url') },
      {
        name: 'crypto.hash, another certificate each time',
        run: () => crypto.hash('sha256', others[(other = (other + 1) % CLIENTS)] ?? der, 'base64url'),
      },
      { name: 'haproxy', run: reading(haproxy()) },
      { name: 'haproxy, a certificate not seen before', run: firstTime },
      { name: 'rfc9440', run: reading(rfc9440()) },
      { name: 'nginx', run: reading(nginx()) },
      { name: 'envoy', run: reading(envoy()) },
      { name: 'haproxy, fromAddresses', run: reading(haproxy(), fromAddresses(['127.0.0.1', '10.0.0.0/8'])) },
      { name: 'no certificate', run: () => absent({ rawHeaders: ordinary }) },
    ],
    [
      { of: 'haproxy', to: 'crypto.hash', atMost: 3.5 },
      { of: 'rfc9440', to: 'crypto.hash', atMost: 3.5 },
      { of: 'haproxy, a certificate not seen before', to: 'crypto.hash, another certificate each time', atMost: 3.5 },
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
