import type { Server, TlsOptions } from 'node:tls';
import type { CertificationPathVerifier } from '../pki/path-verifier.js';
import type { SourceStatus } from './sources/source.js';

export interface TrustStatus {
  /** The last time at which the oldest of the anchors, intermediates, CRLs and OCSP responses was found good. */
  readonly loadedAt: Date;
  readonly nextReload: Date;
  /** When the first of each kind expires; a CRL counts until the last one of its issuer and scope. */
  readonly expires: {
    readonly anchor: Date;
    readonly crl: Date | undefined;
    readonly server: Date | undefined;
    readonly client: Date | undefined;
  };
  /** The latest failure among the sources that fail at present. */
  readonly lastFailure: unknown;
  readonly failedAt: Date | undefined;
  /**
   * Names of the CRLs and OCSP responses that have never been loaded since the start. With `revocation: 'if-available'`,
   * revoked clients are accepted while there are any.
   */
  readonly neverLoaded: readonly string[];
  readonly sources: readonly SourceStatus[];
}

/** The key and certificate with which a process is a client, for `https.Agent`. */
export interface TrustClientOptions {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string[];
}

/** Trust anchors, CRLs, keys and certificates that are replaced while they are used. */
export interface Trust {
  /** For `authenticateClient`: decides each request by what is held at that moment. */
  readonly pathVerifier: CertificationPathVerifier;
  /**
   * Options for `https.createServer`, `http2.createSecureServer`, `tls.createServer` and Fastify's `https`, as
   * `mutualTlsOptions` makes them: every client is asked for a certificate, and none is refused in the handshake.
   *
   * @throws TypeError without the option `server`
   */
  serverOptions(): TlsOptions;
  /**
   * Renews the key, the certificate and the client authorities of a server in place. Call it before the server listens.
   * Sessions that were negotiated under other anchors are not resumed, and connections that were verified under other
   * anchors are
   * `unknown` to `presentedCertificate`. So are all connections where revocation is checked, since TLS does not check
   * it.
   *
   * @returns a function that ends this
   * @throws TypeError without the option `server`, or for something that is not a TLS server
   */
  attach(server: Server): () => void;
  /**
   * Options for `mutualTlsFetch(() => trust.clientOptions())`. The same object until something has been replaced.
   *
   * @throws TypeError without the option `client`
   */
  clientOptions(): TrustClientOptions;
  readonly status: TrustStatus;
  /** Reads every source now, downloads included. A source that cannot be used is in `status`. */
  reload(): Promise<void>;
  /** Ends reloading and watching. What is held stays until it is older than `maxStaleness`. */
  close(): void;
}
