import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, Http2Session, Http2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { assertMtlsError, isMtlsError, MtlsError } from '../errors.js';
import { rememberAnchors, withCurrentVerdict } from './anchor-set.js';
import { parseCertificate, type Certificate } from '../x509/certificate.js';
import { createPresented, type PresentedCertificate } from '../presented/presented-certificate.js';
import { hasRenegotiated, readReason, readVerification } from '../presented/tls-peer.js';

/** An object with the TLS connection of a request. */
export type CertificateSource = TLSSocket | Socket | IncomingMessage | Http2ServerRequest | Http2Stream;

/** The members of a TLSSocket that are read, possibly through the proxy of HTTP/2. */
type Connection = Pick<
  TLSSocket,
  'encrypted' | 'authorized' | 'destroyed' | 'getPeerX509Certificate' | 'isSessionReused' | 'on'
>;

/** Maximum number of intermediates that are read. No client sends more for a path. */
const MAX_INTERMEDIATES = 100;

/**
 * The certificate of each open connection. Node exposes the chain only once, and nothing after the socket is destroyed.
 */
const memo = new WeakMap<object, PresentedCertificate | 'none'>();

/**
 * Returns the certificate that the client presented on this TLS connection. Undefined if it presented none, or if the
 * connection is not TLS.
 *
 * `verification` is `verified` only if a certificate was presented and Node validated its chain against the server's
 * `ca`. On Node 20 and 22, `authorized` is true for a resumed TLS 1.3 session without a certificate
 * (nodejs/node#35317). `verification` is `unknown` if Node may trust other roots: without `ca`, after
 * `server.setSecureContext({ key, cert })` without it, with `pfx`, for a name of `addContext` or `SNICallback`, and on
 * a connection that was accepted before the context was replaced. Use a `pathVerifier` there. On a server that
 * `createTrust` renews, a connection that was verified under earlier trust anchors is `unknown`.
 *
 * The intermediates are those that the client sent, unverified. They are not available on a resumed session, if other
 * code read the certificate of the socket before, and on Node 24 if Node validated the chain itself. To validate with
 * `createPathVerifier`, do not give the server a `ca`. Call this function early: the certificate is not available after
 * the socket is destroyed, or after a renegotiation (TLS 1.2, unless {@link mutualTlsOptions} disabled it), except if
 * it was read before.
 *
 * On Deno, a resumed session exposes the certificate but not the verdict on its chain. `verification` is `unknown`, and
 * clients of `tls_client_auth` require a `createPathVerifier`. On Bun, `tls.createServer` and
 * `http2.createSecureServer` expose the certificate, with the validated chain including the root as intermediates.
 * `https.createServer` does not expose it, and every request fails with ERR_CERTIFICATE_UNAVAILABLE.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { createServer } from 'node:https';
 * import { isMtlsError, toErrorResponse } from 'oauth-mtls';
 * import { mutualTlsOptions, presentedCertificate } from 'oauth-mtls/node';
 * const [key, cert, ca] = ['server.key', 'server.crt', 'client-ca.crt'].map((file) => readFileSync(file, 'utf8'));
 * createServer(mutualTlsOptions({ key, cert, ca }), (request, response) => {
 *   try {
 *     response.end(presentedCertificate(request)?.certificate.thumbprint ?? 'no certificate');
 *   } catch (error) {
 *     if (!isMtlsError(error)) console.error(error);
 *     const { status, headers, body } = toErrorResponse(error);
 *     response.writeHead(status, headers).end(JSON.stringify(body));
 *   }
 * }).listen(8443);
 * ```
 * @throws MtlsError ERR_CERTIFICATE_UNAVAILABLE if the connection is closed or has renegotiated, or the runtime does
 * not expose the certificate; ERR_ENCODING_*, ERR_CERTIFICATE_* for a certificate that is not strict DER
 * @throws TypeError for a source of another type
 * @see RFC 8705 §2, §3
 */
export function presentedCertificate(source: CertificateSource): PresentedCertificate | undefined {
  if (typeof (source as unknown) !== 'object' || (source as unknown) === null) throw wrongSource();
  // only HTTP/2 requests have a stream; a `session` of other requests is added by middleware
  const stream = 'stream' in source ? source.stream : 'rawHeaders' in source ? undefined : source;
  const presented =
    stream && 'session' in stream ? fromStream(stream) : fromSocket('socket' in source ? source.socket : source);
  return presented && withCurrentVerdict(presented);
}

function fromSocket(socket: object): PresentedCertificate | undefined {
  const known = memo.get(socket);
  if (known !== undefined) return known === 'none' ? undefined : known;
  if (!('destroyed' in socket)) throw wrongSource();
  // a plain TCP socket does not have this member
  if (!('encrypted' in socket) || socket.encrypted !== true) return undefined;
  const connection = socket as unknown as Connection;
  if (hasRenegotiated(connection)) throw unavailable('renegotiated');
  const presented = read(connection);
  memo.set(socket, presented ?? 'none');
  // TLS 1.2 renegotiation may change the certificate: the new one counts once possession of its key is proved
  connection.on('secure', () => {
    try {
      memo.set(socket, read(connection) ?? 'none');
    } catch {
      memo.delete(socket);
    }
  });
  return presented;
}

/** A stream loses its session when it closes, so the certificate of the session is kept for the stream too. */
function fromStream(stream: Http2Stream): PresentedCertificate | undefined {
  // undefined on a closed stream, contrary to the types
  const session = stream.session;
  const known = memo.get(stream) ?? (session && memo.get(session));
  if (known === undefined && session?.encrypted === false) return undefined;
  if (known === undefined && session === undefined) throw unavailable('closed');
  const presented = known ?? readSession(session!) ?? 'none';
  memo.set(stream, presented);
  if (session) memo.set(session, presented);
  return presented === 'none' ? undefined : presented;
}

function readSession(session: Http2Session): PresentedCertificate | undefined {
  try {
    return read(session.socket as Connection);
  } catch (cause) {
    if (isMtlsError(cause)) throw cause;
    // the socket of a destroyed session is a proxy that throws ERR_HTTP2_SOCKET_UNBOUND
    throw unavailable('closed', cause);
  }
}

function read(connection: Connection): PresentedCertificate | undefined {
  // Bun reports `authorized` on sockets that do not expose the certificate
  if (typeof (connection.getPeerX509Certificate as unknown) !== 'function') throw unavailable('runtime');
  if (connection.destroyed) throw unavailable('closed');
  const leaf = connection.getPeerX509Certificate();
  if (!leaf) return undefined;
  const presented = createPresented({
    certificate: parseCertificate(leaf),
    intermediates: readIntermediates(leaf),
    verification: readVerification(connection),
    reason: readReason(connection),
    source: 'tls',
  });
  return rememberAnchors(presented, connection);
}

/** The certificates that were sent with the leaf. One that does not parse is ignored. */
function readIntermediates(leaf: X509Certificate): Certificate[] {
  const intermediates: Certificate[] = [];
  let sent = leaf.issuerCertificate;
  for (let count = 0; sent && count < MAX_INTERMEDIATES; count++) {
    try {
      intermediates.push(parseCertificate(sent));
    } catch (error) {
      assertMtlsError(error);
    }
    sent = sent.issuerCertificate;
  }
  return intermediates;
}

function unavailable(reason: 'closed' | 'renegotiated' | 'runtime', cause?: unknown): MtlsError {
  return new MtlsError('ERR_CERTIFICATE_UNAVAILABLE', { reason }, { cause });
}

function wrongSource(): TypeError {
  return new TypeError('A certificate source must be a TLS socket, or an HTTP request or HTTP/2 stream over TLS');
}
