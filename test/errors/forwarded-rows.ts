import { parseCertificate } from 'oauth-mtls';
import { createCertificateReader, custom, envoy, nginx, rfc9440 } from 'oauth-mtls/forwarded';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { certificateOfUnknownVersion, certificateWithDuplicateExtension, rowsOf, type Row } from './row.js';

const client = await selfSignedCertificate({ subject: 'CN=client' });
const twice = await certificateWithDuplicateExtension();
const base64 = client.jwk.x5c[0]!;
const escaped = encodeURIComponent(client.pem);
const cert = `Cert="${escaped}"`;
const pem = (der: string) => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;

type Format = Parameters<typeof createCertificateReader>[0]['format'];

const read =
  (format: Format, ...rawHeaders: string[]) =>
  () =>
    createCertificateReader({ format, trust: () => true })({ rawHeaders });
const byEnvoy = (value: string) => read(envoy(), 'X-Forwarded-Client-Cert', value);
const byNginx = (value: string) => read(nginx(), 'X-SSL-Client-Cert', value);
const byRfc9440 = (value: string) => read(rfc9440(), 'Client-Cert', value);
/** A certificate that the limit of the header lets pass. */
const readLarge = () => {
  const request = { rawHeaders: ['Client-Cert', `:${'A'.repeat(140_000)}:`] };
  return () => createCertificateReader({ format: rfc9440(), trust: () => true, maxBytes: 200_000 })(request);
};
const der = (base64: string) => byRfc9440(`:${base64}:`);
const parse = (text: string) => () => parseCertificate(text);

/** Forwarded certificates, and PEM. */
export const forwardedRows: readonly Row[] = [
  ...rowsOf('ERR_ENCODING_PEM', {
    'no-begin': parse('-----BEGIN CERTIFICATE'),
    'no-end': parse('-----BEGIN CERTIFICATE-----\nAAAA'),
    'end-label': parse('-----BEGIN CERTIFICATE-----\nAAAA\n-----END KEY-----'),
    'trailing-text': parse(`${client.pem}text`),
  }),
  ...rowsOf('ERR_FORWARDED_TOO_LARGE', {
    members: read(rfc9440(), 'Client-Cert', `:${base64}:`, 'Client-Cert-Chain', Array(33).fill(':AA==:').join(',')),
    elements: byEnvoy(Array(33).fill('By=a').join(',')),
    certificates: read(
      custom({ header: 'cert', decode: 'base64-der', chainHeader: 'chain' } as never),
      'chain',
      Array(33).fill(base64).join(','),
    ),
  }),
  ...rowsOf('ERR_FORWARDED_MALFORMED', {
    'byte-sequence': byRfc9440(base64),
    'percent-encoding': byNginx('%zz'),
    key: byEnvoy('=a'),
    quote: byEnvoy('By=a"b'),
    'unbalanced-quote': byEnvoy('By="a'),
    'no-cert': byEnvoy('By=a'),
    cert: byEnvoy(`${cert};${cert}`),
    chain: byEnvoy(`${cert};Chain="${escaped}";Chain="${escaped}"`),
    hash: byEnvoy(`Hash=00;${cert}`),
    uri: byEnvoy(`${cert};URI=spiffe://a.example/b`),
    dns: byEnvoy(`${cert};DNS=a.example`),
    ERR_ENCODING_BASE64: der('?'),
    ERR_ENCODING_PEM: byNginx('text'),
    ERR_ENCODING_PEM_LABEL: byNginx(encodeURIComponent(client.pem.replaceAll('CERTIFICATE', 'PUBLIC KEY'))),
    ERR_ENCODING_EMPTY: byNginx(encodeURIComponent(pem(''))),
    ERR_ENCODING_TOO_LARGE: readLarge(),
    ERR_ENCODING_DER: der('AAAA'),
    ERR_CERTIFICATE_MALFORMED: der(await certificateOfUnknownVersion()),
    ERR_CERTIFICATE_DUPLICATE_EXTENSION: der(twice),
  }),
  ...rowsOf('ERR_FORWARDED_CONTRADICTION', {
    'certificate-missing': read(nginx(), 'X-SSL-Client-Verify', 'SUCCESS'),
    'chain-without-certificate': read(rfc9440(), 'Client-Cert-Chain', `:${base64}:`),
    'certificate-not-presented': read(nginx(), 'X-SSL-Client-Cert', escaped, 'X-SSL-Client-Verify', 'NONE'),
  }),
];
