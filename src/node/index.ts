export { mutualTlsFetch } from './mutual-tls-fetch.js';
export type { MutualTlsFetch, MutualTlsRequest } from './mutual-tls-fetch.js';
export { mutualTlsOptions } from './mutual-tls-options.js';
export type { MutualTlsOptions } from './mutual-tls-options.js';
export { presentedCertificate } from './presented-certificate.js';
export type { CertificateSource } from './presented-certificate.js';
export { publicFetch } from './public-fetch.js';
export type { PublicFetch, PublicFetchOptions } from './public-fetch.js';
