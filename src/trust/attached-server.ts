import type { Socket } from 'node:net';
import type { Server, TlsOptions, TLSSocket } from 'node:tls';
import { setAnchorSet, type AnchorSet } from '../node/anchor-set.js';

/** The secure context of a server at one time. */
export interface ServerTrust {
  readonly options: TlsOptions;
  readonly anchorSet: AnchorSet;
}

/**
 * Keeps the secure context of a server up to date, and records for each connection the anchors under which it was
 * verified. These are the anchors at the time of acceptance, because a handshake keeps the context with which it began.
 */
export class AttachedServer {
  readonly #server: Server;
  readonly #first: AnchorSet;
  #trust: ServerTrust;
  /** Anchors by endpoint, for connections whose handshake is not complete. */
  readonly #opening = new Map<string, AnchorSet>();

  constructor(server: Server, trust: ServerTrust) {
    this.#server = server;
    this.#trust = trust;
    this.#first = trust.anchorSet;
    server.setSecureContext(trust.options);
    setAnchorSet(server, trust.anchorSet);
    // before the application's listeners, which may read the certificate
    server.prependListener('connection', this.#onConnection);
    server.prependListener('secureConnection', this.#onSecureConnection);
  }

  renew(trust: ServerTrust): void {
    this.#trust = trust;
    this.#server.setSecureContext(trust.options);
  }

  detach(): void {
    this.#server.off('connection', this.#onConnection);
    this.#server.off('secureConnection', this.#onSecureConnection);
  }

  readonly #onConnection = (socket: Socket): void => {
    const endpoint = endpointOf(socket);
    if (endpoint === undefined) return;
    this.#opening.set(endpoint, this.#trust.anchorSet);
    socket.once('close', () => this.#opening.delete(endpoint));
  };

  readonly #onSecureConnection = (socket: TLSSocket): void => {
    const endpoint = endpointOf(socket);
    // a connection without an endpoint, or an earlier one, may have begun under the first anchors
    const anchorSet = (endpoint !== undefined && this.#opening.get(endpoint)) || this.#first;
    setAnchorSet(socket, anchorSet);
  };
}

function endpointOf({ remoteAddress, remotePort, localPort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress!} ${remotePort} ${localPort!}`;
}
