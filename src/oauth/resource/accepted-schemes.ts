import type { AccessTokenScheme } from '../error-response.js';
import type { RequiredBinding } from './verify-sender-constraint.js';

/** The schemes of tokens that are not bound to a DPoP key. */
export type CertificateScheme = Exclude<AccessTokenScheme, 'DPoP'>;

export const certificateSchemes: readonly CertificateScheme[] = Object.freeze(['Bearer', 'mtls_pop'] as const);

/**
 * The schemes that a resource accepts. A token that needs a DPoP key never arrives with another scheme than `DPoP`;
 * without `dpop`, no token arrives with that.
 *
 * @throws TypeError for schemes that no token could arrive with
 */
export function acceptedSchemes(
  schemes: readonly CertificateScheme[] | undefined,
  binding: RequiredBinding,
  dpop: boolean,
): readonly AccessTokenScheme[] {
  if (schemes?.length === 0) throw new TypeError('Option "schemes" must not be empty');
  if (binding === 'dpop' || binding === 'both') {
    if (schemes !== undefined) throw new TypeError(`Option "schemes" cannot be combined with the binding "${binding}"`);
    return ['DPoP'];
  }
  const accepted = schemes ?? ['Bearer'];
  return dpop ? [...accepted, 'DPoP'] : accepted;
}
