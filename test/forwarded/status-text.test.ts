import { readFileSync } from 'node:fs';
import { authenticateClient, type PresentedCertificate } from 'oauth-mtls';
import {
  apache,
  apiGatewayCertificate,
  awsAlb,
  azureAppService,
  azureContainerApps,
  caddy,
  cloudflare,
  cloudflareWorkersCertificate,
  cloudFront,
  createCertificateReader,
  custom,
  envoy,
  gcp,
  haproxy,
  ingressNginx,
  nginx,
  rfc9440,
  traefik,
  type ForwardedFormat,
} from 'oauth-mtls/forwarded';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { forwardedFormats } from '../../src/testing/requests/forwarded-headers.js';
import { fromRoot } from '../../subpaths.js';

const client = await selfSignedCertificate({ subject: 'CN=client' });
const base64 = client.jwk.x5c[0]!;
const escaped = encodeURIComponent(client.pem);
const named = { statusHeader: 'x-status' };

type Row = readonly [format: ForwardedFormat, header: string, value: string, status: string, others?: string[]];

/** A format, the certificate as it writes it, further headers, and the name of the header with the status. */
const FORMATS: readonly Row[] = [
  [nginx(), 'X-SSL-Client-Cert', escaped, 'X-SSL-Client-Verify'],
  [ingressNginx(), 'ssl-client-cert', escaped, 'ssl-client-verify'],
  [apache(), 'X-SSL-Client-Cert', client.pem.replaceAll('\n', ' '), 'X-SSL-Client-Verify'],
  [haproxy(), 'X-SSL-Client-Cert', base64, 'X-SSL-Client-Verify', ['X-SSL-Client-Used', '1']],
  [envoy(named), 'X-Forwarded-Client-Cert', `Cert="${escaped}"`, 'X-Status'],
  [awsAlb(named), 'X-Amzn-Mtls-Clientcert-Leaf', escaped, 'X-Status'],
  [awsAlb({ ...named, mode: 'passthrough' }), 'X-Amzn-Mtls-Clientcert', escaped, 'X-Status'],
  [azureAppService(named), 'X-ARR-ClientCert', base64, 'X-Status'],
  [azureContainerApps(named), 'X-Forwarded-Client-Cert', `Cert="${escaped}"`, 'X-Status'],
  [cloudflare({ statusHeader: 'cf-cert-verified' }), 'Cf-Client-Cert-Der-Base64', base64, 'Cf-Cert-Verified'],
  [cloudFront(named), 'CloudFront-Viewer-Cert-Pem', escaped, 'X-Status'],
  [gcp(named), 'X-Client-Cert-Leaf', `:${base64}:`, 'X-Status'],
  [rfc9440(named), 'Client-Cert', `:${base64}:`, 'X-Status'],
  [traefik(named), 'X-Forwarded-Tls-Client-Cert', base64, 'X-Status'],
  [caddy(named), 'X-SSL-Client-Cert', base64, 'X-Status'],
  [
    custom({ ...named, decode: 'base64-der', statusValues: { verified: ['ok'] } }),
    'X-SSL-Client-Cert',
    base64,
    'X-Status',
  ],
];

const registration = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=client' };

/** The rows of docs/proxies.md about the words of each source. */
const DOCUMENTED = readFileSync(fromRoot('docs/proxies.md'), 'utf8')
  .split('\n| source | read by | what it sends | `verification` | `reason` |\n')[1]!
  .split('\n\n')[0]!
  .split('\n')
  .slice(1)
  .map((row) => {
    const [source, expression, sends, verification, reason] = row
      .split(' | ')
      .map((cell) => cell.replace(/^\| | \|$/g, ''));
    const fields = [...sends!.matchAll(/`([\w-]+): ?([^`]*)`/g)].map(([, name, value]) => [name!, value!] as const);
    const word = (cell: string): string | undefined => /^`(.*)`$/.exec(cell)?.[1];
    return {
      source: source!,
      expression: word(expression!)!,
      fields,
      verification: word(verification!),
      reason: word(reason!),
    };
  });

type Fields = (typeof DOCUMENTED)[number]['fields'];
type Read = (fields: Fields) => PresentedCertificate | undefined;

/** What reads the headers of a row: a format, with its certificate header. */
function reader(format: ForwardedFormat, header: string, value: string): Read {
  const read = createCertificateReader({ format, trust: () => true });
  return (fields) => read({ rawHeaders: [header, value, ...fields.flat()] });
}

const status = (statusHeader: string) => ({ statusHeader });
const gateway = nginx({ header: 'X-Client-Certificate', statusHeader: 'X-Client-Certificate-Verification' });
const pem = client.pem;

const READERS: Readonly<Record<string, Read>> = {
  'nginx()': reader(nginx(), 'X-SSL-Client-Cert', escaped),
  'ingressNginx()': reader(ingressNginx(), 'ssl-client-cert', escaped),
  'apache()': reader(apache(), 'X-SSL-Client-Cert', escaped),
  'haproxy()': reader(haproxy(), 'X-SSL-Client-Cert', base64),
  "rfc9440({ statusHeader: 'X-SSL-Client-Verify' })": reader(
    rfc9440(status('X-SSL-Client-Verify')),
    'Client-Cert',
    `:${base64}:`,
  ),
  "cloudflare({ statusHeader: 'Cf-Cert-Verified' })": reader(
    cloudflare(status('Cf-Cert-Verified')),
    'Cf-Client-Cert-Der-Base64',
    base64,
  ),
  'cloudflareWorkersCertificate(request)': (fields) => {
    const tlsClientAuth = { certPresented: '1', certRevoked: '0', certRFC9440: `:${base64}:` } as const;
    return cloudflareWorkersCertificate({ cf: { tlsClientAuth: { ...tlsClientAuth, ...Object.fromEntries(fields) } } });
  },
  "gcp({ statusHeader: 'X-Client-Cert-Chain-Verified' })": reader(
    gcp(status('X-Client-Cert-Chain-Verified')),
    'X-Client-Cert-Leaf',
    `:${base64}:`,
  ),
  "nginx({ header: 'X-Client-Certificate', statusHeader: 'X-Client-Certificate-Verification' })": reader(
    gateway,
    'X-Client-Certificate',
    escaped,
  ),
  'azureAppService()': reader(azureAppService(), 'X-ARR-ClientCert', base64),
  'azureContainerApps()': reader(azureContainerApps(), 'X-Forwarded-Client-Cert', `Cert="${escaped}"`),
  "awsAlb({ mode: 'verify', verifiedByProxy: true })": reader(
    awsAlb({ mode: 'verify', verifiedByProxy: true }),
    'X-Amzn-Mtls-Clientcert-Leaf',
    escaped,
  ),
  "awsAlb({ mode: 'passthrough' })": reader(awsAlb({ mode: 'passthrough' }), 'X-Amzn-Mtls-Clientcert', escaped),
  'apiGatewayCertificate(event)': () =>
    apiGatewayCertificate({ requestContext: { identity: { clientCert: { clientCertPem: pem } } } }),
  'cloudFront({ verifiedByProxy: true })': reader(
    cloudFront({ verifiedByProxy: true }),
    'CloudFront-Viewer-Cert-Pem',
    escaped,
  ),
  'envoy()': reader(envoy(), 'X-Forwarded-Client-Cert', `Cert="${escaped}"`),
  'traefik()': reader(traefik(), 'X-Forwarded-Tls-Client-Cert', base64),
  'caddy()': reader(caddy(), 'X-SSL-Client-Cert', base64),
  "custom({ statusHeader: 'X-Status', statusValues: { verified: ['ok'] } })": reader(
    custom({ ...status('X-Status'), statusValues: { verified: ['ok'] } }),
    'X-SSL-Client-Cert',
    pem.replaceAll('\n', ' '),
  ),
};

describe('the table of docs/proxies.md', () => {
  it.each(DOCUMENTED)('$source', async ({ expression, fields, verification, reason }) => {
    const presented = READERS[expression]!(fields);
    expect([presented?.verification, presented?.reason]).toEqual([verification, reason]);
    const decision = authenticateClient(presented, registration);
    if (verification === 'verified') {
      expect(await decision).toMatchObject({ method: 'tls_client_auth' });
      return;
    }
    const found = reason === undefined ? [verification] : [verification, reason];
    await expect(decision).rejects.toMatchObject({ code: 'ERR_CLIENT_UNVERIFIED', detail: { found } });
  });

  it('has every format', () => {
    const named = new Set(DOCUMENTED.map(({ expression }) => expression.split('(')[0]));
    const functions = [...Object.keys(forwardedFormats), 'apiGatewayCertificate', 'cloudflareWorkersCertificate'];
    expect([...named].sort()).toEqual(functions.sort());
  });
});

describe('the text of a status that is not a success', () => {
  describe.each(FORMATS.map(([format, ...row]) => ({ name: format.name, format, row })))('$name', ({ format, row }) => {
    const [header, value, status, others = []] = row;
    const read = (text: string) =>
      createCertificateReader({ format, trust: () => true })({
        rawHeaders: [header, value, status, text, ...others],
      });

    it.each(['certificate: key too weak', '26'])('is kept in the evidence and in detail: %s', async (text) => {
      const presented = read(text);
      expect(presented?.reason).toBe(text);
      const refusal = await authenticateClient(presented, registration).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'ERR_CLIENT_UNVERIFIED', detail: { found: [expect.any(String), text] } });
    });

    it('is printable ASCII, and at most 200 characters', () => {
      expect(read(`a\u0001\u00ff${'b'.repeat(300)}`)?.reason).toBe(`a??${'b'.repeat(197)}`);
    });
  });

  it.each([
    ['cloudflare', 'false', undefined, 'false'],
    ['cloudflare', 'true', 'true', 'revoked'],
    ['cloudflare', 'true', 'maybe', 'maybe'],
  ])('%s: %s, revoked %s', (_name, verified, revoked, reason) => {
    const presented = createCertificateReader({
      format: cloudflare({ statusHeader: 'cf-cert-verified' }),
      trust: () => true,
    })({
      rawHeaders: [
        ...['Cf-Client-Cert-Der-Base64', base64, 'Cf-Cert-Verified', verified],
        ...(revoked === undefined ? [] : ['Cf-Cert-Revoked', revoked]),
      ],
    });
    expect(presented?.reason).toBe(reason);
  });

  it.each([
    ['SUCCESS', '1', 'verified', undefined],
    ['SUCCESS', 'maybe', 'unknown', 'maybe'],
    ['', '1', 'unknown', undefined],
    ['', 'maybe', 'unknown', 'maybe'],
    ['SUCCESS', '0', 'ERR_FORWARDED_CONTRADICTION', undefined],
    ['NONE', '1', 'ERR_FORWARDED_CONTRADICTION', undefined],
    ['NONE', '', 'ERR_FORWARDED_CONTRADICTION', undefined],
  ])('CloudFront: %j, present %j is %s', (status, present, verdict, reason) => {
    const headers = { 'CloudFront-Viewer-Cert-Pem': escaped, 'X-Status': status };
    const read = () =>
      createCertificateReader({ format: cloudFront(named), trust: () => true })({
        headers: new Headers({ ...headers, 'CloudFront-Viewer-Cert-Present': present }),
      });
    if (verdict.startsWith('ERR_')) expect(read).toThrow(expect.objectContaining({ code: verdict }));
    else expect(read()).toMatchObject({ verification: verdict, reason });
  });

  it('Cloudflare Workers', () => {
    const tlsClientAuth = { certPresented: '1', certRevoked: '0', certRFC9440: `:${base64}:` } as const;
    const read = (members: object) =>
      cloudflareWorkersCertificate({ cf: { tlsClientAuth: { ...tlsClientAuth, ...members } } });
    expect(read({ certVerified: 'FAILED:self signed certificate' })?.reason).toBe('self signed certificate');
    expect(read({ certVerified: 'SUCCESS', certRevoked: '1' })?.reason).toBe('revoked');
  });
});
