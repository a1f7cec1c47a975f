import { looksLikePem, looksLikeText, pemBlocks } from '../../encoding/pem.js';
import { isMtlsError, MtlsError } from '../../errors.js';
import { decodeBase64 } from '#platform/base64';

/** A CRL or OCSP response: DER as bytes, standard base64 of the DER, or a PEM file as text or bytes. */
export type RevocationInput = string | Uint8Array;

/**
 * Decodes what the caller gives about revocation, into memory of its own. A PEM file may hold several blocks.
 *
 * @throws MtlsError ERR_PATH_REVOCATION_MALFORMED
 * @throws TypeError for an input of another type
 */
export function readRevocationInputs<T>(input: unknown, pemLabel: string, read: (bytes: Uint8Array) => T): T[] {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new TypeError('A CRL or OCSP response is a string or bytes');
  }
  try {
    if (typeof input === 'string' ? looksLikePem(input) : looksLikeText(input)) {
      const text = typeof input === 'string' ? input : new TextDecoder().decode(input);
      return pemBlocks(text, pemLabel).map(({ body }) => read(decodeBase64(body)));
    }
    return [read(typeof input === 'string' ? decodeBase64(input) : new Uint8Array(input))];
  } catch (cause) {
    if (!isMtlsError(cause)) throw cause;
    throw new MtlsError('ERR_PATH_REVOCATION_MALFORMED', { field: pemLabel, line: cause.detail.line }, { cause });
  }
}
