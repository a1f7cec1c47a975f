import { execFileSync } from 'node:child_process';
import { constants } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import {
  connect as connectTcp,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connect,
  createServer as createTlsServer,
  type ConnectionOptions,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { PresentedCertificate } from 'oauth-mtls';
import { mutualTlsOptions, presentedCertificate, type CertificateSource } from 'oauth-mtls/node';
import { createCertificateAuthority, fakeTlsSocket, selfSignedCertificate } from 'oauth-mtls/testing';
import type { TestAuthority, TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

let root: TestAuthority;
let intermediate: TestAuthority;
let server: TestCertificate;
let client: TestCertificate;
let selfSigned: TestCertificate;
const servers: Server[] = [];

beforeAll(async () => {
  root = await createCertificateAuthority();
  intermediate = await root.issueAuthority();
  server = await root.issue({ subject: 'CN=localhost', san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
  client = await intermediate.issue({ subject: 'CN=client' });
  selfSigned = await selfSignedCertificate({ subject: 'CN=self-signed' });
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((each) => new Promise((resolve) => each.close(resolve))));
});

async function listen(listener: Server): Promise<number> {
  servers.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return (listener.address() as AddressInfo).port;
}

function serverOptions(extra: TlsOptions = {}) {
  return mutualTlsOptions({ key: server.privateKeyPem, cert: server.chainPem, ca: root.pem, ...extra });
}

function clientOptions(certificate?: TestCertificate): ConnectionOptions {
  const credentials = certificate && { key: certificate.privateKeyPem, cert: certificate.chainPem };
  return { host: '127.0.0.1', servername: 'localhost', ca: root.pem, ...credentials };
}

/** What a TLS server sees of one client. */
async function handshake(options: ConnectionOptions, extra?: TlsOptions): Promise<PresentedCertificate | undefined> {
  let seen: PresentedCertificate | undefined;
  const listener = createTlsServer(serverOptions(extra), (socket) => {
    seen = presentedCertificate(socket);
    socket.end();
  });
  const port = await listen(listener);
  await new Promise<void>((resolve, reject) => {
    connect({ ...options, port })
      .on('error', reject)
      .on('close', resolve)
      .resume();
  });
  return seen;
}

describe('presentedCertificate', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('tells who presented what over %s', async (version) => {
    const only = { minVersion: version, maxVersion: version };
    expect(await handshake({ ...clientOptions(client), ...only })).toMatchObject({
      certificate: { thumbprint: client.certificate.thumbprint },
      verification: 'verified',
      source: 'tls',
    });
    expect(await handshake({ ...clientOptions(selfSigned), ...only })).toMatchObject({
      certificate: { thumbprint: selfSigned.certificate.thumbprint },
      verification: 'unverified',
    });
    expect(await handshake({ ...clientOptions(), ...only })).toBeUndefined();
  });

  it.each([
    ['expired', { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }],
    ['not yet valid', { notBefore: new Date('2090-01-01'), notAfter: new Date('2091-01-01') }],
    ['for servers only', { extendedKeyUsage: ['serverAuth'] }],
  ])('calls a certificate that is %s unverified', async (_what, options) => {
    const certificate = await intermediate.issue(options);
    expect(await handshake(clientOptions(certificate))).toMatchObject({ verification: 'unverified' });
  });

  it('calls no certificate verified where the server names no authority', async () => {
    expect(await handshake(clientOptions(client), { ca: undefined })).toMatchObject({ verification: 'unverified' });
  });

  it('hands on what the client sent beside its certificate, where Node has not validated it', async () => {
    const seen = await handshake(clientOptions(client), { ca: undefined });
    expect(seen?.intermediates.map(({ thumbprint }) => thumbprint)).toEqual([intermediate.certificate.thumbprint]);
    // version 24 of Node keeps a chain that it has validated to itself
    const validated = await handshake(clientOptions(client));
    const expected = process.versions.node.startsWith('24.') ? [] : [intermediate.certificate.thumbprint];
    expect(validated?.intermediates.map(({ thumbprint }) => thumbprint)).toEqual(expected);
  });

  it('returns the same evidence for the life of a socket, although Node forgets the chain', async () => {
    let seen: (PresentedCertificate | undefined)[] = [];
    const listener = createTlsServer(serverOptions({ ca: undefined }), (socket) => {
      seen = [presentedCertificate(socket), presentedCertificate(socket)];
      socket.on('close', () => seen.push(presentedCertificate(socket)));
      socket.end();
    });
    const port = await listen(listener);
    await new Promise((resolve) =>
      connect({ ...clientOptions(client), port })
        .on('close', resolve)
        .resume(),
    );
    await expect.poll(() => seen.length).toBe(3);
    expect(seen[0]?.intermediates).toHaveLength(1);
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toBe(seen[0]);
  });

  it('takes no certificate for none, not for unavailable, until the socket closes', async () => {
    let socket!: TLSSocket;
    const listener = createTlsServer(serverOptions(), (accepted) => {
      socket = accepted;
      accepted.end();
    });
    const port = await listen(listener);
    await new Promise((resolve) =>
      connect({ ...clientOptions(client), port })
        .on('close', resolve)
        .resume(),
    );
    await expect.poll(() => socket.destroyed).toBe(true);
    expect(() => presentedCertificate(socket)).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_UNAVAILABLE', detail: { reason: 'closed' } }),
    );
  });

  describe('nodejs/node#35317', () => {
    it.each([
      ['a certificate', () => client],
      ['none', () => undefined],
    ])('a resumed TLS 1.3 session keeps %s, whatever Node says of authorized', async (_what, certificate) => {
      const seen: { presented: PresentedCertificate | undefined; resumed: boolean; authorized: boolean }[] = [];
      const listener = createTlsServer(serverOptions({ minVersion: 'TLSv1.3' }), (socket) => {
        seen.push({
          presented: presentedCertificate(socket),
          resumed: socket.isSessionReused(),
          authorized: socket.authorized,
        });
        socket.end('x');
      });
      const port = await listen(listener);
      let session: Buffer | undefined;
      for (let round = 0; round < 2; round++) {
        await new Promise((resolve) => {
          connect({ ...clientOptions(certificate()), port, session })
            .on('session', (ticket) => (session = ticket))
            .on('close', resolve)
            .resume();
        });
      }
      expect(seen.map(({ resumed }) => resumed)).toEqual([false, true]);
      const thumbprints = seen.map(({ presented }) => presented?.certificate.thumbprint);
      const expected = certificate()?.certificate.thumbprint;
      expect(thumbprints).toEqual([expected, expected]);
      if (expected) expect(seen[1]?.presented?.verification).toBe('verified');
    });
  });

  it('sees the certificate of a TLS 1.2 renegotiation, and no longer the state before it', async () => {
    const seen: (string | undefined)[] = [];
    // the first handshake asks for no certificate, and nothing of it is resumed by the second
    const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION;
    const options = { ...serverOptions({ maxVersion: 'TLSv1.2' }), secureOptions, requestCert: false };
    const listener = createTlsServer(options, (socket) => {
      seen.push(presentedCertificate(socket)?.certificate.thumbprint);
      socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, () => {
        seen.push(presentedCertificate(socket)?.certificate.thumbprint);
        socket.end();
      });
    });
    const port = await listen(listener);
    await new Promise((resolve) =>
      connect({ ...clientOptions(client), port })
        .on('close', resolve)
        .resume(),
    );
    expect(seen).toEqual([undefined, client.certificate.thumbprint]);
  });

  describe('a TLS 1.2 renegotiation by the client', () => {
    /** What a server without `mutualTlsOptions` sees of a client that renegotiates with another certificate. */
    async function renegotiate(
      other: TestCertificate,
      serve: (socket: TLSSocket) => void,
      { options = serverOptions(), flight = Infinity }: { options?: TlsOptions; flight?: number } = {},
    ): Promise<void> {
      const port = await listen(createTlsServer(options, (socket) => serve(socket.on('error', () => undefined))));
      let records = Infinity;
      // lets through so many TLS records of the client, and holds back the others
      const wire = createTcpServer((near) => {
        const far = connectTcp(port, '127.0.0.1');
        let rest = Buffer.alloc(0);
        near.on('data', (data) => {
          rest = Buffer.concat([rest, data]);
          for (let end = recordEnd(rest); end <= rest.length; end = recordEnd(rest)) {
            if (records-- > 0) far.write(rest.subarray(0, end));
            rest = rest.subarray(end);
          }
        });
        far.pipe(near).on('error', () => undefined);
        near.on('close', () => far.destroy());
        far.on('error', () => undefined).on('close', () => near.destroy());
      });
      const through = { ...clientOptions(), port: await listen(wire), maxVersion: 'TLSv1.2' } as const;
      // Node's client has one certificate for each context: the first comes back from a session
      const session = await new Promise<Buffer>((resolve, reject) => {
        const first = connect({ ...through, key: client.privateKeyPem, cert: client.chainPem });
        first.on('error', reject).on('session', (ticket) => resolve((first.end(), ticket)));
      });
      const socket = connect({ ...through, session, key: other.privateKeyPem, cert: other.chainPem });
      await new Promise((resolve) => socket.on('error', () => undefined).once('secureConnect', resolve));
      socket.write('before');
      await new Promise((resolve) => setTimeout(resolve, 50));
      records = flight;
      socket.renegotiate({}, () => socket.write('after'));
      await new Promise((resolve) => socket.on('close', resolve).resume());
    }

    const recordEnd = (data: Buffer) => (data.length < 5 ? Infinity : 5 + data.readUInt16BE(3));
    const thumbprints = (seen: readonly (PresentedCertificate | undefined)[]) =>
      seen.map((each) => each && [each.certificate.thumbprint, each.verification]);

    it('does not carry the verdict over to a certificate that nobody has verified', async () => {
      const seen: (PresentedCertificate | undefined)[] = [];
      await renegotiate(
        selfSigned,
        (socket) =>
          socket.on('data', (data) => {
            seen.push(presentedCertificate(socket));
            if (data.toString() === 'after') socket.end();
          }),
        { options: { ...serverOptions(), secureOptions: 0 } },
      );
      expect(thumbprints(seen)).toEqual([
        [client.certificate.thumbprint, 'verified'],
        [selfSigned.certificate.thumbprint, 'unverified'],
      ]);
    });

    it.each([true, false])('does not tell a certificate before its key is proven, read before: %s', async (early) => {
      const victim = await intermediate.issue({ subject: 'CN=victim' });
      const seen: unknown[] = [];
      const told: unknown[] = [];
      await renegotiate(
        victim,
        (socket) =>
          socket.on('data', () => {
            if (early) presentedCertificate(socket);
            setTimeout(() => {
              told.push(socket.getPeerX509Certificate()?.subject);
              try {
                seen.push(presentedCertificate(socket)?.certificate.thumbprint);
              } catch (error) {
                seen.push((error as { detail?: unknown }).detail);
              }
              socket.destroy();
            }, 300);
          }),
        // ClientHello and Certificate, and neither ClientKeyExchange nor CertificateVerify
        { options: { ...serverOptions(), secureOptions: 0 }, flight: 2 },
      );
      expect(seen).toEqual([early ? client.certificate.thumbprint : { reason: 'renegotiated' }]);
      expect(told).toEqual(['CN=victim']);
    });

    it('is refused where `mutualTlsOptions` made the server', async () => {
      const told: unknown[] = [];
      await renegotiate(selfSigned, (socket) =>
        socket.on('data', () =>
          setTimeout(() => {
            told.push(socket.getPeerX509Certificate()?.subject);
            socket.destroy();
          }, 300),
        ),
      );
      expect(told).toEqual(['CN=client']);
    });
  });

  it('reads HTTPS requests, and keeps the answer on a keep-alive connection', async () => {
    const seen: (PresentedCertificate | undefined)[] = [];
    const listener = createServer(serverOptions(), (request, response) => {
      seen.push(presentedCertificate(request));
      response.end();
    });
    const port = await listen(listener);
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...clientOptions(client) });
    for (let i = 0; i < 3; i++)
      await get((done) => httpsRequest({ agent, port, host: '127.0.0.1', servername: 'localhost' }, done));
    agent.destroy();
    expect(seen[0]?.certificate.thumbprint).toBe(client.certificate.thumbprint);
    expect(new Set(seen).size).toBe(1);
  });

  it('is not misled by what middleware puts on a request, such as a session', async () => {
    const seen: (string | undefined)[] = [];
    const listener = createServer(serverOptions(), (request, response) => {
      Object.assign(request, { session: { encrypted: false, socket: {} } });
      seen.push(presentedCertificate(request)?.certificate.thumbprint);
      response.end();
    });
    const port = await listen(listener);
    await get((done) => httpsRequest({ agent: false, port, ...clientOptions(client) }, done));
    expect(seen).toEqual([client.certificate.thumbprint]);
  });

  it('reads HTTP/2 requests and streams, also after the session has closed', async () => {
    const seen: (PresentedCertificate | undefined)[] = [];
    const sources: CertificateSource[] = [];
    const late: CertificateSource[] = [];
    const listener = createSecureServer(serverOptions({ ca: undefined }), (request, response) => {
      if (request.url === '/late') late.push(request, request.stream);
      else {
        sources.push(request, request.stream);
        seen.push(presentedCertificate(request), presentedCertificate(request.stream));
      }
      response.end();
    });
    const port = await listen(listener);
    const session = connectHttp2(`https://localhost:${port}`, { ...clientOptions(client), lookup: loopback } as object);
    for (const path of ['/', '/late']) {
      await new Promise((resolve) => session.request({ ':path': path }).on('close', resolve).resume());
    }
    await new Promise<void>((resolve) => session.close(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen[0]?.certificate.thumbprint).toBe(client.certificate.thumbprint);
    expect(seen[0]?.intermediates).toHaveLength(1);
    for (const source of sources) expect(presentedCertificate(source)).toBe(seen[0]);
    for (const source of late) {
      expect(() => presentedCertificate(source)).toThrow(
        expect.objectContaining({ code: 'ERR_CERTIFICATE_UNAVAILABLE', detail: { reason: 'closed' } }),
      );
    }
  });

  it('finds no certificate on a connection without TLS', async () => {
    let seen: unknown = 'nothing yet';
    const listener = createHttpServer((request, response) => {
      seen = presentedCertificate(request);
      response.end();
    });
    const port = await listen(listener);
    await get((done) => httpRequest({ port, host: '127.0.0.1' }, done));
    expect(seen).toBeUndefined();
  });

  it('takes no verdict of a resumed session from Deno, which calls every certificate on one authorized', () => {
    const resumed = () =>
      Object.assign(fakeTlsSocket({ certificate: selfSigned, authorized: true }), { isSessionReused: () => true });
    expect(presentedCertificate(resumed())).toMatchObject({ verification: 'verified' });
    vi.stubGlobal('Deno', {});
    try {
      expect(presentedCertificate(resumed())).toMatchObject({ verification: 'unknown' });
      expect(presentedCertificate(Object.assign(resumed(), { isSessionReused: undefined }))).toMatchObject({
        verification: 'unknown',
      });
      expect(presentedCertificate(fakeTlsSocket({ certificate: client, authorized: true }))).toMatchObject({
        verification: 'verified',
      });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('fails closed where the runtime says authorized but cannot tell the certificate, as Bun does', () => {
    const socket = { encrypted: true, authorized: true, destroyed: false } as unknown as TLSSocket;
    expect(() => presentedCertificate(socket)).toThrow(
      expect.objectContaining({ code: 'ERR_CERTIFICATE_UNAVAILABLE', detail: { reason: 'runtime' } }),
    );
  });

  it('throws a TypeError for anything that leads to no socket', () => {
    for (const source of [undefined, null, 'socket', {}, { headers: {} }, { socket: {} }]) {
      expect(() => presentedCertificate(source as unknown as Socket)).toThrow(TypeError);
    }
  });

  it('agrees with OpenSSL’s own client about what was sent', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'oauth-mtls-'));
    try {
      const key = join(directory, 'key.pem');
      const cert = join(directory, 'cert.pem');
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=openssl'],
        { stdio: 'ignore' },
      );
      const sent = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
      const fingerprint = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256'], {
        encoding: 'utf8',
      });
      const hex = fingerprint.split('=')[1]!.trim().replaceAll(':', '');
      const seen = await handshake({ ...clientOptions(), ...sent });
      expect(seen?.certificate.thumbprint).toBe(Buffer.from(hex, 'hex').toString('base64url'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('mutualTlsOptions', () => {
  it('asks for certificates, and trusts nobody unless told to', () => {
    const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
    expect(mutualTlsOptions({})).toEqual({
      ca: [],
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      secureOptions,
    });
    const noTicket = constants.SSL_OP_NO_TICKET;
    expect(
      mutualTlsOptions({ ca: 'x', rejectUnauthorized: true, minVersion: 'TLSv1.3', secureOptions: noTicket }),
    ).toEqual({
      ca: 'x',
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      secureOptions: secureOptions | noTicket,
    });
  });

  it.each([
    { requestCert: false },
    { ca: '' },
    { ca: Buffer.alloc(0) },
    { ca: false as never },
    { secureContext: {} as never },
    { pfx: 'x' },
  ])('refuses %o', (options) => {
    expect(() => mutualTlsOptions(options)).toThrow(TypeError);
  });
});

async function get(send: (done: (response: IncomingMessage) => void) => ReturnType<typeof httpRequest>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    send((response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
}

function loopback(
  _host: string,
  _options: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, '127.0.0.1', 4);
}
