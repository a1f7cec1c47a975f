import { isMtlsError, type MtlsError, type MtlsErrorReason } from '../../errors.js';
import { causeOfRefusal } from './other-name-forms.js';
import type { SubjectMismatchCause } from './subject-causes.js';
import type { TlsClientAuthParameter } from './subject-matches.js';

/** The types of alternative names that a client can register. */
export type SanType = 'dns' | 'uri' | 'ip' | 'email';

/** Labels that tools print before an alternative name. */
export const LABELS: Readonly<Record<SanType, RegExp>> = {
  dns: /^(?:dns|dNSName)\s?[:=]\s*/i,
  uri: /^(?:uri|uniformResourceIdentifier)\s?[:=]\s*/i,
  ip: /^(?:ip(?: address)?|iPAddress)\s?[:=]\s*/i,
  email: /^(?:email|mailto|rfc822Name)\s?[:=]\s*/i,
};

/**
 * Returns the mistake in an invalid registered value, as far as it can be recognised without a certificate.
 *
 * @param error the ERR_METADATA_VALUE with which it was refused
 */
export function refusalCause(parameter: TlsClientAuthParameter, value: string, error: MtlsError): SubjectMismatchCause {
  if (value.includes('-----BEGIN ')) return 'pem-value';
  if (value.trim() === '') return 'empty-value';
  if (parameter === 'tls_client_auth_subject_dn')
    return isMtlsError(error.cause) ? causeOfRefusal(error.cause, value) : 'invalid-value';
  return formCause(sanType(parameter), value, error.detail.reason) ?? 'invalid-value';
}

/**
 * The form of an alternative name: one that tools print, or why it can never be registered. Undefined for one that can.
 */
export function formCause(
  type: SanType,
  value: string,
  reason: MtlsErrorReason | undefined,
): SubjectMismatchCause | undefined {
  if (value.trim() !== value) return 'surrounding-space';
  if (LABELS[type].test(value)) return 'label-prefix';
  if (reason === undefined) return undefined;
  if (reason === 'trailing-dot') return 'trailing-dot';
  if (reason === 'not-ascii' && hasUnicodeHost(type, value)) return 'u-label';
  if (type === 'dns' && reason === 'ip-address') return 'ip-address';
  return type === 'ip' ? 'ip-text-form' : 'invalid-value';
}

export function sanType(parameter: TlsClientAuthParameter): SanType {
  return parameter.slice('tls_client_auth_san_'.length) as SanType;
}

function hasUnicodeHost(type: SanType, text: string): boolean {
  switch (type) {
    case 'dns':
      return true;
    case 'email':
      return /^[\0-\x7f]*@/.test(text);
    case 'uri':
      return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*[^\0-\x7f]/.test(text);
    case 'ip':
      return false;
  }
}
