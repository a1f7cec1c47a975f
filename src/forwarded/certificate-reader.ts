import { MtlsError, type MtlsErrorReason } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Certificate } from '../x509/certificate.js';
import { createPresented, type PresentedCertificate } from '../presented/presented-certificate.js';
import { decodeField } from './encoding/certificate-encoding.js';
import { ForwardedFormat, type FormatSettings } from './format.js';
import { memoize } from './memoize.js';
import { forEachHeader, hasConnection, readSocket, type ForwardedRequest, type HeaderNames } from './request.js';
import { ruleOf } from './trust/trust-rule.js';

/** Room for a chain of three ML-DSA-87 certificates in the format of Envoy. Also the limit of `parseCertificate`. */
const DEFAULT_MAX_BYTES = 65_536;

const NONE: readonly Certificate[] = [];

export interface CertificateReaderOptions<R extends ForwardedRequest> {
  /**
   * The format in which the proxy forwards the certificate: `nginx()`, `rfc9440()`, … Exactly one; it is not guessed.
   */
  readonly format: ForwardedFormat;
  /**
   * Returns whether the proxy itself sent this request: `fromAddresses`, `fromUnixSocket`, `withSharedSecret`,
   * `withProxyCertificate`, or a custom function. Called only if one of the headers is present.
   */
  readonly trust: (request: R) => boolean;
  /** Largest total of the headers that are read, in bytes. Default 65536. */
  readonly maxBytes?: number;
}

/**
 * Creates a function that reads the client certificate from the headers of a TLS-terminating proxy. It returns
 * undefined if the client presented no certificate, and throws for anything that is neither absence nor a certificate.
 *
 * Checks: the proxy sent the request, each header occurs once, the value conforms to the format, and it agrees with the
 * proxy's own verdict.
 *
 * Does not check: the issuer and the validity period of the certificate (`verification` is the verdict of the proxy),
 * and that the proxy overwrites a header that the client sent. `docs/proxies.md` has a configuration for each proxy.
 *
 * The certificates of recent header values are cached, because a client sends the same one with each request. All other
 * checks are repeated for each request.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { isMtlsError, toErrorResponse } from 'oauth-mtls';
 * import { createCertificateReader, fromAddresses, nginx } from 'oauth-mtls/forwarded';
 * const read = createCertificateReader({ format: nginx(), trust: fromAddresses(['127.0.0.1']) });
 * createServer((request, response) => {
 *   try {
 *     response.end(read(request)?.certificate.thumbprint ?? 'no certificate');
 *   } catch (error) {
 *     if (!isMtlsError(error)) console.error(error);
 *     const { status, headers, body } = toErrorResponse(error);
 *     response.writeHead(status, headers).end(JSON.stringify(body));
 *   }
 * }).listen(3000, '127.0.0.1');
 * ```
 * @throws TypeError for a missing `trust` or an invalid option
 * @throws MtlsError from the returned function: ERR_FORWARDED_UNTRUSTED, ERR_FORWARDED_DUPLICATE,
 * ERR_FORWARDED_TOO_LARGE, ERR_FORWARDED_MALFORMED, ERR_FORWARDED_CONTRADICTION
 * @see RFC 9440 §2, §4
 */
export function createCertificateReader<R extends ForwardedRequest = ForwardedRequest>(
  options: CertificateReaderOptions<R>,
): (request: R) => PresentedCertificate | undefined {
  checkOptions<CertificateReaderOptions<R>>(
    options,
    { format: 'any', trust: 'function', maxBytes: 'positive' },
    // no defaults: a wrong guess would trust the client
    ['format', 'trust'],
  );
  const { format, trust, maxBytes = DEFAULT_MAX_BYTES } = options;
  const settings = ForwardedFormat.settingsOf(format);

  const names = [settings.header, settings.chainHeader, settings.statusHeader, settings.evidenceHeader];
  const remembering = {
    ...settings,
    readCertificate: memoize(settings.readCertificate),
    readChain: memoize(settings.readChain),
  };
  return (request) => {
    const headers = receive(request, names, settings.chainMayRepeat);
    if (headers.first === undefined) return undefined;
    const trusted: unknown = trust(request);
    // a promise would be truthy
    if (typeof trusted !== 'boolean') throw new TypeError('Option "trust" must return true or false');
    if (!trusted) throw untrusted(headers.first, request, trust);
    if (headers.length > maxBytes) throw new MtlsError('ERR_FORWARDED_TOO_LARGE', { limit: maxBytes });
    // RFC 9440 §2.2: a singleton. It is not known which of two headers the proxy sent.
    if (headers.duplicate !== undefined) throw new MtlsError('ERR_FORWARDED_DUPLICATE', { field: headers.duplicate });
    return interpret(headers.values, remembering);
  };
}

/** An error with the rule that did not recognise the proxy, and the address of the sender. */
function untrusted(field: string, request: ForwardedRequest, trust: object): MtlsError {
  const rule = ruleOf(trust);
  const needsConnection = rule !== undefined && rule !== 'shared-secret';
  const reason = needsConnection && !hasConnection(request) ? 'no-connection' : rule;
  const address = readSocket(request, (socket) => socket.remoteAddress);
  const found = typeof address === 'string' ? [address] : undefined;
  return new MtlsError('ERR_FORWARDED_UNTRUSTED', { field, reason, found });
}

/** Places of the four headers. */
const CERTIFICATE = 0;
const CHAIN = 1;
const STATUS = 2;
const EVIDENCE = 3;

interface Received {
  /** By place. Undefined for a missing header. */
  readonly values: (string | undefined)[];
  /** Name of the first header that is present. */
  first: string | undefined;
  /** Name of a repeated header. */
  duplicate: string | undefined;
  /** UTF-16 code units, which are bytes: Node and fetch decode headers as Latin-1. */
  length: number;
}

function receive(request: ForwardedRequest, names: HeaderNames, chainMayRepeat: boolean): Received {
  const received: Received = {
    values: [],
    first: undefined,
    duplicate: undefined,
    length: 0,
  };
  forEachHeader(request, names, (value, place) => {
    const { values } = received;
    const before = values[place];
    received.first ??= names[place];
    received.length += value.length;
    if (before === undefined) values[place] = value;
    // RFC 8941 §4.2: the lines of a List are one List
    else if (place === CHAIN && chainMayRepeat) values[place] = `${before}, ${value}`;
    else received.duplicate ??= names[place];
  });
  return received;
}

function interpret(values: Received['values'], format: FormatSettings): PresentedCertificate | undefined {
  const { header, chainHeader } = format;
  const value = presentValue(values[CERTIFICATE]);
  const chain = presentValue(values[CHAIN]);
  const verdict = format.readVerdict(presentValue(values[STATUS]), presentValue(values[EVIDENCE]));

  if (value !== undefined && !format.list && value.includes(','))
    throw new MtlsError('ERR_FORWARDED_DUPLICATE', { field: header });
  const certificates = value === undefined ? undefined : decodeField(format.readCertificate, value, header);
  const intermediates = chain === undefined ? NONE : decodeField(format.readChain, chain, chainHeader);
  // a verdict without the member has none, whatever is on Object.prototype
  const verification = Object.hasOwn(verdict, 'verification') ? verdict.verification : undefined;
  const leaf = certificates?.[0];
  if (certificates === undefined || leaf === undefined) {
    // a certificate was presented but not forwarded: HAProxy above 12 KiB of DER, a header deleted by `Connection:`
    if (verdict.presented === true) throw contradiction('certificate-missing', header);
    if (intermediates.length > 0) throw contradiction('chain-without-certificate', chainHeader);
    return undefined;
  }
  // a certificate unknown to the proxy: a header of the client that was passed through
  if (verdict.presented === false) throw contradiction('certificate-not-presented', header);
  return createPresented({
    certificate: leaf,
    intermediates: certificates.length === 1 ? intermediates : [...certificates.slice(1), ...intermediates],
    verification: verification ?? (format.verifiedByProxy ? 'verified' : 'unknown'),
    reason: verdict.reason,
    source: format.name,
  });
}

/** Absence as written by Apache, by HAProxy (an empty value in RFC 9440 form), and by log-like formats. */
const SIGNS_OF_ABSENCE: readonly string[] = ['', '-', '(null)', '::'];
/** What Caddy writes: its placeholder, also in RFC 9440 form. */
const PLACEHOLDER = /^(:?)\{http\.request\.[\w.]+\}\1$/;

/** Returns undefined for the values that proxies write without a certificate. */
function presentValue(value: string | undefined): string | undefined {
  if (value === undefined || SIGNS_OF_ABSENCE.includes(value) || PLACEHOLDER.test(value)) return undefined;
  return value;
}

function contradiction(reason: MtlsErrorReason<'ERR_FORWARDED_CONTRADICTION'>, field: string | undefined): MtlsError {
  return new MtlsError('ERR_FORWARDED_CONTRADICTION', { reason, field });
}
