import { publish } from '#platform/diagnostics';
import { isMtlsError, type MtlsErrorCode } from '../errors.js';
import type { PresentedCertificate } from '../presented/presented-certificate.js';

interface DecisionMessage {
  /** Undefined where the decision was positive. */
  readonly code: MtlsErrorCode | undefined;
  readonly reason: string | undefined;
  /** `x5t#S256` of the presented certificate. Undefined if the client presented none. */
  readonly thumbprint: string | undefined;
  /** The source of the certificate: `tls`, or the name of a forwarding format. */
  readonly source: string | undefined;
}

/** A message on the channel `oauth-mtls:authentication`: one decision of `authenticateClient`. */
export interface AuthenticationMessage extends DecisionMessage {
  readonly outcome: 'authenticated' | 'refused';
  /** Undefined if the registered method does not use mutual TLS. */
  readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth' | undefined;
}

/** A message on the channel `oauth-mtls:confirmation`: one decision about the binding of a token or grant. */
export interface ConfirmationMessage extends DecisionMessage {
  readonly outcome: 'accepted' | 'refused';
}

export function publishAuthentication(
  presented: PresentedCertificate | undefined,
  method: unknown,
  error?: unknown,
): void {
  // a TypeError is misuse, not a decision
  if (error !== undefined && !isMtlsError(error)) return;
  publish('oauth-mtls:authentication', (): AuthenticationMessage => {
    return {
      outcome: error === undefined ? 'authenticated' : 'refused',
      method: method === 'tls_client_auth' || method === 'self_signed_tls_client_auth' ? method : undefined,
      ...decision(presented, error),
    };
  });
}

export function publishConfirmation(presented: PresentedCertificate | undefined, error?: unknown): void {
  if (error !== undefined && !isMtlsError(error)) return;
  publish('oauth-mtls:confirmation', (): ConfirmationMessage => {
    return { outcome: error === undefined ? 'accepted' : 'refused', ...decision(presented, error) };
  });
}

function decision(presented: PresentedCertificate | undefined | null, error: unknown): DecisionMessage {
  const { code, detail } = isMtlsError(error) ? error : {};
  const { certificate, source } = presented ?? {};
  return { code, reason: detail?.reason, thumbprint: certificate?.thumbprint, source };
}
