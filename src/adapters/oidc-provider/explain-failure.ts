import type { MtlsError } from '../../errors.js';
import type { JwksSource } from '../../oauth/client/authenticate-client.js';
import { explainRegistration, type RegistrationReport } from '../../oauth/client/explain-registration.js';
import { explainVerification, type VerificationReport } from '../../oauth/client/explain-verification.js';
import { explainSubject, type SubjectReport } from '../../oauth/subject/explain-subject.js';
import { tlsClientAuthParameters } from '../../oauth/subject/subject-matches.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import type { OidcProviderClient } from './provider.js';

/** Why a certificate does not authenticate a client. Each report has `cause` and `hint`. */
export type FailureReport = SubjectReport | RegistrationReport | VerificationReport;

/**
 * Explains why a certificate does not contain the registered subject (including a value that cannot occur in any
 * certificate), why it is not registered or has expired, or why its chain is not verified.
 *
 * @param sources the keys that were loaded from each `jwks_uri`
 */
export function explainFailure(
  { code, detail }: MtlsError,
  presented: PresentedCertificate | undefined,
  client: OidcProviderClient | undefined,
  sources: (uri: string) => JwksSource,
): FailureReport | undefined {
  const metadata = (client?.metadata() ?? {}) as Readonly<Record<string, unknown>>;
  const { token_endpoint_auth_method: method, jwks_uri: uri } = metadata;
  if (presented === undefined) return undefined;
  switch (code) {
    case 'ERR_CLIENT_UNVERIFIED':
      return explainVerification(presented);
    case 'ERR_CLIENT_SUBJECT_MISMATCH':
    case 'ERR_METADATA_VALUE': {
      const parameter = tlsClientAuthParameters.find((name) => name === detail.field);
      const value = parameter && metadata[parameter];
      return typeof value === 'string' ? explainSubject(presented.certificate, parameter!, value) : undefined;
    }
    case 'ERR_METADATA_JWKS':
    case 'ERR_METADATA_X5C':
      return explainRegistration(presented, metadata);
    case 'ERR_CLIENT_CERTIFICATE_UNKNOWN':
    case 'ERR_CLIENT_EXPIRED':
    case 'ERR_CLIENT_NOT_YET_VALID':
      if (method !== 'self_signed_tls_client_auth') return undefined;
      // the decision has already loaded this jwks_uri
      return explainRegistration(presented, metadata, {
        jwksSource: typeof uri === 'string' ? sources(uri) : undefined,
      });
    default:
      return undefined;
  }
}
