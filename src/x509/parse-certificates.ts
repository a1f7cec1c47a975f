import { decodeBase64 } from '#platform/base64';
import { looksLikePem, looksLikeText, pemBlocks } from '../encoding/pem.js';
import { assertMtlsError, MtlsError } from '../errors.js';
import { parseCertificate, type Certificate, type CertificateInput } from './certificate.js';

/**
 * Parses every `CERTIFICATE` block in the content of a PEM file: a bundle of authorities, a chain, the output of
 * `openssl x509 -text` or `openssl pkcs12 -nokeys`. Explanatory text, bag attributes, a byte order mark and blocks with
 * other labels are ignored, as is a block that is commented out line by line.
 *
 * For configuration only. In data from a client, a second certificate or surrounding text indicates an attack.
 *
 * Checks: encoding and structure of each certificate, as `parseCertificate` does. Does not check: signatures, order,
 * validity periods.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { parseCertificates } from 'oauth-mtls';
 * const authorities = parseCertificates(readFileSync('client-authorities.pem'));
 * ```
 * @throws MtlsError ERR_ENCODING_PEM without a block, or for one that does not end; ERR_ENCODING_*, ERR_CERTIFICATE_*
 * for a block that does not parse. `detail` contains its `index` (from 0) and `line` (from 1)
 * @throws TypeError for an input of the wrong type
 * @see RFC 7468 §5.2
 */
export function parseCertificates(input: string | Uint8Array): Certificate[] {
  if (typeof input !== 'string' && !((input as unknown) instanceof Uint8Array)) {
    throw new TypeError('The content of a PEM file must be a string or bytes');
  }
  return pemBlocks(textOf(input), 'CERTIFICATE').map(({ body, line }, index) => {
    try {
      return parseCertificate(decodeBase64(body));
    } catch (cause) {
      assertMtlsError(cause);
      throw new MtlsError(cause.code, { ...cause.detail, index, line }, { cause });
    }
  });
}

/** Reads the certificates in one entry of a configured list: any {@link CertificateInput}, or a PEM file. */
export function readConfiguredCertificates(input: CertificateInput): Certificate[] {
  if (typeof input === 'string' ? looksLikePem(input) : input instanceof Uint8Array && looksLikeText(input)) {
    return parseCertificates(input as string | Uint8Array);
  }
  return [parseCertificate(input)];
}

/** Decodes a PEM file. Text around the blocks may be in any encoding. */
export function textOf(content: string | Uint8Array): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}
