import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer, request as send, type Server } from 'node:https';
import { checkOptions } from '../../options.js';
import { mutualTlsOptions } from '../../node/mutual-tls-options.js';
import { createCertificateAuthority, type TestAuthority } from '../certificate-authority.js';
import type { TestCertificate } from '../certificate-options.js';

export interface LoopbackServerOptions {
  /** The authority whose clients Node verifies itself. Default none: every certificate is `unverified`. */
  readonly clientAuthority?: TestAuthority;
}

/** A request of a loopback client. */
export interface LoopbackCall {
  /** The client certificate, with its chain. Default none. */
  readonly certificate?: TestCertificate;
  /** Access token, sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** Default `GET`, or `POST` with a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoopbackAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** UTF-8. */
  readonly body: string;
}

export interface LoopbackServer {
  /** `https://localhost:` and a free port. */
  readonly origin: string;
  readonly server: Server;
  /** Sends a request over a new connection. */
  readonly call: (path: string, call?: LoopbackCall) => Promise<LoopbackAnswer>;
  readonly close: () => Promise<void>;
}

/**
 * Starts an `https` server on 127.0.0.1 that requests client certificates, with a client for it. For tests that need
 * real handshakes, such as one that fails.
 *
 * @example
 * ```ts
 * import { presentedCertificate } from 'oauth-mtls/node';
 * import { selfSignedCertificate, startMutualTlsServer } from 'oauth-mtls/testing';
 * const { call, close } = await startMutualTlsServer((request, response) => {
 *   response.end(presentedCertificate(request)?.certificate.thumbprint);
 * });
 * const { body } = await call('/', { certificate: await selfSignedCertificate() });
 * await close();
 * ```
 */
export async function startMutualTlsServer(
  listener: RequestListener,
  options: LoopbackServerOptions = {},
): Promise<LoopbackServer> {
  if (typeof listener !== 'function') throw new TypeError('listener must be a function');
  checkOptions<LoopbackServerOptions>(options, { clientAuthority: 'object' });
  const { clientAuthority } = options;
  const authority = await createCertificateAuthority({ subject: 'CN=Loopback' });
  const { chainPem, privateKeyPem } = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: 'localhost', ip: '127.0.0.1' },
    extendedKeyUsage: ['serverAuth'],
  });
  const trusted = clientAuthority && { ca: clientAuthority.pem };
  const server = createServer(mutualTlsOptions({ key: privateKeyPem, cert: chainPem, ...trusted }), listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const origin = `https://localhost:${typeof address === 'object' ? address!.port : 0}`;
  return {
    origin,
    server,
    call: (path, call = {}) => callServer(new URL(path, origin), authority.pem, call),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function callServer(url: URL, ca: string, request: LoopbackCall) {
  checkOptions<LoopbackCall>(request, {
    certificate: 'object',
    token: 'string',
    method: 'string',
    headers: 'object',
    body: 'string',
  });
  const { certificate, token, headers, body, method } = request;
  const credentials = certificate && { cert: certificate.chainPem, key: certificate.privateKeyPem };
  const options = {
    ca,
    ...credentials,
    agent: false as const,
    // the name in the certificate differs from the address of the listener
    host: '127.0.0.1',
    servername: 'localhost',
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
  };
  return new Promise<LoopbackAnswer>((resolve, reject) => {
    send(url, options, (message) => {
      const { statusCode: status = 0, headers: received } = message;
      let text = '';
      message.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      message.on('end', () => resolve({ status, headers: received, body: text })).on('error', reject);
    })
      .on('error', reject)
      .end(body);
  });
}
