import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { isMtlsError, type PresentedCertificate } from 'oauth-mtls';
import { apache, caddy, createCertificateReader, haproxy, nginx, rfc9440, type ForwardedFormat } from 'oauth-mtls/forwarded';
import { describe, expect, it } from 'vitest';

import { fromRoot } from '../../subpaths.js';

/** What nginx, Apache, HAProxy and Caddy really sent to a Node server, by configuration and client. */
interface Capture {
  readonly proxy: 'nginx' | 'apache' | 'haproxy' | 'caddy';
  readonly clientAuth: string;
  readonly location: string;
  readonly clientCert: string | null;
  /** Absent where the request never got through Node's parser, or the handshake failed. */
  readonly rawHeaders?: readonly (readonly [string, string])[];
}

const captures: Capture[] = JSON.parse(readFileSync(fromRoot('fixtures/captures/proxy-headers.json'), 'utf8'));

/** SHA-256 of the client certificates, by an independent reader. */
const digests = new Map(
  readdirSync(fromRoot('fixtures/captures/clients')).map((file) => {
    const { raw } = new X509Certificate(readFileSync(fromRoot(`fixtures/captures/clients/${file}`)));
    return [file.replace('.crt', ''), createHash('sha256').update(raw).digest('base64url')];
  }),
);

/** The format that belongs to each location of the captured configurations; the others go with the proxy's own. */
const formats: Record<string, ForwardedFormat> = {
  nginx: nginx(),
  apache: apache(),
  haproxy: haproxy(),
  caddy: caddy(),
  'apache/rfc9440': rfc9440(),
  'haproxy/rfc9440': rfc9440(),
  'haproxy/rfc9440ok': rfc9440(),
  'caddy/rfc9440': rfc9440(),
  'apache/chain': apache({ chainHeader: 'X-SSL-Client-Cert-Chain-0' }),
  'haproxy/chain': haproxy({ chainHeader: 'X-SSL-Client-Chain' }),
};

/** Locations that forward names or verdicts and no certificate, or the certificate in a form that is none. */
const withoutCertificate: Record<string, (capture: Capture) => string | undefined> = {
  // `SUCCESS` or `FAILED` without the certificate
  'apache/dn': () => 'ERR_FORWARDED_CONTRADICTION',
  // a failure number tells of a certificate; 0 alone tells nothing
  'haproxy/dn': ({ rawHeaders }) => (header(rawHeaders, 'verify') === '0' ? undefined : 'ERR_FORWARDED_CONTRADICTION'),
  'caddy/dn': () => undefined,
  // base64 of the PEM text
  'apache/b64pem': () => 'ERR_FORWARDED_MALFORMED',
};

function header(rawHeaders: Capture['rawHeaders'], name: string): string | undefined {
  return rawHeaders?.find(([key]) => key.toLowerCase() === `x-ssl-client-${name}`)?.[1];
}

function expectedVerification({ proxy, location, rawHeaders }: Capture): string {
  if (proxy === 'caddy' || formats[`${proxy}${location}`]?.name === 'rfc9440') return 'unknown';
  const status = header(rawHeaders, 'verify');
  if (status === undefined) return 'unknown';
  return status === (proxy === 'haproxy' ? '0' : 'SUCCESS') ? 'verified' : 'unverified';
}

function read(capture: Capture): PresentedCertificate | string | undefined {
  const format = formats[capture.proxy + capture.location] ?? formats[capture.proxy]!;
  const reader = createCertificateReader({ format, trust: () => true });
  try {
    return reader({ rawHeaders: (capture.rawHeaders ?? []).flat() });
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}

describe('the headers that real proxies sent', () => {
  it('are 168 sets', () => {
    expect(captures).toHaveLength(168);
  });

  it.each(captures.map((capture) => [`${capture.proxy} ${capture.clientAuth} ${capture.location} ${capture.clientCert}`, capture] as const))(
    '%s',
    (_title, capture) => {
      const result = read(capture);
      if (capture.clientCert === null || capture.rawHeaders === undefined) {
        expect(result).toBeUndefined();
        return;
      }
      const special = withoutCertificate[capture.proxy + capture.location];
      if (special !== undefined) {
        expect(result).toBe(special(capture));
        return;
      }
      expect(result).toMatchObject({
        certificate: { thumbprint: digests.get(capture.clientCert) },
        verification: expectedVerification(capture),
      });
    },
  );

  it.each(['apache', 'haproxy'])('hold the chain where %s was told to send it', (proxy) => {
    const capture = captures.find((each) => each.proxy === proxy && each.location === '/chain' && each.clientCert === 'rsa')!;
    const { intermediates } = read(capture) as PresentedCertificate;
    expect(intermediates.map(({ thumbprint }) => thumbprint)).toEqual([digests.get('inter')]);
  });

  it('are refused as a whole where the request does not come from the proxy', () => {
    const naming = captures.filter(({ rawHeaders = [] }) => rawHeaders.some(([name]) => /^(x-ssl-client-(cert|verify|used)|client-cert)$/i.test(name)));
    expect(naming.length).toBeGreaterThan(100);
    for (const { proxy, location, rawHeaders = [] } of naming) {
      const format = formats[proxy + location] ?? formats[proxy]!;
      const reader = createCertificateReader({ format, trust: () => false });
      expect(() => reader({ rawHeaders: rawHeaders.flat() })).toThrow(expect.objectContaining({ code: 'ERR_FORWARDED_UNTRUSTED' }));
    }
  });
});
