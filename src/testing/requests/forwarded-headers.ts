import { createHash } from 'node:crypto';
import {
  apache,
  awsAlb,
  azureAppService,
  azureContainerApps,
  caddy,
  cloudflare,
  cloudFront,
  custom,
  envoy,
  gcp,
  haproxy,
  ingressNginx,
  nginx,
  rfc9440,
  traefik,
} from '../../forwarded/index.js';
import { ForwardedFormat, type FormatSettings } from '../../forwarded/format.js';
import { checkOptions } from '../../options.js';
import type { Certificate } from '../../x509/certificate.js';
import type { Verification } from '../../presented/presented-certificate.js';
import { toBase64 } from '../../encoding/bytes.js';
import { writePem } from '../../encoding/pem.js';
import { concat } from '../der-writer.js';
import type { TestCertificate } from '../certificate-options.js';
import { bareCertificate } from '../../presented/presented-certificate.js';

/** Every format of `oauth-mtls/forwarded` that reads headers. */
export const forwardedFormats = {
  apache,
  awsAlb,
  azureAppService,
  azureContainerApps,
  caddy,
  cloudflare,
  cloudFront,
  custom,
  envoy,
  gcp,
  haproxy,
  ingressNginx,
  nginx,
  rfc9440,
  traefik,
} as const;

/** The formats of `oauth-mtls/forwarded` by the names of their functions. */
export type ForwardedFormatName = keyof typeof forwardedFormats;

export interface ForwardedHeadersOptions {
  /** The proxy's verdict on the chain, if the format has one. Default `verified`. `unknown` omits it. */
  readonly verification?: Verification | undefined;
  /** Exact text of the status header, for other values than those of the proxy. */
  readonly status?: string | undefined;
  /** The certificates above it, if the format supports them. */
  readonly intermediates?: readonly (Certificate | TestCertificate)[] | undefined;
}

/**
 * Returns the headers that a proxy sends for a client certificate, or without one for `undefined`. Names are in lower
 * case.
 *
 * @example
 * ```ts
 * import { createCertificateReader, nginx } from 'oauth-mtls/forwarded';
 * import { forwardedHeaders, selfSignedCertificate } from 'oauth-mtls/testing';
 * const client = await selfSignedCertificate();
 * const read = createCertificateReader({ format: nginx(), trust: () => true });
 * read(new Headers(forwardedHeaders('nginx', client, { verification: 'unverified' })));
 * ```
 * @param format the name of a format, or a format with custom header names and options
 */
export function forwardedHeaders(
  format: ForwardedFormat | ForwardedFormatName,
  certificate: Certificate | TestCertificate | undefined,
  options: ForwardedHeadersOptions = {},
): Record<string, string> {
  checkOptions<ForwardedHeadersOptions>(options, {
    verification: ['verified', 'unverified', 'unknown'],
    status: 'string',
    intermediates: 'array',
  });
  const { verification = 'verified', status, intermediates = [] } = options;
  if (typeof format === 'string' && !Object.hasOwn(forwardedFormats, format))
    throw new TypeError('format must be a format or the name of one');
  const { name, header, chainHeader, statusHeader, evidenceHeader, ...rest } = ForwardedFormat.settingsOf(
    typeof format === 'string' ? forwardedFormats[format]() : format,
  );
  const leaf = certificate === undefined ? undefined : bareCertificate(certificate).der;
  const above = certificate === undefined ? [] : intermediates.map((each) => bareCertificate(each).der);
  const chain = rest.holdsChain || above.length === 0 ? undefined : writeChain(name, rest.encoding, above);
  return Object.fromEntries(
    [
      [
        header,
        leaf === undefined
          ? ABSENT.get(name)
          : writeCertificate(name, rest.encoding, rest.holdsChain ? [leaf, ...above] : [leaf]),
      ],
      [chainHeader, chain],
      [statusHeader, status ?? (STATUS.get(name) ?? STATUS_WORDS)[leaf === undefined ? 'absent' : verification]],
      [evidenceHeader, EVIDENCE.get(name)?.[leaf === undefined ? 1 : 0]],
    ].filter((field): field is [string, string] => field[0] !== undefined && field[1] !== undefined),
  );
}

type Encoding = FormatSettings['encoding'];

/** The certificate header without a certificate. No entry if the header is omitted. */
const ABSENT: ReadonlyMap<string, string> = new Map([
  ['apache', '(null)'],
  ['caddy', '{http.request.tls.client.certificate_der_base64}'],
  ['gcp', ''],
  ['haproxy', ''],
]);

/** The verdict in the form of flags. None for `unknown`. */
const FLAGS = { verified: 'true', unverified: 'false', unknown: undefined, absent: 'false' } as const;
const STATUS: ReadonlyMap<string, Readonly<Record<Verification | 'absent', string | undefined>>> = new Map([
  ['haproxy', { verified: '0', unverified: '21', unknown: undefined, absent: '0' }],
  ['gcp', FLAGS],
  ['cloudflare', FLAGS],
]);
const STATUS_WORDS = {
  verified: 'SUCCESS',
  unverified: 'FAILED:unable to verify the first certificate',
  unknown: undefined,
  absent: 'NONE',
} as const;

/** The second header of a verdict, with and without a certificate. */
const EVIDENCE: ReadonlyMap<string, readonly [present: string, absent: string]> = new Map([
  ['haproxy', ['1', '0']],
  ['cloudFront', ['1', '0']],
  ['cloudflare', ['false', 'false']],
]);

function writeCertificate(name: string, encoding: Encoding, chain: readonly [Uint8Array, ...Uint8Array[]]): string {
  switch (name) {
    case 'apache':
      return spacedPem(chain);
    case 'awsAlb':
      // "with + = / as safe characters"
      return escapedPem(chain).replace(/%(2B|2F|3D)/g, decodeURIComponent);
    case 'envoy':
      return `By=spiffe://proxy.example;${xfccElement(chain)}`;
    case 'azureContainerApps':
      return xfccElement(chain);
    default:
      return write(encoding, chain);
  }
}

function writeChain(name: string, encoding: Encoding, chain: readonly Uint8Array[]): string {
  if (name === 'apache') return spacedPem(chain);
  return name === 'haproxy' ? toBase64(concat(...chain)) : write(encoding, chain);
}

function write(encoding: Encoding, chain: readonly Uint8Array[]): string {
  switch (encoding) {
    case 'pem':
      return spacedPem(chain);
    case 'percent-pem':
      return escapedPem(chain);
    case 'base64-der':
      return chain.map(toBase64).join(',');
    case 'rfc9440':
      return chain.map((der) => `:${toBase64(der)}:`).join(', ');
  }
}

function xfccElement(chain: readonly [Uint8Array, ...Uint8Array[]]): string {
  return `Hash=${createHash('sha256').update(chain[0]).digest('hex')};Cert="${escapedPem(chain.slice(0, 1))}";Chain="${escapedPem(chain)}"`;
}

function escapedPem(chain: readonly Uint8Array[]): string {
  return encodeURIComponent(pems(chain));
}

function spacedPem(chain: readonly Uint8Array[]): string {
  return pems(chain).trim().replaceAll('\n', ' ');
}

function pems(chain: readonly Uint8Array[]): string {
  return chain.map((der) => writePem('CERTIFICATE', der)).join('');
}
