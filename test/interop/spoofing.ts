import { forwardedHeaders, type ForwardedFormatName, type TestCertificate } from 'oauth-mtls/testing';
import { ForwardedFormat } from '../../src/forwarded/format.js';

import type { SentRequest } from './client.js';

/** A request with which a client claims the victim's certificate. */
export interface Spoof extends SentRequest {
  readonly title: string;
}

const otherFormats: readonly ForwardedFormatName[] = [
  'apache',
  'awsAlb',
  'azureAppService',
  'caddy',
  'cloudflare',
  'cloudFront',
  'envoy',
  'gcp',
  'haproxy',
  'ingressNginx',
  'nginx',
  'rfc9440',
  'traefik',
];

type Field = readonly [name: string, value: string];

/** Every way to put the victim's certificate, or a verdict, into the headers that a format reads. */
export function spoofs(format: ForwardedFormat, victim: TestCertificate): Spoof[] {
  const claim: Field[] = Object.entries({
    'X-SSL-Client-Verify': 'SUCCESS',
    ...capitalize(forwardedHeaders(format, victim, { intermediates: [victim] })),
  });
  const [name, value] = claim.find(([key]) => key.toLowerCase() === ForwardedFormat.settingsOf(format).header)!;
  const names = [...new Set([...claim.map(([key]) => key), 'X-SSL-Client-Used', 'Client-Cert', 'Client-Cert-Chain'])];
  const byteSequence = `:${victim.jwk.x5c[0]!}:`;
  const spoof = (title: string, fields: readonly Field[], more: Omit<SentRequest, 'lines'> = {}): Spoof => ({
    title,
    lines: fields.map(([key, text]) => `${key}: ${text}`),
    ...more,
  });
  const raw = (title: string, ...lines: string[]): Spoof => ({ title, lines });
  const rename = (change: (key: string) => string) => claim.map(([key, text]): Field => [change(key), text]);

  return [
    spoof('the same names', claim),
    spoof(
      'lower case',
      rename((key) => key.toLowerCase()),
    ),
    spoof(
      'upper case',
      rename((key) => key.toUpperCase()),
    ),
    spoof(
      'underscores',
      rename((key) => key.replaceAll('-', '_')),
    ),
    spoof(
      'one underscore',
      rename((key) => key.replace('-', '_')),
    ),
    spoof('duplicates', [...claim, ...claim]),
    spoof('duplicates in another case', [...claim, ...rename((key) => key.toLowerCase())]),
    spoof('an empty one before', [...claim.map(([key]): Field => [key, '']), ...claim]),
    spoof('an empty one after', [...claim, ...claim.map(([key]): Field => [key, ''])]),
    spoof('hop-by-hop deletion', claim, { connection: names }),
    spoof('hop-by-hop deletion in lower case', claim, { connection: names.map((key) => key.toLowerCase()) }),
    ...names.map((key) => spoof(`hop-by-hop deletion of ${key}`, claim, { connection: [key] })),
    spoof('nothing but hop-by-hop deletion', [], { connection: names }),
    spoof('the certificate alone', [[name, value]]),
    spoof('a verdict alone', [['X-SSL-Client-Verify', 'SUCCESS']]),
    spoof("HAProxy's verdict alone", [
      ['X-SSL-Client-Verify', '0'],
      ['X-SSL-Client-Used', '1'],
    ]),
    spoof('Client-Cert-Chain alone', [['Client-Cert-Chain', byteSequence]]),
    spoof('Client-Cert and its chain', [
      ['Client-Cert', byteSequence],
      ['Client-Cert-Chain', byteSequence],
    ]),
    ...otherFormats.map((other) =>
      spoof(`the headers of ${other}`, Object.entries(capitalize(forwardedHeaders(other, victim)))),
    ),
    raw('a space before the colon', `${name} : ${value}`, 'X-SSL-Client-Verify : SUCCESS'),
    raw('a tab before the colon', `${name}\t: ${value}`, 'X-SSL-Client-Verify\t: SUCCESS'),
    raw('a folded line', 'X-Other: a', ` ${name}: ${value}`, ' X-SSL-Client-Verify: SUCCESS'),
    raw('a folded value', `${name}:`, ` ${value}`, 'X-SSL-Client-Verify:', ' SUCCESS'),
    raw('a bare line feed', `X-Other: a\n${name}: ${value}\nX-SSL-Client-Verify: SUCCESS`),
    raw('a bare carriage return', `X-Other: a\r${name}: ${value}\rX-SSL-Client-Verify: SUCCESS`),
    raw('a NUL in the name', `${name}\0: ${value}`, 'X-SSL-Client-Verify\0: SUCCESS'),
    raw('a NUL in a value', `X-Other: a\0\r\n${name}: ${value}`, 'X-SSL-Client-Verify: SUCCESS'),
    {
      title: 'trailers',
      lines: ['Transfer-Encoding: chunked', `Trailer: ${names.join(', ')}`],
      body: `1\r\na\r\n0\r\n${claim.map(([key, text]) => `${key}: ${text}\r\n`).join('')}\r\n`,
    },
  ];
}

/** x-ssl-client-cert as most configurations spell it. */
function capitalize(headers: Record<string, string>): Record<string, string> {
  const spelled = (key: string) =>
    key.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()).replace('X-Ssl-', 'X-SSL-');
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [spelled(key), value]));
}
