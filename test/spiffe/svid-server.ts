import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:tls';
import type { PresentedCertificate } from 'oauth-mtls';
import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
import { createCertificateAuthority, type TestCertificate } from 'oauth-mtls/testing';

/** A TLS server that asks for a certificate, trusts what the test names, and keeps what it was shown. */
export class SvidServer {
  readonly #server: Server;
  #seen: PresentedCertificate | undefined;

  private constructor(options: ReturnType<typeof mutualTlsOptions>) {
    this.#server = createServer(options, (socket) => {
      this.#seen = presentedCertificate(socket);
      socket.end('x');
    });
  }

  /** @param ca what the TLS layer takes for its own authorities: the library is not to be impressed */
  static async start(ca?: string[]): Promise<SvidServer> {
    const authority = await createCertificateAuthority();
    const { chainPem: cert, privateKeyPem: key } = await authority.issue({
      san: { dns: 'localhost' },
      extendedKeyUsage: ['serverAuth'],
    });
    const self = new SvidServer(mutualTlsOptions({ cert, key, ...(ca && { ca }) }));
    await new Promise<void>((resolve) => self.#server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  /** What the server sees of a client that proves to hold this certificate. */
  async present({ chainPem: cert, privateKeyPem: key }: TestCertificate): Promise<PresentedCertificate> {
    this.#seen = undefined;
    const { port } = this.#server.address() as AddressInfo;
    await new Promise<void>((resolve, reject) => {
      connect({ host: '127.0.0.1', port, cert, key, rejectUnauthorized: false })
        .on('error', reject)
        .on('close', () => resolve())
        .resume();
    });
    if (this.#seen === undefined) throw new Error('No certificate was presented');
    return this.#seen;
  }

  stop(): void {
    this.#server.close();
  }
}
