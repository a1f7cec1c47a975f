export { errorCodes, isMtlsError, MtlsError } from './errors.js';
export type { MtlsErrorCode, MtlsErrorDetail, OAuthErrorCode } from './errors.js';
export { parseCertificate } from './x509/certificate.js';
export type { Certificate, CertificateInput, ParseCertificateOptions } from './x509/certificate.js';
export type { DistinguishedName, NameAttribute } from './x509/distinguished-name.js';
export type { PresentedCertificate, Verification } from './x509/presented-certificate.js';
export type { SubjectAltName } from './x509/subject-alt-name.js';
