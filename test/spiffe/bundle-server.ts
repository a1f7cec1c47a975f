import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A bundle endpoint on loopback, over HTTP or HTTPS, which serves a document or whatever a test puts in its place. */
export class BundleServer {
  requests = 0;
  document: unknown;
  answer: RequestListener = (_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(this.document));
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';

  private constructor(document: unknown, tls?: ServerOptions) {
    this.document = document;
    const listener: RequestListener = (request, response) => {
      this.requests++;
      this.answer(request, response);
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  }

  static async start(document: unknown, tls?: ServerOptions): Promise<BundleServer> {
    const self = new BundleServer(document, tls);
    await new Promise<void>((resolve) => self.#server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/bundle.json`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
