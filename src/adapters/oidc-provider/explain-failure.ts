import type { MtlsError } from '../../errors.js';
import { explainSubject, type SubjectReport } from '../../oauth/subject/explain-subject.js';
import { tlsClientAuthParameters } from '../../oauth/subject/subject-matches.js';
import type { PresentedCertificate } from '../../presented/presented-certificate.js';
import type { OidcProviderClient } from './provider.js';

/** Explains why a certificate is not of the registered subject, also where no certificate can carry that value. */
export function explainFailure(
  { code, detail }: MtlsError,
  { certificate }: PresentedCertificate,
  client: OidcProviderClient | undefined,
): SubjectReport | undefined {
  const parameter = tlsClientAuthParameters.find((name) => name === detail.field);
  if (parameter === undefined || (code !== 'ERR_CLIENT_SUBJECT_MISMATCH' && code !== 'ERR_METADATA_VALUE'))
    return undefined;
  const value = (client?.metadata() as Readonly<Record<string, unknown>> | undefined)?.[parameter];
  return typeof value === 'string' ? explainSubject(certificate, parameter, value) : undefined;
}
