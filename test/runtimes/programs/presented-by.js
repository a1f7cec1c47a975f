import { createCertificateReader, rfc9440 } from 'oauth-mtls/forwarded';

export const reader = createCertificateReader({ format: rfc9440(), trust: () => true });

/** @param {string} [header] */
export function presentedBy(header) {
  return reader(new Headers(header === undefined ? {} : { 'Client-Cert': header }));
}
