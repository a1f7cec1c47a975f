import type { TLSSocket } from 'node:tls';
import { checkOptions } from '../options.js';
import type { Certificate } from '../x509/certificate.js';
import { bareCertificate } from '../presented/presented-certificate.js';
import type { TestCertificate } from './certificate-options.js';

export interface FakeTlsSocketOptions {
  /** The certificate that the client presented. Default none. */
  readonly certificate?: Certificate | TestCertificate;
  /** Further certificates that it sent. */
  readonly intermediates?: readonly (Certificate | TestCertificate)[];
  /**
   * Node's verdict. Default true, even without a certificate, as on Node 20 and 22 for a resumed TLS 1.3 session
   * (nodejs/node#35317).
   */
  readonly authorized?: boolean;
  /** A destroyed socket exposes no certificate, but still reports `authorized`. */
  readonly destroyed?: boolean;
  /** Default true. False for a plain TCP connection. */
  readonly encrypted?: boolean;
  /** Default `127.0.0.1`. */
  readonly remoteAddress?: string;
}

interface FakeX509 {
  readonly raw: Uint8Array;
  readonly issuerCertificate: FakeX509 | undefined;
}

/**
 * Creates a stand-in for a TLS connection, without a handshake. It behaves like Node in unusual cases: the chain is
 * exposed only once, and a destroyed socket exposes nothing.
 *
 * @example
 * ```ts
 * import { presentedCertificate } from 'oauth-mtls/node';
 * import { fakeTlsSocket, selfSignedCertificate } from 'oauth-mtls/testing';
 * const socket = fakeTlsSocket({ certificate: await selfSignedCertificate(), authorized: false });
 * presentedCertificate(socket)?.verification; // 'unverified'
 * ```
 */
export function fakeTlsSocket(options: FakeTlsSocketOptions = {}): TLSSocket {
  checkOptions<FakeTlsSocketOptions>(options, {
    certificate: 'object',
    intermediates: 'array',
    authorized: 'boolean',
    destroyed: 'boolean',
    encrypted: 'boolean',
    remoteAddress: 'string',
  });
  const { certificate, intermediates = [], authorized = true, destroyed = false, encrypted = true } = options;
  const { remoteAddress = '127.0.0.1' } = options;
  let chain = intermediates.map(bareCertificate);
  const peer = (): FakeX509 | undefined => {
    if (certificate === undefined || destroyed) return undefined;
    const above = chain.reduceRight<FakeX509 | undefined>(
      (issuer, { der }) => ({ raw: der, issuerCertificate: issuer }),
      undefined,
    );
    chain = [];
    return { raw: bareCertificate(certificate).der, issuerCertificate: above };
  };
  const socket = {
    encrypted,
    remoteAddress,
    authorized: encrypted && authorized,
    authorizationError: authorized ? null : 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    destroyed,
    getPeerX509Certificate: peer,
    getPeerCertificate: () => peer() ?? {},
    isSessionReused: () => false,
    once: () => socket,
    on: () => socket,
  };
  return socket as unknown as TLSSocket;
}
