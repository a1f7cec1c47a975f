import { readFileSync } from 'node:fs';

import { fromRoot } from '../../subpaths.js';

/** What nginx, Apache, HAProxy and Caddy really sent to a Node server, by configuration and client. */
export interface Capture {
  readonly proxy: 'nginx' | 'apache' | 'haproxy' | 'caddy';
  readonly clientAuth: string;
  readonly location: string;
  readonly clientCert: string | null;
  /** Absent where the request never got through Node's parser, or the handshake failed. */
  readonly rawHeaders?: readonly (readonly [string, string])[];
}

export function readCaptures(): readonly Capture[] {
  return JSON.parse(readFileSync(fromRoot('fixtures/captures/proxy-headers.json'), 'utf8')) as Capture[];
}

/** A function of `oauth-mtls/forwarded`, and what it gets. */
type FormatChoice = readonly [
  name: 'nginx' | 'apache' | 'haproxy' | 'caddy' | 'rfc9440',
  options?: { readonly chainHeader: string },
];

/** The format that belongs to each location of the captured configurations; the others go with the proxy's own. */
const FORMATS: ReadonlyMap<string, FormatChoice> = new Map<string, FormatChoice>([
  ['apache/rfc9440', ['rfc9440']],
  ['haproxy/rfc9440', ['rfc9440']],
  ['haproxy/rfc9440ok', ['rfc9440']],
  ['caddy/rfc9440', ['rfc9440']],
  ['apache/chain', ['apache', { chainHeader: 'X-SSL-Client-Cert-Chain-0' }]],
  ['haproxy/chain', ['haproxy', { chainHeader: 'X-SSL-Client-Chain' }]],
]);

export function formatOf({ proxy, location }: Pick<Capture, 'proxy' | 'location'>): FormatChoice {
  return FORMATS.get(proxy + location) ?? [proxy];
}
