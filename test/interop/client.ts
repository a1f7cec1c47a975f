import { connect, type ConnectionOptions } from 'node:tls';

import type { TestCertificate } from 'oauth-mtls/testing';

import type { Answer } from './application.js';

export interface ProxyAddress {
  readonly port: number;
  /** PEM of the authority of the proxy's own certificate. */
  readonly ca: string;
}

export interface SentRequest {
  /** Client certificate with the chain to send. */
  readonly client?: TestCertificate;
  /** Whole header lines as they go over the wire. */
  readonly lines?: readonly string[];
  /** Added to `Connection: close`. */
  readonly connection?: readonly string[];
  /** The body with its framing; goes with lines that announce it. */
  readonly body?: string;
  readonly tls?: ConnectionOptions;
}

export interface Response {
  /** 0 where the proxy ended the connection without an answer. */
  readonly status: number;
  /** What the application said; undefined where the proxy answered itself. */
  readonly answer?: Answer;
  readonly resumed: boolean;
  /** The last ticket of the connection. */
  readonly session?: Buffer;
}

/** One request over a TLS connection of its own, byte by byte as given. */
export function send(proxy: ProxyAddress, request: SentRequest = {}): Promise<Response> {
  const { client, lines = [], connection = [], body = '' } = request;
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    let session: Buffer | undefined;
    let resumed = false;
    const socket = connect({
      port: proxy.port,
      host: '127.0.0.1',
      servername: 'app.example',
      ca: proxy.ca,
      ...(client === undefined ? {} : { cert: client.chainPem, key: client.privateKeyPem }),
      ...request.tls,
    });
    socket.setTimeout(15_000, () => socket.destroy());
    socket.once('secureConnect', () => (resumed = socket.isSessionReused()));
    socket.on('session', (ticket) => (session = ticket));
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    // the outcome of a refused handshake is no answer
    socket.on('error', () => undefined);
    socket.once('close', () =>
      resolve({ ...parseResponse(Buffer.concat(received).toString('latin1')), resumed, session }),
    );
    const head = [
      'GET /certificate HTTP/1.1',
      'Host: app.example',
      `Connection: ${['close', ...connection].join(', ')}`,
      ...lines,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  });
}

function parseResponse(text: string): { status: number; answer?: Answer } {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  return body.startsWith('{"thumbprint"') ? { status, answer: JSON.parse(body) } : { status };
}
