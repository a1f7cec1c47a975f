import type { Server, TlsOptions } from 'node:tls';
import type { CertificationPathVerifier } from '../pki/path-verifier.js';
import type { SourceStatus } from './sources/source.js';

export interface TrustStatus {
  /** The last time at which the oldest of the anchors, intermediates, CRLs and OCSP responses was confirmed. */
  readonly loadedAt: Date;
  readonly nextReload: Date;
  /** The first expiration of each kind. Of several CRLs of one issuer and scope, only the last counts. */
  readonly expires: {
    readonly anchor: Date;
    readonly crl: Date | undefined;
    readonly server: Date | undefined;
    readonly client: Date | undefined;
  };
  /** The latest failure of the sources that currently fail. */
  readonly lastFailure: unknown;
  readonly failedAt: Date | undefined;
  /**
   * Names of the CRLs and OCSP responses that have never been loaded since the start. With `revocation:
   * 'if-available'`, revoked clients are accepted while there are any.
   */
  readonly neverLoaded: readonly string[];
  readonly sources: readonly SourceStatus[];
}

/** The client key and certificate of a process, for `https.Agent`. */
export interface TrustClientOptions {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string[];
}

/** Trust anchors, CRLs, keys and certificates that are replaced while they are used. */
export interface Trust {
  /** For `authenticateClient`. Uses the current content for each request. */
  readonly pathVerifier: CertificationPathVerifier;
  /**
   * Returns options for `https.createServer`, `http2.createSecureServer`, `tls.createServer` and Fastify's `https`. As
   * with `mutualTlsOptions`, a certificate is requested from every client, and no client is refused in the handshake.
   *
   * @throws TypeError without the option `server`
   */
  serverOptions(): TlsOptions;
  /**
   * Renews the key, the certificate and the client authorities of a server in place. Call it before the server listens.
   * Sessions that were negotiated under other anchors are not resumed. For connections that were verified under other
   * anchors, `presentedCertificate` returns `unknown`, and also for all connections if revocation is checked, because
   * TLS does not check it.
   *
   * @returns a function that stops the renewal
   * @throws TypeError without the option `server`, or for anything but a TLS server
   */
  attach(server: Server): () => void;
  /**
   * Returns options for `mutualTlsFetch(() => trust.clientOptions())`. The object is the same until a part is replaced.
   *
   * @throws TypeError without the option `client`
   */
  clientOptions(): TrustClientOptions;
  readonly status: TrustStatus;
  /** Reads every source now, including downloads. Sources that fail are in `status`. */
  reload(): Promise<void>;
  /** Stops reloading and watching. The current content is used until it is older than `maxStaleness`. */
  close(): void;
}
