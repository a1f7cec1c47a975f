import { checkOptions } from '../../options.js';
import { parseCertificate, type Certificate } from '../../x509/certificate.js';
import { hasRenegotiated, readVerification } from '../../presented/tls-peer.js';
import { readSocket, type ForwardedRequest } from '../request.js';
import { withRule } from './trust-rule.js';

/** Which certificates are the proxy's. At least one of the two; either is enough. */
export interface ProxyCertificateOptions {
  /**
   * `x5t#S256` thumbprints of its certificates: base64url, 43 characters. Only its holder has the key: no CA
   * is involved.
   */
  readonly thumbprints?: readonly string[];
  /** DNS names of its certificates. Needs a chain that Node verified against the `ca` of the server. */
  readonly dnsNames?: readonly string[];
}

/**
 * A `trust` for `createCertificateReader`: the proxy itself connected with TLS and a certificate of its own.
 * The server needs `requestCert: true`, and with `thumbprints` `rejectUnauthorized: false`. Without a
 * certificate the answer is no, whatever `authorized` says (nodejs/node#35317), and after a renegotiation. Only where
 * the sockets expose the certificate: Node, Deno, and HTTP/2 on Bun. With `dnsNames` the answer is no on sessions that
 * are resumed on Deno, which does not know any more whether the chain was valid: give `thumbprints` there.
 *
 * @example
 * ```ts
 * import { createCertificateReader, nginx, withProxyCertificate } from 'oauth-mtls/forwarded';
 * declare const thumbprint: string;
 * createCertificateReader({ format: nginx(), trust: withProxyCertificate({ thumbprints: [thumbprint] }) });
 * ```
 * @throws TypeError where neither is given, or a thumbprint is not one
 */
export function withProxyCertificate(options: ProxyCertificateOptions): (request: ForwardedRequest) => boolean {
  checkOptions<ProxyCertificateOptions>(options, { thumbprints: 'strings', dnsNames: 'strings' });
  const thumbprints = new Set(options.thumbprints);
  const dnsNames = new Set(options.dnsNames?.map((name) => name.toLowerCase()));
  if (thumbprints.size + dnsNames.size === 0) throw new TypeError('Option "thumbprints" or "dnsNames" is required');
  if (![...thumbprints].every((thumbprint) => /^[\w-]{43}$/.test(thumbprint))) {
    throw new TypeError('A thumbprint must be the base64url SHA-256 of the DER, 43 characters');
  }
  return withRule(
    'proxy-certificate',
    (request: ForwardedRequest) =>
      readSocket(request, (socket) => {
        const raw = socket.getPeerX509Certificate?.()?.raw;
        if (raw === undefined || hasRenegotiated(socket)) return false;
        const certificate = parseCertificate(raw);
        return (
          thumbprints.has(certificate.thumbprint) ||
          (readVerification(socket) === 'verified' && hasDnsName(certificate, dnsNames))
        );
      }) === true,
  );
}

function hasDnsName(certificate: Certificate, names: ReadonlySet<string>): boolean {
  return certificate.subjectAltNames.some(({ type, value }) => type === 'dns' && names.has(value.toLowerCase()));
}
