import { isMtlsError } from '../errors.js';
import { checkOptions } from '../options.js';
import { parseCertificate, type Certificate, type CertificateInput } from '../x509/certificate.js';
import { createPresented, type PresentedCertificate, type Verification } from './presented-certificate.js';

export interface UnsafePresentedOptions {
  /** The certificate with which the client proved possession of the key on this connection. */
  readonly certificate: CertificateInput;
  /** Further certificates that the client sent, in any order. Hints for path building, not trusted. Default none. */
  readonly intermediates?: readonly CertificateInput[];
  /**
   * `verified` only if the TLS stack refuses every chain that does not lead to the trust anchors you chose, including
   * on resumed sessions. `unverified` if it found the chain invalid. Otherwise `unknown`.
   */
  readonly verification: Verification;
  /** The TLS stack, for logs and diagnostics. At most 200 characters. */
  readonly source: string;
}

/**
 * States that a client presented a certificate on a TLS connection, for TLS stacks without an adapter in this library.
 * `unsafe`: the caller asserts that the client proved possession of the key, in the handshake of the connection on
 * which the request arrived. If the assertion is wrong, an attacker can authenticate with a copy of a certificate,
 * which is public.
 *
 * Do not use it for a header, a request body or a token. Use `createCertificateReader` for the headers of a proxy, and
 * `presentedCertificate` for connections of Node's TLS.
 *
 * Checks: the types, and that each certificate parses, including the intermediates. Does not check: possession of the
 * key, the chain, and the validity period.
 *
 * @example
 * ```ts
 * import { unsafePresentedCertificate, type PresentedCertificate } from 'oauth-mtls';
 * type Connection = { peerCertificate(): Uint8Array | undefined };
 * function getCertificate(connection: Connection): PresentedCertificate | undefined {
 *   const certificate = connection.peerCertificate();
 *   if (certificate === undefined) return undefined;
 *   return unsafePresentedCertificate({ certificate, verification: 'unknown', source: 'my-tls' });
 * }
 * ```
 * @throws MtlsError ERR_ENCODING_*, ERR_CERTIFICATE_* for a certificate that does not parse
 * @throws TypeError for an option that is unknown, missing or of the wrong type
 * @see RFC 8705 §2, §3
 */
export function unsafePresentedCertificate(options: UnsafePresentedOptions): PresentedCertificate {
  checkOptions<UnsafePresentedOptions>(
    options,
    {
      certificate: 'any',
      intermediates: 'array',
      verification: ['verified', 'unverified', 'unknown'],
      source: 'string',
    },
    ['certificate', 'verification', 'source'],
  );
  const { certificate, intermediates = [], verification, source } = options;
  if (source.length > 200) throw new TypeError('Option "source" must be at most 200 characters');
  return createPresented({
    certificate: parse(certificate, 'certificate'),
    intermediates: intermediates.map((each, index) => parse(each, `intermediates[${index}]`)),
    verification,
    source,
  });
}

function parse(input: CertificateInput, name: string): Certificate {
  try {
    return parseCertificate(input);
  } catch (error) {
    if (isMtlsError(error)) throw error;
    throw new TypeError(`Option "${name}" must be a certificate`, { cause: error });
  }
}
