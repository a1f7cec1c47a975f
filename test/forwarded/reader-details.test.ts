import { createCertificateReader, nginx, rfc9440, type ForwardedFormat } from 'oauth-mtls/forwarded';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { expect, it } from 'vitest';

const client = await selfSignedCertificate();
const escaped = encodeURIComponent(client.pem);
const byteSequence = `:${client.jwk.x5c[0]!}:`;
const trust = () => true;

it.each<[code: string, detail: object, format: ForwardedFormat, rawHeaders: string[]]>([
  ['DUPLICATE', { field: 'x-ssl-client-cert' }, nginx(), ['X-SSL-Client-Cert', `${escaped},${escaped}`]],
  [
    'CONTRADICTION',
    { reason: 'certificate-missing', field: 'x-ssl-client-cert' },
    nginx(),
    ['X-SSL-Client-Verify', 'SUCCESS'],
  ],
  [
    'CONTRADICTION',
    { reason: 'certificate-not-presented', field: 'x-ssl-client-cert' },
    nginx(),
    ['X-SSL-Client-Cert', escaped, 'X-SSL-Client-Verify', 'NONE'],
  ],
  [
    'CONTRADICTION',
    { reason: 'chain-without-certificate', field: 'client-cert-chain' },
    rfc9440(),
    ['Client-Cert-Chain', byteSequence],
  ],
])('ERR_FORWARDED_%s has the detail %o', (code, detail, format, rawHeaders) => {
  const read = createCertificateReader({ format, trust });
  expect(() => read({ rawHeaders })).toThrow(expect.objectContaining({ code: `ERR_FORWARDED_${code}`, detail }));
});

it.each(['format', 'trust'])('the option %s is required', (name) => {
  const options = { format: nginx(), trust, [name]: undefined };
  expect(() => createCertificateReader(options as never)).toThrow(new TypeError(`Option "${name}" is required`));
});
