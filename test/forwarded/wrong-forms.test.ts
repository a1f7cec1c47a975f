import { isMtlsError } from 'oauth-mtls';
import * as forwarded from 'oauth-mtls/forwarded';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

const authority = await createCertificateAuthority({ subject: 'CN=Authority' });
const client = await authority.issue();

/** What an operator may have made a proxy send, or a platform hand over, in place of one certificate. */
const mistakes = {
  'text before the block': `subject=CN=admin\n${client.pem}`,
  'several blocks': client.pem + authority.pem,
  'base64 of PEM': Buffer.from(client.pem).toString('base64'),
  'the name of a file': '/etc/ssl/certs/client.pem',
} as const;
type Mistake = keyof typeof mistakes;

/** Gives a text to a reader as the certificate. */
type Give = (text: string) => unknown;

const inHeader =
  (format: forwarded.ForwardedFormat, header: string, write: (text: string) => string): Give =>
  (text) =>
    forwarded.createCertificateReader({ format, trust: () => true })({ rawHeaders: [header, write(text)] });

// a header holds no line breaks
const plain = (text: string): string => text.replaceAll('\n', ' ').trim();
const byteSequence = (text: string): string => `:${plain(text)}:`;

const pem: Readonly<Record<string, Give>> = {
  nginx: inHeader(forwarded.nginx(), 'X-SSL-Client-Cert', encodeURIComponent),
  ingressNginx: inHeader(forwarded.ingressNginx(), 'SSL-Client-Cert', encodeURIComponent),
  apache: inHeader(forwarded.apache(), 'X-SSL-Client-Cert', encodeURIComponent),
  awsAlb: inHeader(forwarded.awsAlb(), 'X-Amzn-Mtls-Clientcert-Leaf', encodeURIComponent),
  cloudFront: inHeader(forwarded.cloudFront(), 'CloudFront-Viewer-Cert-Pem', encodeURIComponent),
  envoy: inHeader(forwarded.envoy(), 'X-Forwarded-Client-Cert', (text) => `Cert="${encodeURIComponent(text)}"`),
  azureContainerApps: inHeader(
    forwarded.azureContainerApps(),
    'X-Forwarded-Client-Cert',
    (text) => `Cert="${encodeURIComponent(text)}"`,
  ),
  'custom, pem': inHeader(forwarded.custom(), 'X-SSL-Client-Cert', plain),
  'custom, percent-pem': inHeader(forwarded.custom({ decode: 'percent-pem' }), 'X-SSL-Client-Cert', encodeURIComponent),
  'API Gateway, REST': (clientCertPem) =>
    forwarded.apiGatewayCertificate({ requestContext: { identity: { clientCert: { clientCertPem } } } }),
  'API Gateway, HTTP': (clientCertPem) =>
    forwarded.apiGatewayCertificate({ requestContext: { authentication: { clientCert: { clientCertPem } } } }),
};

const base64: Readonly<Record<string, Give>> = {
  haproxy: inHeader(forwarded.haproxy(), 'X-SSL-Client-Cert', plain),
  caddy: inHeader(forwarded.caddy(), 'X-SSL-Client-Cert', plain),
  cloudflare: inHeader(forwarded.cloudflare(), 'CF-Client-Cert-Der-Base64', plain),
  azureAppService: inHeader(forwarded.azureAppService(), 'X-ARR-ClientCert', plain),
  'custom, base64-der': inHeader(forwarded.custom({ decode: 'base64-der' }), 'X-SSL-Client-Cert', plain),
  rfc9440: inHeader(forwarded.rfc9440(), 'Client-Cert', byteSequence),
  gcp: inHeader(forwarded.gcp(), 'X-Client-Cert-Leaf', byteSequence),
  'custom, rfc9440': inHeader(forwarded.custom({ decode: 'rfc9440' }), 'X-SSL-Client-Cert', byteSequence),
  'Cloudflare Workers': (text) =>
    forwarded.cloudflareWorkersCertificate({
      cf: { tlsClientAuth: { certPresented: '1', certVerified: 'SUCCESS', certRFC9440: byteSequence(text) } },
    }),
};

const lists: Readonly<Record<string, Give>> = {
  traefik: inHeader(forwarded.traefik(), 'X-Forwarded-Tls-Client-Cert', plain),
};

/** Reasons of the error and of what led to it. */
function reasons(give: Give, text: string): unknown[] {
  const found: unknown[] = [];
  try {
    give(text);
  } catch (error) {
    for (let each: unknown = error; isMtlsError(each); each = each.cause) found.push(each.detail.reason);
  }
  return found;
}

const NO_BASE64 = ['ERR_ENCODING_BASE64', undefined];
const OTHER_THAN_BASE64 = {
  'text before the block': NO_BASE64,
  'several blocks': NO_BASE64,
  'the name of a file': NO_BASE64,
};

describe.each<[form: string, readers: Readonly<Record<string, Give>>, expected: Readonly<Record<Mistake, unknown[]>>]>([
  [
    'PEM',
    pem,
    {
      'text before the block': ['ERR_ENCODING_PEM', 'text-before-block'],
      'several blocks': ['ERR_ENCODING_PEM', 'several-blocks'],
      'base64 of PEM': ['ERR_ENCODING_PEM', 'no-begin'],
      'the name of a file': ['ERR_ENCODING_PEM', 'no-begin'],
    },
  ],
  ['base64', base64, { ...OTHER_THAN_BASE64, 'base64 of PEM': ['ERR_ENCODING_DER', 'pem-in-bytes'] }],
  ['a list in base64', lists, { ...OTHER_THAN_BASE64, 'base64 of PEM': ['ERR_ENCODING_DER', 'unexpected-tag'] }],
])('a reader of %s', (_form, readers, expected) => {
  it.each(Object.keys(readers))('%s names the mistake', (name) => {
    const found = Object.entries(mistakes).map(([mistake, text]) => [mistake, reasons(readers[name]!, text)]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});

it('is here for every format', () => {
  const formats = Object.entries(forwarded).filter(([name]) => !/^(create|with|from|custom)|Certificate$/.test(name));
  const tried = Object.keys({ ...pem, ...base64, ...lists });
  expect(tried).toEqual(expect.arrayContaining(formats.map(([name]) => name)));
});
