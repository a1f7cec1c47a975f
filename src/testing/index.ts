export { createCertificateAuthority, selfSignedCertificate } from './certificate-authority.js';
export type { TestAuthority } from './certificate-authority.js';
export type {
  TestCertificate,
  TestCertificateOptions,
  TestCrlEntry,
  TestCrlOptions,
  TestExtension,
  TestKeyUsage,
} from './certificate-options.js';
export { fakeTlsSocket } from './fake-tls-socket.js';
export type { FakeTlsSocketOptions } from './fake-tls-socket.js';
export { forwardedHeaders } from './forwarded-headers.js';
export type { ForwardedFormatName, ForwardedHeadersOptions } from './forwarded-headers.js';
export { hostileCertificates } from './hostile-certificates.js';
export type { HostileCertificate } from './hostile-certificates.js';
export { hostileSvids } from './hostile-svids.js';
export type { HostileSvid } from './hostile-svids.js';
export type { TestJwk, TestKeyPair, TestKeyType } from './key-pair.js';
export type {
  NameStringType,
  TestAttribute,
  TestSubject,
  TestSubjectAltName,
  TestSubjectAltNames,
  TestValue,
} from './names.js';
export { presented } from './presented.js';
export type { PresentedOptions } from './presented.js';
export { createSpiffeAuthority } from './spiffe-authority.js';
export type {
  SpiffeAuthorityOptions,
  TestBundle,
  TestBundleOptions,
  TestSpiffeAuthority,
  TestSvidOptions,
} from './spiffe-authority.js';
