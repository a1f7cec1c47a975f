import { createHash } from 'node:crypto';
import { checkOptions, type OptionTable } from '../../options.js';
import type { Certificate } from '../../x509/certificate.js';
import type { TestCertificate } from '../certificate-options.js';
import { selfSignedCertificate } from '../certificate-authority.js';
import { toBase64 } from '../../encoding/bytes.js';
import { writePem } from '../../encoding/pem.js';
import { forwardedHeaders, type ForwardedFormatName } from './forwarded-headers.js';
import { bareCertificate } from '../../presented/presented-certificate.js';

/** Request headers that some reader of proxy headers has misread. */
export interface HostileHeaders {
  /** Short and constant, for test titles. */
  readonly name: string;
  /** The format that the application expects, with its default header names. */
  readonly format: ForwardedFormatName;
  /** Alternating names and values, as in Node. */
  readonly rawHeaders: readonly string[];
  readonly hazard: string;
  /** The correct result of a reader: an error, no certificate, or a certificate that is not verified. */
  readonly outcome: 'refused' | 'absent' | 'unverified';
}

export interface HostileHeadersOptions {
  /** A certificate that the attacker knows. Default: a new one. */
  readonly victim?: Certificate | TestCertificate;
  /** The attacker's own certificate. Default: a new one. */
  readonly attacker?: Certificate | TestCertificate;
}

const HOSTILE_HEADERS_OPTIONS: OptionTable<HostileHeadersOptions> = { victim: 'object', attacker: 'object' };

type Row = readonly [
  name: string,
  format: ForwardedFormatName,
  rawHeaders: readonly string[],
  outcome: HostileHeaders['outcome'],
  hazard: string,
];

/**
 * Creates headers of attackers and unusual proxies that readers have misread, for tests of code that reads certificates
 * from headers. They are created again for each call. The test must treat the sender as the trusted proxy.
 *
 * @example
 * ```ts
 * import { createCertificateReader, nginx } from 'oauth-mtls/forwarded';
 * import { hostileHeaders } from 'oauth-mtls/testing';
 * const read = createCertificateReader({ format: nginx(), trust: () => true });
 * for (const { name, format, rawHeaders, outcome } of await hostileHeaders()) {
 *   if (format === 'nginx' && outcome === 'refused') console.log(name, () => read({ rawHeaders })); // throws
 * }
 * ```
 */
export async function hostileHeaders(options: HostileHeadersOptions = {}): Promise<readonly HostileHeaders[]> {
  checkOptions(options, HOSTILE_HEADERS_OPTIONS);
  const victim = bareCertificate(options.victim ?? (await selfSignedCertificate({ subject: 'CN=victim' })));
  const attacker = bareCertificate(options.attacker ?? (await selfSignedCertificate({ subject: 'CN=attacker' })));
  const base64 = ({ der }: Certificate): string => toBase64(der);
  const pem = ({ der }: Certificate): string => writePem('CERTIFICATE', der);
  const escaped = (client: Certificate): string => encodeURIComponent(pem(client));
  const item = (client: Certificate): string => `:${base64(client)}:`;
  const hash = createHash('sha256').update(attacker.der).digest('hex');
  const spoofed = `By=spiffe://proxy;Hash=${hash};Subject="CN=evil\\";Cert=\\"${escaped(victim)}\\""`;
  const verify = ['x-ssl-client-verify', 'SUCCESS'] as const;
  const failed = Object.entries(forwardedHeaders('nginx', victim, { verification: 'unverified' })).flat();
  const joined = `${escaped(attacker)}, ${escaped(victim)}`;
  const rows: readonly Row[] = [
    [
      'certificate header twice',
      'nginx',
      twice('x-ssl-client-cert', escaped(attacker), escaped(victim)),
      'refused',
      'one was sent by the client; which one depends on the proxy',
    ],
    [
      'two certificates joined by a comma',
      'nginx',
      ['x-ssl-client-cert', joined, ...verify],
      'refused',
      'how fetch joins repeated headers',
    ],
    [
      'status header twice',
      'nginx',
      [...forwarded('nginx', victim), ...verify],
      'refused',
      'a status of the client in addition to that of the proxy',
    ],
    [
      'verified, and no certificate',
      'nginx',
      verify,
      'refused',
      'the certificate was dropped, or the status was sent by the client',
    ],
    [
      'certificate, and status NONE',
      'nginx',
      ['x-ssl-client-cert', escaped(victim), 'x-ssl-client-verify', 'NONE'],
      'refused',
      'the proxy received no certificate, so the header was sent by the client',
    ],
    [
      'certificate that the proxy did not verify',
      'nginx',
      failed,
      'unverified',
      'a status that starts with FAILED is true in a boolean context',
    ],
    [
      'status in other words',
      'nginx',
      ['x-ssl-client-cert', escaped(victim), 'x-ssl-client-verify', 'SUCCESS '.repeat(2).trim()],
      'unverified',
      'a comparison by prefix takes it for SUCCESS',
    ],
    [
      'text before the PEM',
      'nginx',
      ['x-ssl-client-cert', encodeURIComponent(`CN=admin\n${pem(victim)}`), ...verify],
      'refused',
      'naive readers hash it together with the certificate',
    ],
    [
      'two PEM blocks',
      'nginx',
      ['x-ssl-client-cert', escaped(attacker) + escaped(victim), ...verify],
      'refused',
      'readers disagree about which one counts',
    ],
    [
      'trusted certificate of OpenSSL',
      'nginx',
      ['x-ssl-client-cert', encodeURIComponent(writePem('TRUSTED CERTIFICATE', victim.der)), ...verify],
      'refused',
      'a certificate followed by unsigned data',
    ],
    [
      'private key',
      'nginx',
      ['x-ssl-client-cert', encodeURIComponent(writePem('PRIVATE KEY', attacker.publicKey)), ...verify],
      'refused',
      'a secret where a certificate was expected, on its way into a log',
    ],
    [
      'malformed escape',
      'nginx',
      ['x-ssl-client-cert', `${escaped(victim)}%0`, ...verify],
      'refused',
      'decodeURIComponent throws an error that the application does not expect',
    ],
    [
      'larger than any certificate',
      'nginx',
      ['x-ssl-client-cert', 'A'.repeat(70_000), ...verify],
      'refused',
      'work before the sender is authenticated',
    ],
    [
      'Apache’s word for none',
      'apache',
      ['x-ssl-client-cert', '(null)', 'x-ssl-client-verify', 'NONE'],
      'absent',
      'its hash is the same thumbprint for every client',
    ],
    [
      'Caddy’s placeholder',
      'caddy',
      ['x-ssl-client-cert', '{http.request.tls.client.certificate_der_base64}'],
      'absent',
      'what Caddy sends without a certificate',
    ],
    [
      'two certificates after padding',
      'caddy',
      ['x-ssl-client-cert', `AAAA==, ${base64(victim)}`],
      'refused',
      'Buffer.from stops at the padding and returns the first',
    ],
    [
      'body that is no certificate',
      'caddy',
      ['x-ssl-client-cert', 'AAAA'],
      'refused',
      'three zero bytes have a thumbprint too',
    ],
    [
      'certificate too large for HAProxy',
      'haproxy',
      ['x-ssl-client-cert', '', 'x-ssl-client-verify', '0', 'x-ssl-client-used', '1'],
      'refused',
      'HAProxy sends nothing, with status 0, which is success',
    ],
    [
      'nothing in the form of RFC 9440',
      'rfc9440',
      ['client-cert', '::'],
      'absent',
      'what HAProxy writes without a certificate',
    ],
    [
      'RFC 9440 with a parameter',
      'rfc9440',
      ['client-cert', `${item(victim)};a=1`],
      'refused',
      'a lenient parser ignores the text after the item',
    ],
    [
      'RFC 9440 with two items',
      'rfc9440',
      ['client-cert', `${item(attacker)}, ${item(victim)}`],
      'refused',
      'a singleton that is a list',
    ],
    [
      'chain without a certificate',
      'rfc9440',
      ['client-cert-chain', item(victim)],
      'refused',
      'the client’s own header, which the proxy did not remove',
    ],
    [
      'private key in the chain',
      'rfc9440',
      ['client-cert', item(victim), 'client-cert-chain', ':AAAA:'],
      'refused',
      'a bad element of the chain promotes another one',
    ],
    [
      'certificate in a quoted subject',
      'envoy',
      ['x-forwarded-client-cert', spoofed],
      'refused',
      'split at semicolons, the subject becomes a certificate',
    ],
    [
      'XFCC without the end of a quote',
      'envoy',
      ['x-forwarded-client-cert', `Cert="${escaped(victim)}`],
      'refused',
      'a lenient parser reads to the end',
    ],
    [
      'certificate twice in an XFCC element',
      'envoy',
      ['x-forwarded-client-cert', `Cert="${escaped(attacker)}";Cert="${escaped(victim)}"`],
      'refused',
      'readers disagree about which one counts',
    ],
  ];
  return rows.map(([name, format, rawHeaders, outcome, hazard]) => ({ name, format, rawHeaders, hazard, outcome }));
}

function twice(header: string, first: string, second: string): string[] {
  return [header, first, header, second];
}

function forwarded(format: ForwardedFormatName, client: Certificate): string[] {
  return Object.entries(forwardedHeaders(format, client)).flat();
}
