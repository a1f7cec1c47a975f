export { errorCodes, isMtlsError, MtlsError } from './errors.js';
export type { MtlsErrorCode, MtlsErrorDetail, MtlsErrorReason, OAuthErrorCode } from './errors.js';
export { authenticateClient } from './oauth/client/authenticate-client.js';
export type {
  AuthenticateClientOptions,
  AuthenticatedClient,
  JwksSource,
  PathVerifier,
} from './oauth/client/authenticate-client.js';
export { createConfirmation } from './oauth/confirmation/create-confirmation.js';
export type { Confirmation } from './oauth/confirmation/create-confirmation.js';
export { verifyConfirmation } from './oauth/confirmation/verify-confirmation.js';
export type { ConfirmationPolicy, VerifiedConfirmation } from './oauth/confirmation/verify-confirmation.js';
export { explainConfirmation } from './oauth/confirmation/explain-confirmation.js';
export type {
  ConfirmationCause,
  ConfirmationReport,
  ExplainConfirmationOptions,
} from './oauth/confirmation/explain-confirmation.js';
export type { AuthenticationMessage, ConfirmationMessage } from './oauth/decision-messages.js';
export { explainVerification } from './oauth/client/explain-verification.js';
export type { VerificationCause, VerificationReport } from './oauth/client/explain-verification.js';
export { explainRegistration } from './oauth/client/explain-registration.js';
export type {
  ExplainRegistrationOptions,
  RegistrationCause,
  RegistrationReport,
} from './oauth/client/explain-registration.js';
export { explainClientMetadata } from './oauth/explain-client-metadata.js';
export type { ClientMetadataFinding } from './oauth/explain-client-metadata.js';
export { toErrorResponse } from './oauth/error-response.js';
export type { AccessTokenScheme, ChallengeOptions, ErrorResponse } from './oauth/error-response.js';
export type { ResourceRequest } from './oauth/resource/read-access-token.js';
export { createResourceGuard } from './oauth/resource/resource-guard.js';
export type {
  AccessTokenVerifier,
  DpopContext,
  DpopOptions,
  ResourceGuard,
  ResourceOptions,
  VerifiedAccessToken,
} from './oauth/resource/resource-guard.js';
export type { RequiredBinding, SenderConstraint } from './oauth/resource/verify-sender-constraint.js';
export { parseClientId } from './oauth/client/parse-client-id.js';
export {
  createGrantConfirmation,
  createTokenConfirmation,
  verifyGrantConfirmation,
} from './oauth/client/grant-confirmation.js';
export type { TokenConfirmationPolicy } from './oauth/client/grant-confirmation.js';
export { createClientPathVerifiers } from './oauth/client/client-path-verifiers.js';
export { protectedResourceMetadata } from './oauth/metadata/protected-resource-metadata.js';
export type { ResourceMetadata, ResourceMetadataOptions } from './oauth/metadata/protected-resource-metadata.js';
export { resolveEndpoint } from './oauth/metadata/resolve-endpoint.js';
export type { ResolveEndpointOptions } from './oauth/metadata/resolve-endpoint.js';
export { explainServerMetadata } from './oauth/metadata/explain-server-metadata.js';
export type { ServerMetadataFinding } from './oauth/metadata/explain-server-metadata.js';
export { authorizationServerMetadata } from './oauth/metadata/authorization-server-metadata.js';
export type { ServerMetadata, ServerMetadataOptions } from './oauth/metadata/authorization-server-metadata.js';
export { parseClientMetadata } from './oauth/client/parse-client-metadata.js';
export type { MtlsClientMetadata, ParseClientMetadataOptions } from './oauth/client/parse-client-metadata.js';
export type { MetadataProfile } from './oauth/client/metadata-profile.js';
export type { RegisteredJwks } from './oauth/client/registered-keys.js';
export { certificateJwk } from './oauth/client/certificate-jwk.js';
export type { CertificateJwk } from './oauth/client/certificate-jwk.js';
export { suggestClientMetadata } from './oauth/client/suggest-client-metadata.js';
export type { SuggestedKeys, SuggestedMetadata, SuggestedSubject } from './oauth/client/suggest-client-metadata.js';
export { explainSubject } from './oauth/subject/explain-subject.js';
export type { SubjectReport } from './oauth/subject/explain-subject.js';
export type { SubjectDifference, SubjectExplanation, SubjectMismatchCause } from './oauth/subject/subject-causes.js';
export { subjectMatches } from './oauth/subject/subject-matches.js';
export type { SubjectMatchOptions, TlsClientAuthParameter } from './oauth/subject/subject-matches.js';
export { parseCertificate } from './x509/certificate.js';
export type { Certificate, CertificateInput, ParseCertificateOptions } from './x509/certificate.js';
export { parseCertificates } from './x509/parse-certificates.js';
export { parseDistinguishedName } from './x509/name/distinguished-name.js';
export type { DistinguishedName } from './x509/name/distinguished-name.js';
export type { NameAttribute } from './x509/name/name-attribute.js';
export { unsafePresentedCertificate } from './presented/unsafe-presented-certificate.js';
export type { UnsafePresentedOptions } from './presented/unsafe-presented-certificate.js';
export type { PresentedCertificate, Verification } from './presented/presented-certificate.js';
export type { SubjectAltName } from './x509/subject-alt-name.js';
export type { MutualTlsMethod } from './oauth/mutual-tls-method.js';
export type { SvidIdentity, SvidVerifier } from './oauth/client/svid-verifier.js';
