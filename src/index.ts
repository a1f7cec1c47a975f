export { errorCodes, isMtlsError, MtlsError } from './errors.js';
export type { MtlsErrorCode, MtlsErrorDetail, OAuthErrorCode } from './errors.js';
export { authenticateClient } from './oauth/client-authentication.js';
export type {
  AuthenticateClientOptions,
  AuthenticatedClient,
  JwksSource,
  PathVerifier,
} from './oauth/client-authentication.js';
export { createConfirmation, verifyConfirmation } from './oauth/confirmation.js';
export type { Confirmation, ConfirmationPolicy, VerifiedConfirmation } from './oauth/confirmation.js';
export { explainConfirmation } from './oauth/confirmation-report.js';
export type { ConfirmationCause, ConfirmationReport, ExplainConfirmationOptions } from './oauth/confirmation-report.js';
export { toErrorResponse } from './oauth/error-response.js';
export type { AccessTokenScheme, ChallengeOptions, ErrorResponse } from './oauth/error-response.js';
export type { ResourceRequest } from './oauth/access-token-request.js';
export { createResourceGuard } from './oauth/resource-guard.js';
export type {
  AccessTokenVerifier,
  DpopContext,
  DpopOptions,
  ResourceGuard,
  ResourceOptions,
  VerifiedAccessToken,
} from './oauth/resource-guard.js';
export type { RequiredBinding, SenderConstraint } from './oauth/sender-constraint.js';
export { parseClientId } from './oauth/client-id.js';
export { createGrantConfirmation, createTokenConfirmation, verifyGrantConfirmation } from './oauth/grant-binding.js';
export type { TokenConfirmationPolicy } from './oauth/grant-binding.js';
export { explainRenewal } from './oauth/explain-renewal.js';
export type { RenewalReport } from './oauth/explain-renewal.js';
export { createClientPaths } from './oauth/client-paths.js';
export { protectedResourceMetadata } from './oauth/resource-metadata.js';
export type { ResourceMetadata, ResourceMetadataOptions } from './oauth/resource-metadata.js';
export { resolveEndpoint } from './oauth/server-endpoint.js';
export type { ResolveEndpointOptions } from './oauth/server-endpoint.js';
export { explainServerMetadata } from './oauth/server-metadata-report.js';
export type { ServerMetadataFinding } from './oauth/server-metadata-report.js';
export { authorizationServerMetadata } from './oauth/server-metadata.js';
export type { MutualTlsMethod, ServerMetadata, ServerMetadataOptions } from './oauth/server-metadata.js';
export { parseClientMetadata } from './oauth/client-metadata.js';
export type { MtlsClientMetadata, ParseClientMetadataOptions } from './oauth/client-metadata.js';
export type { MetadataProfile } from './oauth/metadata-profile.js';
export type { RegisteredJwks } from './oauth/registered-certificates.js';
export { explainSubject } from './oauth/explain-subject.js';
export type { SubjectReport } from './oauth/explain-subject.js';
export type { SubjectDifference, SubjectExplanation, SubjectMismatchCause } from './oauth/subject-causes.js';
export { suggestClientMetadata } from './oauth/suggest-client-metadata.js';
export type { SuggestedMetadata } from './oauth/suggest-client-metadata.js';
export { subjectMatches } from './oauth/subject-match.js';
export type { SubjectMatchOptions, TlsClientAuthParameter } from './oauth/subject-match.js';
export { parseCertificate } from './x509/certificate.js';
export type { Certificate, CertificateInput, ParseCertificateOptions } from './x509/certificate.js';
export { parseDistinguishedName } from './x509/distinguished-name.js';
export type { DistinguishedName, NameComparisonOptions } from './x509/distinguished-name.js';
export type { NameAttribute } from './x509/name-attribute.js';
export type { PresentedCertificate, Verification } from './x509/presented-certificate.js';
export type { SubjectAltName } from './x509/subject-alt-name.js';
