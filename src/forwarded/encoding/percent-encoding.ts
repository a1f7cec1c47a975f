import { MtlsError } from '../../errors.js';

/**
 * Percent-decoding (RFC 3986 §2.1) of both hex cases. `+` stays `+`: form decoding would make it a space,
 * and it is a digit of base64.
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
