import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import {
  createCertificateAuthority,
  hostileCertificates,
  selfSignedCertificate,
  type HostileCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';
import { codeBlocks } from '../documentation.js';
import { installPackages, toJavaScript } from './install-packages.js';
import { temporaryFolder } from './programs.js';

/*
 * Every server in the documentation, run as it is printed, against what anybody on the network can send. Each has to
 * answer, to go on, and to log what it answers 500 to.
 */
const servers = codeBlocks().filter(({ language, code }) => language === 'ts' && /\.listen\(|\bserve\(/.test(code));
const folder = temporaryFolder();
let authority: TestAuthority;
let hostile: readonly HostileCertificate[];
let honest: TestCertificate;

beforeAll(async () => {
  authority = await createCertificateAuthority();
  hostile = await hostileCertificates();
  honest = await selfSignedCertificate();
  const server = await authority.issue({ san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
  writeFileSync(join(folder.path, 'server.key'), server.privateKeyPem);
  writeFileSync(join(folder.path, 'server.crt'), server.chainPem);
  writeFileSync(join(folder.path, 'client-ca.crt'), authority.pem);
  installPackages(folder.path);
});
afterAll(() => folder.remove());

interface RunningServer {
  readonly port: number;
  readonly tls: boolean;
  readonly child: ChildProcess;
  output(): string;
}

async function start(code: string): Promise<RunningServer> {
  const program = join(folder.path, 'server.mjs');
  writeFileSync(program, toJavaScript(code));
  const preload = fromRoot('test/interop/documented-servers-preload.js');
  const child = fork(program, { cwd: folder.path, execArgv: ['--import', preload], silent: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The server has ended:\n${output}`);
  });
  const [{ port, tls }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number; tls: boolean }];
  ended.catch(() => undefined);
  return { port, tls, child, output: () => output };
}

interface Sent {
  /** What goes over the wire; `$HOST` is the host. */
  readonly bytes: string;
  /** Ends the writing side at once. */
  readonly halfClose?: boolean;
  /** Ends the connection at once. */
  readonly reset?: boolean;
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
}

/** The status of the answer; 0 where the server closed the connection without one, and -1 where it does neither. */
function send({ port, tls }: RunningServer, { bytes, halfClose, reset, certificate }: Sent): Promise<number> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port };
    const socket = tls
      ? connectTls({ ...options, servername: 'localhost', ca: authority.pem, ...certificate })
      : connectPlain(options);
    let received = '';
    const timer = setTimeout(() => {
      resolve(-1);
      socket.destroy();
    }, 3000);
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += String(chunk);
      if (/^HTTP\/1\.1 \d{3}/.test(received)) socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0));
    });
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.write(bytes, 'latin1');
      if (halfClose) socket.end();
      if (reset) setImmediate(() => socket.destroy());
    });
  });
}

/** The paths and methods that the documented servers know. */
const targets = ['GET /accounts', 'POST /token', 'GET /.well-known/openid-configuration'];
const head = (lines: readonly string[] = [], target = targets[0]!) =>
  [`${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n');
const form = (body: string, lines: readonly string[] = []) => {
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return head([type, `Content-Length: ${body.length}`, ...lines], targets[1]) + body;
};
const unsigned = ['{"alg":"none"}', '{"sub":"admin"}', '']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');
const signed = ['{"alg":"ES256","typ":"at+jwt"}', '{"sub":"admin"}', 'x'.repeat(64)]
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

/** What is sent over an honest connection, and whether an answer has to come. */
const requests: [name: string, sent: Sent, answer?: boolean][] = [
  ...targets.map((target): [string, Sent] => [target, { bytes: head([], target) }]),
  ['a garbage bearer token', { bytes: head(['Authorization: Bearer garbage']) }],
  ['an unsigned bearer token', { bytes: head([`Authorization: Bearer ${unsigned}`]) }],
  ['a bearer token with a wrong signature', { bytes: head([`Authorization: Bearer ${signed}`]) }],
  ['a bearer token that is no token68', { bytes: head(['Authorization: Bearer \xff"\\,']) }],
  ['two Authorization lines', { bytes: head(['Authorization: Bearer a.b.c', 'Authorization: Bearer d.e.f']) }],
  ['a DPoP proof', { bytes: head(['Authorization: DPoP a.b.c', 'DPoP: a', 'DPoP: b']) }],
  ['a token in the query', { bytes: head(['Authorization: Bearer a'], 'GET /accounts?access_token=%') }],
  ['an escape that is none in the target', { bytes: head([], 'GET /%ff%') }],
  ['a target with two slashes', { bytes: head([], 'GET //[') }],
  ['an absolute target', { bytes: head([], 'GET http://[::1/accounts') }],
  ['the target *', { bytes: head([], 'OPTIONS *') }],
  ['a host that is none', { bytes: head(['X: 1']).replace('localhost', 'a@[b"') }],
  ['no host', { bytes: 'GET /accounts HTTP/1.0\r\n\r\n' }],
  ['a garbage certificate header', { bytes: head(['X-SSL-Client-Cert: %%%', 'X-SSL-Client-Verify: SUCCESS']) }],
  ['two certificate headers', { bytes: head(['X-SSL-Client-Cert: a', 'X-SSL-Client-Cert: b']) }],
  ['a verdict without a certificate', { bytes: head(['X-SSL-Client-Verify: SUCCESS']) }],
  ['an RFC 9440 header', { bytes: head(['Client-Cert: :AAAA:', 'Client-Cert-Chain: x']) }],
  ['a huge header', { bytes: head([`X-SSL-Client-Cert: ${'a'.repeat(60_000)}`]) }, false],
  ['a huge bearer token', { bytes: head([`Authorization: Bearer ${'a'.repeat(14_000)}`]) }],
  ['more than 1,000 headers', { bytes: head(Array.from({ length: 1500 }, (_, at) => `a${at}: 1`)) }],
  ['a form without client_id', { bytes: form('grant_type=client_credentials') }],
  ['a form with client_id', { bytes: form('grant_type=client_credentials&client_id=payments') }],
  ['a form with two of them', { bytes: form('client_id=payments&client_id=__proto__') }],
  ['a form that is none', { bytes: form('\xff%\0[]=') }],
  ['a form that is too large', { bytes: form(`client_id=${'a'.repeat(100_000)}`) }, false],
  [
    'a form that is shorter than announced',
    { bytes: form('client_id=a').replace(/Length: \d+/, 'Length: 999'), halfClose: true },
    false,
  ],
  ['a body in another encoding', { bytes: form('client_id=a', ['Content-Encoding: gzip']) }],
  ['a body of another type', { bytes: form('{').replace('x-www-form-urlencoded', 'json') }],
  ['a half-closed connection', { bytes: head(), halfClose: true }, false],
  [
    'half a request on a half-closed connection',
    { bytes: 'GET /accounts HTTP/1.1\r\nHost: a', halfClose: true },
    false,
  ],
  ['a request whose answer nobody reads', { bytes: head(['Authorization: Bearer a']), reset: true }, false],
  ['half a form whose sender goes away', { bytes: form('client_id=a').slice(0, -5), reset: true }, false],
  ['something that is not HTTP', { bytes: '\x16\x03\x01\0\0\r\n\r\n' }, false],
];

describe.each(servers.map(({ name, code }) => [name, code] as const))('%s', (_name, code) => {
  let server: RunningServer;
  let usual: number;

  const sendUsual = () => send(server, { bytes: head() });
  /** Sends something hostile: the server answers, logs what it answers 500 to, and goes on as before. */
  const attack = async (name: string, sent: Sent, answers: boolean): Promise<number> => {
    const before = server.output().length;
    const status = await send(server, sent);
    if (answers) expect([name, status]).toEqual([name, expect.toSatisfy((each: number) => each >= 200)]);
    expect([name, status]).not.toEqual([name, -1]);
    if (status === 500) {
      await expect.poll(() => server.output().length, { message: `${name} is logged` }).toBeGreaterThan(before);
    }
    expect([name, await sendUsual()]).toEqual([name, usual]);
    expect([name, server.child.exitCode, server.child.signalCode]).toEqual([name, null, null]);
    return status;
  };

  beforeAll(async () => {
    server = await start(code);
    usual = await sendUsual();
  });
  afterAll(async () => {
    const ended = once(server.child, 'exit');
    server.child.kill();
    await ended;
  });

  it('answers', () => {
    expect(usual).toSatisfy((status: number) => status >= 200 && status < 500);
  });

  it.each(requests)('survives %s', async (name, sent, answers = true) => {
    await attack(name, sent, answers);
    const certificate = { cert: honest.pem, key: honest.privateKeyPem };
    if (server.tls) await attack(`${name}, with a certificate`, { ...sent, certificate }, answers);
  });

  it('survives every hostile certificate that a client can present', async () => {
    if (!server.tls) return;
    const presentable = hostile.filter(({ privateKeyPem }) => privateKeyPem !== undefined);
    expect(presentable.length).toBeGreaterThan(5);
    for (const { name, input, privateKeyPem } of presentable) {
      const certificate = { cert: toPem(input as Uint8Array), key: privateKeyPem! };
      for (const bytes of [head(['Authorization: Bearer a.b.c']), form('client_id=payments')])
        await attack(name, { bytes, certificate }, true);
    }
  });

  it('survives every hostile certificate in a header', async () => {
    for (const { name, input, parses } of hostile) {
      const value = encodeURIComponent(typeof input === 'string' ? input : toPem(input));
      for (const verdict of ['FAILED:self-signed certificate', 'NONE']) {
        const sent = { bytes: head([`X-SSL-Client-Cert: ${value}`, `X-SSL-Client-Verify: ${verdict}`]) };
        // the largest of them is beyond the limit of Node for all headers
        const status = await attack(`${name}, ${verdict}`, sent, value.length < 12_000);
        if (!server.tls && !parses) expect([name, status]).not.toEqual([name, 500]);
      }
    }
  });
});

it('runs the servers of the README, the guides and the doc comments', () => {
  const origins = new Set(servers.map(({ name }) => name.replace(/#\d+$/, '')));
  for (const each of ['README.md', 'docs/proxies.md', 'docs/authorization-servers.md', 'docs/resource-servers.md'])
    expect(origins).toContain(each);
  for (const each of ['src/node/presented-certificate.ts', 'src/forwarded/certificate-reader.ts'])
    expect(origins).toContain(each);
  // one that starts a server has to be found
  const missed = codeBlocks().filter(
    ({ language, code }) =>
      language === 'ts' && /createServer\([^)]*\{|fastify\(\{/.test(code) && !/\.listen\(|\bserve\(/.test(code),
  );
  expect(missed.map(({ name }) => name)).toEqual([]);
});

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
