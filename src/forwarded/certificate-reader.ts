import { MtlsError, type MtlsErrorReason } from '../errors.js';
import { checkOptions } from '../options.js';
import type { Certificate } from '../x509/certificate.js';
import { createPresented, type PresentedCertificate } from '../presented/presented-certificate.js';
import { decodeField } from './encoding/certificate-encoding.js';
import { ForwardedFormat, type FormatSettings } from './format.js';
import { memoize } from './memoize.js';
import { forEachHeader, hasConnection, readSocket, type ForwardedRequest, type HeaderNames } from './request.js';
import { ruleOf } from './trust/trust-rule.js';

/** A chain of three ML-DSA-87 certificates as Envoy writes it; also the most that `parseCertificate` takes. */
const DEFAULT_MAX_BYTES = 65_536;

const NONE: readonly Certificate[] = [];

export interface CertificateReaderOptions<R extends ForwardedRequest> {
  /** How the proxy writes the certificate: `nginx()`, `rfc9440()`, … One format; nothing is guessed. */
  readonly format: ForwardedFormat;
  /**
   * Whether this request comes from the proxy itself: `fromAddresses`, `fromUnixSocket`, `withSharedSecret`,
   * `withProxyCertificate`, or a function of yours. Called where one of the headers is there.
   */
  readonly trust: (request: R) => boolean;
  /** Largest total of the headers that are read, in bytes. Default 65536. */
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
 * The certificates of the last header values are remembered, as each request of a client brings the same one; all else
 * is checked anew for each request.
 *
 * The function returns undefined where the proxy says that there was no certificate, and throws on everything
 * that is neither that nor a certificate.
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
 * @throws TypeError, when made, for a missing `trust` or a bad option
 * @throws MtlsError, when called: ERR_FORWARDED_UNTRUSTED, ERR_FORWARDED_DUPLICATE, ERR_FORWARDED_TOO_LARGE,
 * ERR_FORWARDED_MALFORMED, ERR_FORWARDED_CONTRADICTION
 * @see RFC 9440 §2, §4
 */
export function createCertificateReader<R extends ForwardedRequest = ForwardedRequest>(
  options: CertificateReaderOptions<R>,
): (request: R) => PresentedCertificate | undefined {
  checkOptions<CertificateReaderOptions<R>>(
    options,
    { format: 'any', trust: 'function', maxBytes: 'positive' },
    // there is no default
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
    // RFC 9440 §2.2: a singleton. Which of two is the proxy's cannot be known.
    if (headers.duplicate !== undefined) throw new MtlsError('ERR_FORWARDED_DUPLICATE', { field: headers.duplicate });
    return interpret(headers.values, remembering);
  };
}

/** The rule that did not recognise the proxy, and the address that the request came from instead. */
function untrusted(field: string, request: ForwardedRequest, trust: object): MtlsError {
  const rule = ruleOf(trust);
  const needsConnection = rule !== undefined && rule !== 'shared-secret';
  const reason = needsConnection && !hasConnection(request) ? 'no-connection' : rule;
  const address = readSocket(request, (socket) => socket.remoteAddress);
  const found = typeof address === 'string' ? [address] : undefined;
  return new MtlsError('ERR_FORWARDED_UNTRUSTED', { field, reason, found });
}

/** Places of the four headers in what was received. */
const CERTIFICATE = 0;
const CHAIN = 1;
const STATUS = 2;
const EVIDENCE = 3;

interface Received {
  /** By place; undefined where a header is missing. */
  readonly values: (string | undefined)[];
  /** Name of the first header that is there. */
  first: string | undefined;
  /** Name of a header that is there twice. */
  duplicate: string | undefined;
  /** UTF-16 code units, which are bytes: Node and fetch decode headers as Latin-1. */
  length: number;
}

function receive(request: ForwardedRequest, names: HeaderNames, chainMayRepeat: boolean): Received {
  const received: Received = {
    values: [undefined, undefined, undefined, undefined],
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
  const leaf = certificates?.[0];
  if (certificates === undefined || leaf === undefined) {
    // the proxy saw a certificate that did not arrive: HAProxy from 12 KiB of DER, a header deleted by `Connection:`
    if (verdict.presented === true) throw contradiction('certificate-missing', header);
    if (intermediates.length > 0) throw contradiction('chain-without-certificate', chainHeader);
    return undefined;
  }
  // a certificate that the proxy does not know of: the client's own header, passed through
  if (verdict.presented === false) throw contradiction('certificate-not-presented', header);
  return createPresented({
    certificate: leaf,
    intermediates: certificates.length === 1 ? intermediates : [...certificates.slice(1), ...intermediates],
    verification: verdict.verification ?? (format.verifiedByProxy ? 'verified' : 'unknown'),
    reason: verdict.reason,
    source: format.name,
  });
}

/** Nothing at all, and what Apache, HAProxy (an RFC 9440 format with nothing in it) and log-like formats write. */
const SIGNS_OF_ABSENCE: readonly string[] = ['', '-', '(null)', '::'];
const LONGEST_SIGN = 6;
const CLOSING_BRACE = 0x7d;
const COLON = 0x3a;

/** Undefined for what proxies write where they have nothing to write; Caddy writes its placeholder. */
function presentValue(value: string | undefined): string | undefined {
  if (value === undefined || (value.length <= LONGEST_SIGN && SIGNS_OF_ABSENCE.includes(value))) return undefined;
  // no certificate ends like this
  const last = value.charCodeAt(value.length - 1);
  if (last !== CLOSING_BRACE && last !== COLON) return value;
  return /^(:?)\{http\.request\.[\w.]+\}\1$/.test(value) ? undefined : value;
}

function contradiction(reason: MtlsErrorReason<'ERR_FORWARDED_CONTRADICTION'>, field: string | undefined): MtlsError {
  return new MtlsError('ERR_FORWARDED_CONTRADICTION', { reason, field });
}
