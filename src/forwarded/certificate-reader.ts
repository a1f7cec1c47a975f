import { MtlsError } from '../errors.js';
import type { Certificate } from '../x509/certificate.js';
import { createPresented, type PresentedCertificate } from '../x509/presented-certificate.js';
import { decodeField } from './certificate-encoding.js';
import type { ForwardedFormat } from './format.js';
import { headerValues, type ForwardedRequest } from './request.js';

/** A certificate with a chain of RSA-4096 certificates; also the `maxHeaderSize` that `docs/proxies.md` advises. */
const DEFAULT_MAX_BYTES = 32_768;

export interface CertificateReaderOptions<R extends ForwardedRequest> {
  /** How the proxy writes the certificate: `nginx()`, `rfc9440()`, … One format; nothing is guessed. */
  readonly format: ForwardedFormat;
  /**
   * Whether this request comes from the proxy itself: `fromAddresses`, `fromUnixSocket`, `withSharedSecret`,
   * `withProxyCertificate`, or a function of yours. Called where one of the headers is there.
   */
  readonly trust: (request: R) => boolean;
  /** Largest total of the headers that are read, in bytes. Default 32768. */
  readonly maxBytes?: number;
}

/**
 * Makes a function that reads the client certificate which a TLS-terminating proxy put into a header.
 *
 * It checks that the request comes from the proxy, that each header comes once, that the value is exactly what
 * the format prescribes, and that it agrees with the proxy's own verdict. It does not check who issued the
 * certificate or whether it is still valid: `verification` says what the proxy said. Nor can it check that
 * the proxy overwrites a client's own copy of the header; `docs/proxies.md` has a recipe for each.
 *
 * The function returns undefined where the proxy says that there was no certificate, and throws on everything
 * that is neither that nor a certificate.
 *
 * @example
 * ```ts
 * import { createCertificateReader, fromAddresses, nginx } from 'oauth-mtls/forwarded';
 * import { createServer } from 'node:http';
 * const read = createCertificateReader({ format: nginx(), trust: fromAddresses(['10.0.0.0/8']) });
 * createServer((request, response) => {
 *   response.end(read(request)?.certificate.thumbprint ?? 'no certificate');
 * });
 * ```
 * @throws TypeError, when made, for a missing `trust` or a bad option
 * @throws MtlsError, when called: ERR_FORWARDED_UNTRUSTED, ERR_FORWARDED_DUPLICATE, ERR_FORWARDED_TOO_LARGE,
 * ERR_FORWARDED_MALFORMED, ERR_FORWARDED_CONTRADICTION
 * @see RFC 9440 §2, §4
 */
export function createCertificateReader<R extends ForwardedRequest = ForwardedRequest>(
  options: CertificateReaderOptions<R>,
): (request: R) => PresentedCertificate | undefined {
  const { format, trust, maxBytes = DEFAULT_MAX_BYTES } = options;
  if (typeof (format as Partial<ForwardedFormat> | undefined)?.readCertificate !== 'function') {
    throw new TypeError('format is what nginx(), rfc9440() and their like return');
  }
  if (typeof trust !== 'function') throw new TypeError('trust is a function that knows requests of the proxy; there is no default');
  if (!Number.isSafeInteger(maxBytes) || maxBytes <= 0) throw new TypeError('maxBytes must be a positive integer');

  return (request) => {
    const headers = readHeaders(request, format);
    if (headers === undefined) return undefined;
    const trusted: unknown = trust(request);
    // a promise would be truthy
    if (typeof trusted !== 'boolean') throw new TypeError('trust must return true or false');
    if (!trusted) throw new MtlsError('ERR_FORWARDED_UNTRUSTED', { field: headers.first });
    if (headers.length > maxBytes) throw new MtlsError('ERR_FORWARDED_TOO_LARGE', { limit: maxBytes });
    return interpret(headers, format);
  };
}

/** The headers of a format as they came. */
interface Headers {
  readonly certificate: readonly string[];
  readonly chain: readonly string[];
  readonly status: readonly string[];
  readonly evidence: readonly string[];
  /** Name of the first one that is there. */
  readonly first: string;
  /** UTF-16 code units, which are bytes: Node and fetch decode headers as Latin-1. */
  readonly length: number;
}

/** Undefined where none of them is there. */
function readHeaders(request: ForwardedRequest, format: ForwardedFormat): Headers | undefined {
  let first: string | undefined;
  let length = 0;
  const read = (name: string | undefined): readonly string[] => {
    if (name === undefined) return [];
    const values = headerValues(request, name);
    for (const value of values) length += value.length;
    if (values.length > 0) first ??= name;
    return values;
  };
  const certificate = read(format.header);
  const chain = read(format.chainHeader);
  const status = read(format.statusHeader);
  const evidence = read(format.evidenceHeader);
  return first === undefined ? undefined : { certificate, chain, status, evidence, first, length };
}

function interpret(headers: Headers, format: ForwardedFormat): PresentedCertificate | undefined {
  const { header, chainHeader } = format;
  const value = said(single(headers.certificate, header));
  const chain = said(format.chainMayRepeat ? joined(headers.chain) : single(headers.chain, chainHeader));
  const verdict = format.readVerdict(
    said(single(headers.status, format.statusHeader)),
    said(single(headers.evidence, format.evidenceHeader)),
  );

  if (value !== undefined && !format.list && value.includes(',')) throw new MtlsError('ERR_FORWARDED_DUPLICATE', { field: header });
  const certificates = value === undefined ? undefined : decodeField(format.readCertificate, value, header);
  const intermediates = chain === undefined ? [] : decodeField(format.readChain, chain, chainHeader);
  if (certificates === undefined) {
    // a certificate that the proxy says is there, and that got lost: HAProxy above 16 KiB, a header deleted by `Connection:`
    if (verdict.presented === true) throw contradiction('certificate-missing', header);
    if (intermediates.length > 0) throw contradiction('chain-without-certificate', chainHeader);
    return undefined;
  }
  // a certificate that the proxy does not know of: the client's own header, passed through
  if (verdict.presented === false) throw contradiction('certificate-not-presented', header);
  const [certificate, ...rest] = certificates as [Certificate, ...Certificate[]];
  return createPresented({
    certificate,
    intermediates: [...rest, ...intermediates],
    verification: verdict.verification ?? (format.verifiedByProxy ? 'verified' : 'unknown'),
    source: format.name,
  });
}

/** RFC 9440 §2.2: a singleton. Which of two is the proxy's cannot be known. */
function single(values: readonly string[], field: string | undefined): string | undefined {
  if (values.length > 1) throw new MtlsError('ERR_FORWARDED_DUPLICATE', { field });
  return values[0];
}

/** RFC 8941 §4.2: the lines of a List are one List. */
function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(', ');
}

/** What proxies write where they have nothing to write: Apache `(null)`, HAProxy `::`, Caddy its placeholder. */
function said(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value === '-' || value === '(null)' || value === '::') return undefined;
  return /^(:?)\{http\.request\.[\w.]+\}\1$/.test(value) ? undefined : value;
}

function contradiction(reason: string, field: string | undefined): MtlsError {
  return new MtlsError('ERR_FORWARDED_CONTRADICTION', { reason, field });
}
