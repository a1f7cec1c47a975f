import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { isMtlsError, toErrorResponse } from 'oauth-mtls';
import { createCertificateReader, fromAddresses, type ForwardedFormat } from 'oauth-mtls/forwarded';

/** What the application made of a request, as it answers it. */
export interface Answer {
  /** Thumbprint of the certificate it read; null for none. */
  readonly thumbprint: string | null;
  readonly verification?: string;
  readonly intermediates?: readonly string[];
  /** Code of the error it refused the request with. */
  readonly error?: string;
  /** What arrived. */
  readonly rawHeaders: readonly string[];
}

export interface Application {
  readonly port: number;
  /** The application reads this format from now on. */
  use(format: ForwardedFormat): void;
  stop(): Promise<void>;
}

/**
 * A plain Node server that reads the certificate behind a proxy on the same machine: 200 with a certificate,
 * 401 without, 400 where the request is refused.
 */
export async function startApplication(): Promise<Application> {
  let read: ReturnType<typeof createCertificateReader> | undefined;
  const server: Server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    let status = 401;
    let answer: Answer = { thumbprint: null, rawHeaders: request.rawHeaders };
    try {
      const presented = read?.(request);
      if (presented !== undefined) {
        const { certificate, verification, intermediates } = presented;
        status = 200;
        answer = {
          ...answer,
          thumbprint: certificate.thumbprint,
          verification,
          intermediates: intermediates.map((each) => each.thumbprint),
        };
      }
    } catch (error) {
      if (!isMtlsError(error)) throw error;
      status = toErrorResponse(error).status;
      answer = { ...answer, error: error.code };
    }
    const body = JSON.stringify(answer);
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    use(format) {
      read = createCertificateReader({ format, trust: fromAddresses(['127.0.0.1']) });
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
