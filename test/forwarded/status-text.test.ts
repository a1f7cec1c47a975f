import { authenticateClient } from 'oauth-mtls';
import {
  apache,
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

  it('Cloudflare Workers', () => {
    const tlsClientAuth = { certPresented: '1', certRevoked: '0', certRFC9440: `:${base64}:` } as const;
    const read = (members: object) =>
      cloudflareWorkersCertificate({ cf: { tlsClientAuth: { ...tlsClientAuth, ...members } } });
    expect(read({ certVerified: 'FAILED:self signed certificate' })?.reason).toBe('self signed certificate');
    expect(read({ certVerified: 'SUCCESS', certRevoked: '1' })?.reason).toBe('revoked');
  });
});
