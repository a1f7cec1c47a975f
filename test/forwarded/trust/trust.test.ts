import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { connect as http2Connect, createServer as createHttp2Server, type Http2Session } from 'node:http2';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import {
  fromAddresses,
  fromUnixSocket,
  withProxyCertificate,
  withSharedSecret,
  type ForwardedRequest,
} from 'oauth-mtls/forwarded';
import {
  createCertificateAuthority,
  selfSignedCertificate,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

type Trust = (request: ForwardedRequest) => boolean;

const at = (remoteAddress: string | undefined): ForwardedRequest => ({ rawHeaders: [], socket: { remoteAddress } });

/** The answer for a request over a real connection, during the request and after its socket is gone. */
async function overHttp(
  trust: Trust,
  listen: string | number,
  host?: string,
): Promise<[during: boolean, after: boolean]> {
  let answers: [boolean, boolean] | undefined;
  const handler: RequestListener = (request, response) => {
    const during = trust(request);
    response.end();
    request.socket.once('close', () => (answers = [during, trust(request)]));
    request.socket.destroySoon();
  };
  const server: Server = createServer(handler);
  server.listen(listen as number, host);
  await once(server, 'listening');
  const address = server.address();
  const target = typeof address === 'string' ? { socketPath: address } : { host, port: address!.port };
  const request = httpRequest(target).on('error', () => undefined);
  request.end();
  while (answers === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  server.close();
  return answers;
}

describe('fromAddresses', () => {
  it.each([
    ['10.1.2.3', ['10.1.2.3']],
    ['10.1.2.3', ['10.0.0.0/8']],
    ['10.1.2.3', ['192.0.2.0/24', '10.1.2.0/30']],
    ['10.1.2.3', ['10.1.2.2/31']],
    ['10.255.255.255', ['10.0.0.0/8']],
    // a dual-stack server sees IPv4 clients like this
    ['::ffff:10.1.2.3', ['10.0.0.0/8']],
    ['::ffff:a01:203', ['10.1.2.3']],
    ['10.1.2.3', ['::ffff:10.1.2.3']],
    ['10.1.2.3', ['::ffff:10.0.0.0/104']],
    ['::1', ['::1']],
    ['0:0:0:0:0:0:0:1', ['::1']],
    ['2001:DB8::A', ['2001:db8::a']],
    ['2001:db8:1::1', ['2001:db8::/32']],
    ['fe80::1%eth0', ['fe80::/10']],
  ])('%s is in %j', (address, ranges) => {
    expect(fromAddresses(ranges)(at(address))).toBe(true);
  });

  it.each([
    ['11.0.0.0', ['10.0.0.0/8']],
    ['10.1.2.4', ['10.1.2.0/30']],
    ['::1', ['127.0.0.1']],
    ['127.0.0.1', ['::1']],
    ['::10.1.2.3', ['10.1.2.3']],
    ['::10.1.2.3', ['::/8']],
    ['2001:db9::1', ['2001:db8::/32']],
    ['64:ff9b::a01:203', ['10.0.0.0/8']],
    [undefined, ['10.0.0.0/8']],
    ['', ['10.0.0.0/8']],
    ['10.1.2.3, 1.2.3.4', ['10.0.0.0/8']],
    ['010.1.2.3', ['10.0.0.0/8', '8.0.0.0/8']],
    ['0xa.1.2.3', ['10.0.0.0/8']],
    ['10.66051', ['10.0.0.0/8']],
    ['localhost', ['127.0.0.0/8']],
  ])('%s is not in %j', (address, ranges) => {
    expect(fromAddresses(ranges)(at(address))).toBe(false);
  });

  it.each([
    [],
    ['0.0.0.0/0'],
    ['::/0'],
    ['::ffff:0.0.0.0/96'],
    ['10.1.2.3/8'],
    ['2001:db8::1/32'],
    ['10.0.0.0/33'],
    ['::1/129'],
    ['::ffff:10.0.0.0/8'],
    ['10.0.0.0/'],
    ['10.0.0.0/-1'],
    ['10.0.0.0/8/8'],
    ['10.0.0.0/255.0.0.0'],
    ['10.0.0'],
    ['010.0.0.1'],
    ['10'],
    ['fe80::1%eth0'],
    ['::10.1.2.3'],
    ['localhost'],
    ['*'],
    [''],
    ['10.0.0.1', 'x'],
    [10 as unknown as string],
  ])('refuses the list %j', (...ranges) => {
    expect(() => fromAddresses(ranges)).toThrow(TypeError);
  });

  it('takes a list', () => {
    expect(() => fromAddresses('10.0.0.1' as unknown as string[])).toThrow(TypeError);
  });

  it('does not look at headers, and does not trust what has no connection', () => {
    const trust = fromAddresses(['10.0.0.0/8']);
    expect(trust({ rawHeaders: ['X-Forwarded-For', '10.1.2.3', 'Forwarded', 'for=10.1.2.3'] })).toBe(false);
    expect(trust(new Headers({ 'x-forwarded-for': '10.1.2.3' }))).toBe(false);
    expect(trust(new Request('http://10.1.2.3/'))).toBe(false);
  });

  it('knows real connections, over IPv4, IPv6 and both', async () => {
    const loopback = fromAddresses(['127.0.0.1', '::1']);
    expect((await overHttp(loopback, 0, '127.0.0.1'))[0]).toBe(true);
    expect((await overHttp(loopback, 0, '::1'))[0]).toBe(true);
    expect((await overHttp(fromAddresses(['192.0.2.1']), 0, '127.0.0.1'))[0]).toBe(false);
  });
});

describe('fromUnixSocket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-mtls-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('knows a real Unix domain socket', async () => {
    expect((await overHttp(fromUnixSocket(), join(folder, 's')))[0]).toBe(true);
    expect(await overHttp(fromAddresses(['127.0.0.1', '::1']), join(folder, 't'))).toEqual([false, false]);
  });

  it.runIf(process.platform === 'linux')(
    'does not take an abstract socket for one: it has no file permissions',
    async () => {
      expect(await overHttp(fromUnixSocket(), `\0oauth-mtls-${process.pid}`)).toEqual([false, false]);
    },
  );

  it('refuses a socket that the server got as a descriptor: Node does not report its address', async () => {
    const path = join(folder, 'u');
    // listens, as systemd does, and accepts nothing
    const activator = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const server = require('node:net').createServer().listen(workerData, () => {
         parentPort.postMessage(server._handle.fd);
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
       });`,
      { eval: true, workerData: path },
    );
    const [fd] = (await once(activator, 'message')) as [number];
    const answers: boolean[] = [];
    const server = createServer((incoming, response) => {
      answers.push(fromUnixSocket()(incoming));
      response.end();
    }).listen({ fd });
    try {
      await once(server, 'listening');
      expect(server.address()).toBeNull();
      const [response] = await once(httpRequest({ socketPath: path, path: '/', agent: false }).end(), 'response');
      response.resume();
      expect(answers).toEqual([false]);
    } finally {
      await activator.terminate();
      server.close();
    }
  });

  it('does not take a TCP connection for one, not even when it is closed and has no address any more', async () => {
    expect(await overHttp(fromUnixSocket(), 0, '127.0.0.1')).toEqual([false, false]);
  });

  it('does not trust what has no connection', () => {
    expect(fromUnixSocket()({ rawHeaders: [] })).toBe(false);
    expect(fromUnixSocket()(at(undefined))).toBe(false);
    expect(fromUnixSocket()(new Headers())).toBe(false);
  });
});

function isGone(socket: Http2Session['socket']): boolean {
  try {
    return socket.remoteAddress === 'never';
  } catch {
    return true;
  }
}

describe('a closed HTTP/2 session, whose socket throws at every read', () => {
  it('is trusted by none', async () => {
    const trusts = [
      fromAddresses(['127.0.0.1']),
      fromUnixSocket(),
      withProxyCertificate({ dnsNames: ['proxy.example'] }),
    ];
    let socket: Http2Session['socket'] | undefined;
    const during: boolean[] = [];
    const server = createHttp2Server((request, response) => {
      socket = request.stream.session!.socket;
      during.push(...trusts.map((trust) => trust(request)));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = http2Connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': '/' });
    await once(stream.resume(), 'end');
    expect(during).toEqual([true, false, false]);
    session.destroy();
    await expect.poll(() => isGone(socket!)).toBe(true);
    expect(trusts.map((trust) => trust({ rawHeaders: [], socket }))).toEqual([false, false, false]);
    server.close();
  });
});

describe('withSharedSecret', () => {
  const secret = 'correct-horse-battery-staple';
  const trust = withSharedSecret({ header: 'X-Proxy-Secret', secret });
  const request = (...values: string[]) => ({ rawHeaders: values.flatMap((value) => ['x-proxy-secret', value]) });

  it('trusts the secret, and nothing like it', () => {
    expect(trust(request(secret))).toBe(true);
    expect(trust(new Headers({ 'X-Proxy-Secret': secret }))).toBe(true);
    for (const other of [
      '',
      'x',
      secret.slice(1),
      `${secret}x`,
      secret.toUpperCase(),
      ` ${secret}`,
      'y'.repeat(secret.length),
    ]) {
      expect(trust(request(other))).toBe(false);
    }
    expect(trust(request())).toBe(false);
    expect(trust({ rawHeaders: ['X-Other', secret] })).toBe(false);
  });

  it('does not trust a header that came twice', () => {
    expect(trust(request(secret, secret))).toBe(false);
    expect(trust(request('x', secret))).toBe(false);
    expect(
      trust(
        new Headers([
          ['X-Proxy-Secret', 'x'],
          ['X-Proxy-Secret', secret],
        ]),
      ),
    ).toBe(false);
  });

  it('takes the old and the new one while the secret changes', () => {
    const both = withSharedSecret({ header: 'x-proxy-secret', secret: [secret, 'another-secret-of-enough-length'] });
    expect(both(request(secret))).toBe(true);
    expect(both(request('another-secret-of-enough-length'))).toBe(true);
    expect(both(request('third-secret-of-enough-length'))).toBe(false);
  });

  it('takes the same one twice, which is one', () => {
    expect(withSharedSecret({ header: 'x-proxy-secret', secret: [secret, secret] })(request(secret))).toBe(true);
  });

  it.each<[string, unknown]>([
    ['too short', 'x'.repeat(21)],
    ['empty', ''],
    ['not there', undefined],
    ['with a space', `${secret} ${secret}`],
    ['outside ASCII', `${secret}é`],
    ['an empty list', []],
    ['one too short in a list', [secret, 'x']],
  ])('refuses a secret that is %s, without repeating it', (_what, bad) => {
    let thrown: unknown;
    try {
      withSharedSecret({ header: 'x-proxy-secret', secret: bad as string });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).message).not.toContain(secret);
  });

  it('refuses a missing header name', () => {
    expect(() => withSharedSecret({ header: '', secret })).toThrow(TypeError);
    expect(() => withSharedSecret({ secret } as never)).toThrow(TypeError);
  });
});

describe('withProxyCertificate', () => {
  let root: TestAuthority;
  let server: TestCertificate;
  let proxy: TestCertificate;
  let other: TestCertificate;
  let foreign: TestCertificate;
  let self: TestCertificate;

  beforeAll(async () => {
    root = await createCertificateAuthority();
    const foreignRoot = await createCertificateAuthority();
    server = await root.issue({ san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
    proxy = await root.issue({ subject: 'CN=proxy', san: { dns: 'proxy.example' } });
    other = await root.issue({ subject: 'CN=proxy.example', san: { dns: 'other.example', uri: 'proxy.example' } });
    foreign = await foreignRoot.issue({ subject: 'CN=proxy', san: { dns: 'proxy.example' } });
    self = await selfSignedCertificate({ subject: 'CN=proxy', san: { dns: 'proxy.example' } });
  });

  /** The answer for a real TLS connection with this certificate. */
  async function overTls(trust: Trust, client: TestCertificate | undefined): Promise<boolean> {
    let answer: boolean | undefined;
    const options = {
      key: server.privateKeyPem,
      cert: server.pem,
      ca: root.pem,
      requestCert: true,
      rejectUnauthorized: false,
    };
    const listener = createHttpsServer(options, (request, response) => {
      answer = trust(request);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const credentials = client === undefined ? {} : { key: client.privateKeyPem, cert: client.pem };
    const request = httpsRequest({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: root.pem,
      agent: false,
      ...credentials,
    });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    listener.close();
    return answer!;
  }

  it('knows a certificate by its thumbprint, whoever issued it', async () => {
    const trust = withProxyCertificate({ thumbprints: [proxy.certificate.thumbprint, self.certificate.thumbprint] });
    expect(await overTls(trust, proxy)).toBe(true);
    expect(await overTls(trust, self)).toBe(true);
    expect(await overTls(trust, other)).toBe(false);
    expect(await overTls(trust, undefined)).toBe(false);
  });

  it('knows a verified certificate by its DNS name', async () => {
    const trust = withProxyCertificate({ dnsNames: ['PROXY.example'] });
    expect(await overTls(trust, proxy)).toBe(true);
    expect(await overTls(trust, other)).toBe(false);
    expect(await overTls(trust, foreign)).toBe(false);
    expect(await overTls(trust, self)).toBe(false);
    expect(await overTls(trust, undefined)).toBe(false);
  });

  it('does not believe `authorized` of a resumed session on Deno, which says so of every certificate', () => {
    const socket = {
      authorized: true,
      isSessionReused: () => true,
      getPeerX509Certificate: () => ({ raw: self.certificate.der }),
    };
    const request = { rawHeaders: [], socket };
    vi.stubGlobal('Deno', {});
    try {
      expect(withProxyCertificate({ dnsNames: ['proxy.example'] })(request)).toBe(false);
      expect(withProxyCertificate({ thumbprints: [self.certificate.thumbprint] })(request)).toBe(true);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('does not believe `authorized` without a certificate (nodejs/node#35317)', () => {
    const trust = withProxyCertificate({ dnsNames: ['proxy.example'] });
    for (const getPeerX509Certificate of [undefined, () => undefined]) {
      expect(trust({ rawHeaders: [], socket: { authorized: true, getPeerX509Certificate } })).toBe(false);
    }
  });

  it('does not believe `authorized` beside an error, nor a certificate in a renegotiation, as after and in one of TLS 1.2', () => {
    const trust = withProxyCertificate({ dnsNames: ['proxy.example'], thumbprints: [proxy.certificate.thumbprint] });
    const telling = ({ certificate }: TestCertificate, more: object) =>
      trust({
        rawHeaders: [],
        socket: {
          authorized: true,
          authorizationError: null,
          getPeerX509Certificate: () => ({ raw: certificate.der }),
          ...more,
        },
      });
    expect(telling(self, {})).toBe(true);
    expect(telling(self, { authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT' })).toBe(false);
    expect(telling(proxy, { _handle: { handshakes: 0 } })).toBe(true);
    expect(telling(proxy, { _handle: { handshakes: 1 } })).toBe(false);
  });

  it('does not trust plain HTTP, fetch, or a certificate that does not parse', () => {
    const trust = withProxyCertificate({ thumbprints: [proxy.certificate.thumbprint] });
    expect(trust(at('127.0.0.1'))).toBe(false);
    expect(trust(new Headers())).toBe(false);
    expect(trust({ rawHeaders: [], socket: { getPeerX509Certificate: () => ({ raw: new Uint8Array(4) }) } })).toBe(
      false,
    );
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['empty lists', { thumbprints: [], dnsNames: [] }],
    ['a text that is no list', { dnsNames: 'proxy.example' }],
    ['a hexadecimal thumbprint', { thumbprints: ['ab'.repeat(32)] }],
    ['a padded thumbprint', { thumbprints: [`${'a'.repeat(43)}=`] }],
  ])('refuses %s', (_what, options) => {
    expect(() => withProxyCertificate(options)).toThrow(TypeError);
  });
});
