import { toHex } from '../../encoding/bytes.js';
import { MtlsError, type MtlsErrorReason } from '../../errors.js';
import { decodeBase64url } from '#platform/base64';
import { checkOptions } from '../../options.js';
import type { Certificate } from '../../x509/certificate.js';
import { GENERAL_NAME } from '../../x509/general-name.js';
import { percentPem } from '../encoding/certificate-encoding.js';
import { createFormat, FORMAT_OPTIONS, type ForwardedFormat, type FormatOptions } from '../format.js';
import { readStatusWord } from '../verdict.js';
import { parseXfcc, type XfccElement } from '../encoding/xfcc.js';

export interface EnvoyOptions extends FormatOptions {
  /**
   * The element to read, counted from the right: 0 (default) for that of the nearest proxy, 1 for that of the proxy
   * before it. If there are fewer elements, no certificate was presented there.
   */
  readonly hop?: number;
}

/**
 * Returns the format of Envoy and Istio: `X-Forwarded-Client-Cert`. The element must contain `Cert` or `Chain`
 * (`set_current_client_cert_details` with `cert` or `chain`), and its `Hash` must be that of the certificate.
 *
 * Envoy writes `URI` and `DNS` from the client's certificate without escaping, so a certificate with a comma in such a
 * name can forge an element. Therefore the names in every element with a certificate must be those of the certificate,
 * and a certificate with such a name is refused.
 *
 * Envoy does not report a verdict. If `require_client_certificate` and a `validation_context` without
 * `ACCEPT_UNTRUSTED` are configured, set `verifiedByProxy`. Of the modes of `forward_client_cert_details`, only
 * `SANITIZE_SET` removes a header that the client sent.
 *
 * @example
 * ```ts
 * import { createCertificateReader, envoy, fromAddresses } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: envoy({ verifiedByProxy: true }), // with require_client_certificate
 *   trust: fromAddresses(['127.0.0.1']), // a sidecar
 * });
 * ```
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
export function envoy(options: EnvoyOptions = {}): ForwardedFormat {
  checkOptions<EnvoyOptions>(options, { ...FORMAT_OPTIONS, hop: 'count' });
  const { hop = 0, ...rest } = options;
  return xfccFormat('envoy', { hop, chainHoldsLeaf: true }, rest);
}

/**
 * Returns the format of Azure Container Apps: `X-Forwarded-Client-Cert` with `Hash`, `Cert` and `Chain`, written by the
 * Envoy of the platform's ingress. It does not validate the certificate.
 *
 * @example
 * ```ts
 * import { azureContainerApps, createCertificateReader, fromAddresses } from 'oauth-mtls/forwarded';
 * export const getCertificate = createCertificateReader({
 *   format: azureContainerApps(),
 *   trust: fromAddresses(['100.100.0.0/17']), // the infrastructure network of the environment
 * });
 * ```
 * @see https://learn.microsoft.com/azure/container-apps/client-certificate-authorization
 */
export function azureContainerApps(options?: FormatOptions): ForwardedFormat {
  return xfccFormat('azureContainerApps', { hop: 0, chainHoldsLeaf: false }, options);
}

interface Reading {
  readonly hop: number;
  /** Whether `Chain` starts with the leaf, so that it can replace `Cert`. */
  readonly chainHoldsLeaf: boolean;
}

function xfccFormat(name: string, reading: Reading, options: FormatOptions | undefined): ForwardedFormat {
  return createFormat(
    {
      name,
      header: 'x-forwarded-client-cert',
      encoding: 'percent-pem',
      holdsChain: true,
      list: true,
      readCertificate: (value) => readElement(value, reading),
      readVerdict: readStatusWord,
    },
    options,
  );
}

function readElement(value: string, { hop, chainHoldsLeaf }: Reading): readonly Certificate[] | undefined {
  const elements = parseXfcc(value).map((element) => readCertificates(element, chainHoldsLeaf));
  if (elements.length <= hop) return undefined;
  const chosen = elements[elements.length - 1 - hop];
  // a certificate was presented, but the proxy is not configured to forward it
  if (chosen === undefined) throw malformed('no-cert');
  return chosen;
}

/** The certificates of an element, leaf first. Undefined if it has none. */
function readCertificates(element: XfccElement, chainHoldsLeaf: boolean): readonly Certificate[] | undefined {
  const cert = only(element, 'cert');
  const chain = only(element, 'chain');
  const hash = only(element, 'hash');
  const above = chain === undefined ? [] : percentPem.several(chain);
  const leaf = cert !== undefined ? percentPem.one(cert) : chainHoldsLeaf ? above[0] : undefined;
  if (leaf === undefined) return undefined;
  if (hash !== undefined && hash.toLowerCase() !== sha256Hex(leaf)) throw malformed('hash');
  checkNames(element, leaf, 'uri');
  checkNames(element, leaf, 'dns');
  return [leaf, ...(above[0]?.thumbprint === leaf.thumbprint ? above.slice(1) : above)];
}

const TAGS = {
  uri: toHex(Uint8Array.of(GENERAL_NAME.uniformResourceIdentifier)),
  dns: toHex(Uint8Array.of(GENERAL_NAME.dNSName)),
} as const;

/**
 * Checks that the names are a prefix of the certificate's list. Older releases write only the first name, or `URI=`
 * without a name.
 */
function checkNames(element: XfccElement, leaf: Certificate, type: 'uri' | 'dns'): void {
  const named = element.get(type);
  if (named === undefined) return;
  // Envoy also writes names that are not printable ASCII: they are of type `other`, in hexadecimal, and match nothing
  const names = leaf.subjectAltNames
    .filter((name) => name.type === type || (name.type === 'other' && name.value.startsWith(TAGS[type])))
    .map((name) => name.value);
  if (names.length === 0) names.push('');
  if (!named.every((name, index) => name === names[index])) throw malformed(type);
}

/** The value of a key that may occur once. An empty value is absent. */
function only(element: XfccElement, key: 'cert' | 'chain' | 'hash'): string | undefined {
  const values = element.get(key);
  if (values !== undefined && values.length > 1) throw malformed(key);
  return values?.[0] === '' ? undefined : values?.[0];
}

function sha256Hex(certificate: Certificate): string {
  return toHex(decodeBase64url(certificate.thumbprint));
}

function malformed(reason: MtlsErrorReason<'ERR_FORWARDED_MALFORMED'>): MtlsError {
  return new MtlsError('ERR_FORWARDED_MALFORMED', { reason });
}
