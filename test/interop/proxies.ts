import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';

import { apache, caddy, haproxy, nginx, rfc9440, type ForwardedFormat } from 'oauth-mtls/forwarded';

import { fromRoot } from '../../subpaths.js';
import { freePort, startProgram, type RunningProgram } from './programs.js';

/** Files and ports that a configuration is made for. */
export interface Site {
  readonly folder: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCa: string;
  readonly application: number;
}

/** What becomes of a client that the proxy's authorities do not vouch for. */
export type Handling = 'refused' | 'unverified' | 'unknown';

export interface ProxyRecipe {
  readonly title: string;
  readonly program: string;
  readonly packageName: string;
  /** The documented configuration, below docs/proxies. */
  readonly recipe: string;
  /** The format that the documentation names for it. */
  readonly format: () => ForwardedFormat;
  /** Changes to the recipe, as its comments describe them. */
  readonly changes?: readonly (readonly [from: string, to: string])[];
  /** Default both. */
  readonly protocols?: readonly SecureVersion[];
  readonly handling: {
    readonly good: 'verified' | 'unknown';
    readonly expired: Handling;
    readonly unknown: Handling;
    readonly selfSigned: Handling;
  };
  /** Whether the chain that the client sent arrives. */
  readonly chain: boolean;
  /** What a certificate of more than 16 KiB becomes. */
  readonly large: 'read' | 'refused';
  /** The lines that make the recipe safe: without them the control has to fail. */
  readonly guards: RegExp;
  readonly start: (configuration: string, site: Site, port: number) => Promise<RunningProgram>;
}

const pem = ({ serverCert, serverKey }: Site) => readFileSync(serverCert, 'utf8') + readFileSync(serverKey, 'utf8');

async function startNginx(configuration: string, site: Site, port: number): Promise<RunningProgram> {
  const file = join(site.folder, 'nginx.conf');
  mkdirSync(join(site.folder, 'tmp'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${site.folder}/tmp;`)
    .join('\n');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${site.folder}/nginx.pid; error_log stderr;
events { worker_connections 64; }
http {
${temporary}
access_log off;
large_client_header_buffers 4 64k;
${configuration
  .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
  .replace('/etc/nginx/tls/server.crt', site.serverCert)
  .replace('/etc/nginx/tls/server.key', site.serverKey)
  .replace('/etc/nginx/tls/client-ca.crt', site.clientCa)
  .replace('127.0.0.1:3000', `127.0.0.1:${site.application}`)}
}`,
  );
  return startProgram('nginx', ['-p', site.folder, '-e', 'stderr', '-c', file], port);
}

async function startApache(configuration: string, site: Site, port: number): Promise<RunningProgram> {
  const file = join(site.folder, 'httpd.conf');
  const modules = ['mpm_event', 'authz_core', 'socache_shmcb', 'ssl', 'headers', 'proxy', 'proxy_http'];
  writeFileSync(
    file,
    `ServerRoot ${site.folder}
PidFile ${site.folder}/httpd.pid
DefaultRuntimeDir ${site.folder}
Mutex file:${site.folder} default
ErrorLog ${site.folder}/error.log
ServerName app.example
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
SSLSessionCache shmcb:${site.folder}/scache(512000)
LimitRequestFieldSize 65000
StartServers 1
ThreadsPerChild 4
MinSpareThreads 1
MaxSpareThreads 4
MaxRequestWorkers 4
Listen 127.0.0.1:${port}
${configuration
  .replace('*:443', `127.0.0.1:${port}`)
  .replace('/etc/apache2/tls/server.crt', site.serverCert)
  .replace('/etc/apache2/tls/server.key', site.serverKey)
  .replace('/etc/apache2/tls/client-ca.crt', site.clientCa)
  .replace('127.0.0.1:3000', `127.0.0.1:${site.application}`)}`,
  );
  return startProgram('apache2', ['-d', site.folder, '-f', file, '-DFOREGROUND'], port);
}

async function startHaproxy(configuration: string, site: Site, port: number): Promise<RunningProgram> {
  const file = join(site.folder, 'haproxy.cfg');
  const server = join(site.folder, 'server.pem');
  writeFileSync(server, pem(site));
  writeFileSync(
    file,
    `global
  maxconn 64
  nbthread 1
defaults
  timeout client 10s
  timeout server 10s
  timeout connect 3s
${configuration
  .replace('bind :443', `bind 127.0.0.1:${port}`)
  .replace('/etc/haproxy/tls/server.pem', server)
  .replace('/etc/haproxy/tls/client-ca.crt', site.clientCa)
  .replace('127.0.0.1:3000', `127.0.0.1:${site.application}`)}`,
  );
  return startProgram('haproxy', ['-db', '-f', file], port);
}

async function startCaddy(configuration: string, site: Site, port: number): Promise<RunningProgram> {
  const file = join(site.folder, 'Caddyfile');
  const httpPort = await freePort();
  writeFileSync(
    file,
    `{
	admin off
	auto_https off
	http_port ${httpPort}
	skip_install_trust
}
${configuration
  .replace('app.example {', `https://app.example:${port} {\n\tbind 127.0.0.1`)
  .replace('/etc/caddy/tls/server.crt', site.serverCert)
  .replace('/etc/caddy/tls/server.key', site.serverKey)
  .replace('/etc/caddy/tls/client-ca.crt', site.clientCa)
  .replace('127.0.0.1:3000', `127.0.0.1:${site.application}`)}`,
  );
  const home = { XDG_DATA_HOME: site.folder, XDG_CONFIG_HOME: site.folder, HOME: site.folder };
  return startProgram('caddy', ['run', '--adapter', 'caddyfile', '--config', file], port, home);
}

const strict = { good: 'verified', expired: 'refused', unknown: 'refused', selfSigned: 'refused' } as const;
const nginxRecipe = {
  program: 'nginx',
  packageName: 'nginx-light',
  recipe: 'nginx.conf',
  format: () => nginx(),
  chain: false,
  large: 'read',
  guards: /proxy_set_header (X-SSL|Client)/,
  start: startNginx,
} as const;
const apacheRecipe = {
  program: 'apache2',
  packageName: 'apache2',
  recipe: 'apache.conf',
  format: () => apache({ chainHeader: 'X-SSL-Client-Cert-Chain' }),
  chain: true,
  large: 'read',
  guards: /RequestHeader/,
  start: startApache,
} as const;
const haproxyRecipe = {
  program: 'haproxy',
  packageName: 'haproxy',
  recipe: 'haproxy.cfg',
  format: () => haproxy({ chainHeader: 'X-SSL-Client-Cert-Chain' }),
  chain: true,
  large: 'refused',
  guards: /http-request/,
  start: startHaproxy,
} as const;
const caddyRecipe = {
  program: 'caddy',
  packageName: 'caddy',
  recipe: 'Caddyfile',
  format: () => caddy({ verifiedByProxy: true }),
  chain: false,
  large: 'read',
  guards: /request_header|header_up/,
  start: startCaddy,
} as const;

const rfc = () => rfc9440({ statusHeader: 'X-SSL-Client-Verify' });
const lenient = { good: 'verified', expired: 'refused', unknown: 'unverified', selfSigned: 'unverified' } as const;

const selfSigned = [
  ['#SSLVerifyClient', 'SSLVerifyClient'],
  ['#SSLProtocol', 'SSLProtocol'],
] as const;
/** What the comments of the Apache recipes warn of. */
export const unsafeApache: ProxyRecipe = {
  ...apacheRecipe,
  title: 'Apache, unsafe',
  changes: selfSigned.slice(0, 1),
  handling: lenient,
};

export const recipes: readonly ProxyRecipe[] = [
  { ...nginxRecipe, title: 'nginx', handling: lenient },
  {
    ...nginxRecipe,
    title: 'nginx, optional',
    changes: [['ssl_verify_client optional_no_ca', 'ssl_verify_client optional']],
    handling: strict,
  },
  { ...apacheRecipe, title: 'Apache', handling: strict },
  { ...apacheRecipe, title: 'Apache, optional_no_ca', changes: selfSigned, protocols: ['TLSv1.3'], handling: lenient },
  {
    ...apacheRecipe,
    title: 'Apache, RFC 9440',
    recipe: 'apache-rfc9440.conf',
    format: rfc,
    chain: false,
    handling: strict,
  },
  {
    ...apacheRecipe,
    title: 'Apache, RFC 9440, optional_no_ca',
    recipe: 'apache-rfc9440.conf',
    changes: selfSigned,
    protocols: ['TLSv1.3'],
    format: rfc,
    chain: false,
    handling: lenient,
  },
  { ...haproxyRecipe, title: 'HAProxy', handling: { ...lenient, expired: 'unverified' } },
  {
    ...haproxyRecipe,
    title: 'HAProxy, no errors ignored',
    changes: [[' crt-ignore-err all ca-ignore-err all', '']],
    handling: strict,
  },
  {
    ...haproxyRecipe,
    title: 'HAProxy, RFC 9440',
    recipe: 'haproxy-rfc9440.cfg',
    format: rfc,
    chain: false,
    handling: { ...lenient, expired: 'unverified' },
  },
  { ...caddyRecipe, title: 'Caddy', handling: strict },
  {
    ...caddyRecipe,
    title: 'Caddy, request',
    changes: [['mode verify_if_given', 'mode request']],
    format: () => caddy(),
    handling: { good: 'unknown', expired: 'unknown', unknown: 'unknown', selfSigned: 'unknown' },
  },
];

/** The text of a recipe, with its changes made. */
export function readRecipe({ recipe, changes = [] }: ProxyRecipe): string {
  let text = readFileSync(fromRoot(`docs/proxies/${recipe}`), 'utf8');
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2) throw new Error(`${recipe} does not have '${from}' once`);
    text = text.replace(from, to);
  }
  return text;
}

/** A recipe without the lines that guard it. */
export function withoutGuards(recipe: ProxyRecipe): string {
  return readRecipe(recipe)
    .split('\n')
    .filter((line) => line.trimStart().startsWith('#') || !recipe.guards.test(line))
    .join('\n');
}
