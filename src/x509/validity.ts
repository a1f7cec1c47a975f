/** The relation of a time to a validity period (RFC 5280 §4.1.2.5), for certificates, CRLs and OCSP responses. */
export type Validity = 'valid' | 'not-yet-valid' | 'expired';

/**
 * Returns whether a time is within a period. Both ends are whole seconds and included.
 *
 * @param time milliseconds since 1970, like the ends
 * @param notAfter -Infinity if the period has no reliable end
 * @see RFC 5280 §4.1.2.5, §5.1.2.4, §5.1.2.5
 */
export function validityAt(time: number, notBefore: number, notAfter: number): Validity {
  if (time < notBefore) return 'not-yet-valid';
  // in this direction, so that a clock that shows no time accepts nothing
  return time < notAfter + 1000 ? 'valid' : 'expired';
}
