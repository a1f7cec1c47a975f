import { checkOptions } from '../../options.js';
import { parseCertificate, type Certificate } from '../../x509/certificate.js';
import { hasRenegotiated, readVerification } from '../../presented/tls-peer.js';
import { readSocket, type ForwardedRequest } from '../request.js';
import { withRule } from './trust-rule.js';

/** The certificates of the proxy. At least one member is required. Matching either is sufficient. */
export interface ProxyCertificateOptions {
  /**
   * `x5t#S256` thumbprints of its certificates: base64url, 43 characters. Independent of any authority.
   */
  readonly thumbprints?: readonly string[];
  /** DNS names of its certificates. Requires a chain that Node verified against the `ca` of the server. */
  readonly dnsNames?: readonly string[];
}

/**
 * Returns a `trust` for `createCertificateReader` that accepts connections on which the proxy presented its own TLS
 * certificate. The server needs `requestCert: true`, and with `thumbprints` also `rejectUnauthorized: false`.
 * Connections without a certificate are refused regardless of `authorized` (nodejs/node#35317), as are connections
 * after a renegotiation. Supported where sockets expose the certificate: Node, Deno, and HTTP/2 on Bun. On Deno,
 * resumed sessions are refused with `dnsNames`, because the verdict on the chain is lost: use `thumbprints` there.
 *
 * @example
 * ```ts
 * import { createCertificateReader, nginx, withProxyCertificate } from 'oauth-mtls/forwarded';
 * declare const thumbprint: string;
 * createCertificateReader({ format: nginx(), trust: withProxyCertificate({ thumbprints: [thumbprint] }) });
 * ```
 * @throws TypeError if neither is given, or for an invalid thumbprint
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
