import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestCertificate } from 'oauth-mtls/testing';

/** A server on loopback that answers with a JWK Set, or with whatever a test puts in its place. */
export class JwksServer {
  requests = 0;
  answer: RequestListener = (_request, response) => response.end(JSON.stringify({ keys: this.keys }));
  keys: object[];
  readonly #server: Server;

  private constructor(certificates: readonly TestCertificate[]) {
    this.keys = certificates.map(({ jwk }) => jwk);
    this.#server = createServer((request, response) => {
      this.requests++;
      this.answer(request, response);
    });
  }

  static async start(...certificates: TestCertificate[]): Promise<JwksServer> {
    const self = new JwksServer(certificates);
    await new Promise<void>((resolve) => self.#server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  serve(...certificates: TestCertificate[]): void {
    this.keys = certificates.map(({ jwk }) => jwk);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
