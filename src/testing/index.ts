export { createCertificateAuthority, selfSignedCertificate } from './certificate-authority.js';
export type { TestAuthority, TestRenewalOptions } from './certificate-authority.js';
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
export { forgedTwin } from './forged-twin.js';
export { forwardedHeaders } from './requests/forwarded-headers.js';
export type { ForwardedFormatName, ForwardedHeadersOptions } from './requests/forwarded-headers.js';
export { hostileCertificates } from './hostile-certificates.js';
export type { HostileCertificate } from './hostile-certificates.js';
export { hostileSvids } from './hostile-svids.js';
export type { HostileSvid } from './hostile-svids.js';
export type { KeyMembers as TestJwk } from '../x509/public-key.js';
export type { TestKeyPair, TestKeyType } from './key-pair.js';
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
export type { TestOcspOptions } from './revocation/build-ocsp-response.js';
export { apiGatewayEvent } from './requests/api-gateway-event.js';
export type { ApiGatewayEventOptions, TestApiGatewayEvent } from './requests/api-gateway-event.js';
export { fetchRequest } from './requests/fetch-request.js';
export type { FetchRequestOptions } from './requests/fetch-request.js';
export { hostileHeaders } from './requests/hostile-headers.js';
export type { HostileHeaders, HostileHeadersOptions } from './requests/hostile-headers.js';
export { startMutualTlsServer } from './requests/mutual-tls-server.js';
export type {
  LoopbackAnswer,
  LoopbackCall,
  LoopbackServer,
  LoopbackServerOptions,
} from './requests/mutual-tls-server.js';
export { nodeRequest } from './requests/node-request.js';
export type { NodeRequestOptions } from './requests/node-request.js';
export { requestHeaders } from './requests/request-headers.js';
export type { RequestHeadersOptions } from './requests/request-headers.js';
export { createSpiffeAuthority } from './spiffe-authority.js';
export type {
  SpiffeAuthorityOptions,
  TestBundle,
  TestBundleOptions,
  TestSpiffeAuthority,
  TestSvidOptions,
} from './spiffe-authority.js';
