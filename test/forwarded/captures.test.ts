import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { isMtlsError, type PresentedCertificate } from 'oauth-mtls';
import * as forwarded from 'oauth-mtls/forwarded';
import { describe, expect, it } from 'vitest';

import { fromRoot } from '../../subpaths.js';
import { formatOf, readCaptures, type Capture } from './captures.js';

const captures = readCaptures();

/** SHA-256 of the client certificates, by an independent reader. */
const digests = new Map(
  readdirSync(fromRoot('fixtures/captures/clients')).map((file) => {
    const { raw } = new X509Certificate(readFileSync(fromRoot(`fixtures/captures/clients/${file}`)));
    return [file.replace('.crt', ''), createHash('sha256').update(raw).digest('base64url')];
  }),
);

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
  if (proxy === 'caddy' || formatOf({ proxy, location })[0] === 'rfc9440') return 'unknown';
  const status = header(rawHeaders, 'verify');
  if (status === undefined) return 'unknown';
  return status === (proxy === 'haproxy' ? '0' : 'SUCCESS') ? 'verified' : 'unverified';
}

function readerOf(capture: Capture, trusted: boolean): ReturnType<typeof forwarded.createCertificateReader> {
  const [name, options] = formatOf(capture);
  return forwarded.createCertificateReader({ format: forwarded[name](options), trust: () => trusted });
}

function read(capture: Capture): PresentedCertificate | string | undefined {
  const reader = readerOf(capture, true);
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

  it.each(
    captures.map(
      (capture) =>
        [`${capture.proxy} ${capture.clientAuth} ${capture.location} ${capture.clientCert}`, capture] as const,
    ),
  )('%s', (_title, capture) => {
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
  });

  it.each(['apache', 'haproxy'])('hold the chain where %s was told to send it', (proxy) => {
    const capture = captures.find(
      (each) => each.proxy === proxy && each.location === '/chain' && each.clientCert === 'rsa',
    )!;
    const { intermediates } = read(capture) as PresentedCertificate;
    expect(intermediates.map(({ thumbprint }) => thumbprint)).toEqual([digests.get('inter')]);
  });

  it('are refused as a whole where the request does not come from the proxy', () => {
    const naming = captures.filter(({ rawHeaders = [] }) =>
      rawHeaders.some(([name]) => /^(x-ssl-client-(cert|verify|used)|client-cert)$/i.test(name)),
    );
    expect(naming.length).toBeGreaterThan(100);
    for (const capture of naming) {
      const rawHeaders = capture.rawHeaders!.flat();
      expect(() => readerOf(capture, false)({ rawHeaders })).toThrow(
        expect.objectContaining({ code: 'ERR_FORWARDED_UNTRUSTED' }),
      );
    }
  });
});
