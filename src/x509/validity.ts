/** What RFC 5280 §4.1.2.5 means for a moment, for certificates, CRLs and OCSP responses. */
export type Validity = 'valid' | 'not-yet-valid' | 'expired';

/**
 * Whether a moment is within a period. Both ends are whole seconds and belong to it.
 *
 * @param time milliseconds since 1970, like the ends
 * @param notAfter -Infinity where the period has no end that could be relied on
 * @see RFC 5280 §4.1.2.5, §5.1.2.4, §5.1.2.5
 */
export function validityAt(time: number, notBefore: number, notAfter: number): Validity {
  if (time < notBefore) return 'not-yet-valid';
  return time >= notAfter + 1000 ? 'expired' : 'valid';
}
