import { checkOptions } from '../options.js';
import type { Certificate } from '../x509/certificate.js';
import {
  bareCertificate,
  createPresented,
  type PresentedCertificate,
  type Verification,
} from '../presented/presented-certificate.js';
import type { TestCertificate } from './certificate-options.js';

export interface PresentedOptions {
  /** The verdict on the chain by the party that terminated TLS. Default `unknown`. */
  readonly verification?: Verification;
  /** Why it is not verified, as reported by the party that terminated TLS. */
  readonly reason?: string;
  readonly intermediates?: readonly (Certificate | TestCertificate)[];
  /** Default `testing`. */
  readonly source?: string;
}

/**
 * States in a test that a certificate was presented, without a handshake.
 *
 * @example
 * ```ts
 * import { verifyConfirmation, createConfirmation } from 'oauth-mtls';
 * import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
 * const { certificate } = await selfSignedCertificate();
 * verifyConfirmation({ cnf: createConfirmation(certificate) }, presented(certificate));
 * ```
 */
export function presented(
  certificate: Certificate | TestCertificate,
  options: PresentedOptions = {},
): PresentedCertificate {
  checkOptions<PresentedOptions>(options, {
    verification: ['verified', 'unverified', 'unknown'],
    reason: 'string',
    intermediates: 'array',
    source: 'string',
  });
  const { verification = 'unknown', reason, intermediates = [], source = 'testing' } = options;
  return createPresented({
    certificate: bareCertificate(certificate),
    intermediates: intermediates.map(bareCertificate),
    verification,
    reason,
    source,
  });
}
