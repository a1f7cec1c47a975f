import { MtlsError } from '../../errors.js';

/**
 * Decodes percent-encoding (RFC 3986 §2.1) in either hex case. `+` is a base64 digit and is kept: form decoding would
 * convert it to a space.
 *
 * @throws MtlsError ERR_FORWARDED_MALFORMED for a broken escape, or escapes that are not UTF-8
 */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MtlsError('ERR_FORWARDED_MALFORMED', { reason: 'percent-encoding' });
  }
}
