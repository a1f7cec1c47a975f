import type { AccessTokenScheme } from '../error-response.js';
import type { RequiredBinding } from './verify-sender-constraint.js';

/** Schemes of tokens that are not bound to a DPoP key. */
export type CertificateScheme = Exclude<AccessTokenScheme, 'DPoP'>;

export const certificateSchemes: readonly CertificateScheme[] = Object.freeze(['Bearer', 'mtls_pop'] as const);

/**
 * Returns the schemes that a resource accepts. A token that requires a DPoP key is only sent with the scheme `DPoP`,
 * which is not accepted without `dpop`.
 *
 * @throws TypeError for schemes that no accepted token could use
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
