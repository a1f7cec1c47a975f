import { looksLikePem, pemBody } from '../../encoding/pem.js';
import { isMtlsError, MtlsError } from '../../errors.js';
import { decodeBase64 } from '#platform/base64';

/** A CRL or OCSP response: DER as bytes, or text that is one PEM block or standard base64 of the DER. */
export type RevocationInput = string | Uint8Array;

/**
 * Decodes what the caller gives about revocation, into memory of its own.
 *
 * @throws MtlsError ERR_PATH_REVOCATION_MALFORMED
 * @throws TypeError for an input of another type
 */
export function readRevocationInput<T>(input: unknown, pemLabel: string, read: (bytes: Uint8Array) => T): T {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new TypeError('A CRL or OCSP response is a string or bytes');
  }
  try {
    if (typeof input !== 'string') return read(new Uint8Array(input));
    return read(decodeBase64(looksLikePem(input) ? pemBody(input, pemLabel) : input));
  } catch (cause) {
    if (!isMtlsError(cause)) throw cause;
    throw new MtlsError('ERR_PATH_REVOCATION_MALFORMED', { field: pemLabel }, { cause });
  }
}
