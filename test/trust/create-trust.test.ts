import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { connect as connectTcp, type Server } from 'node:net';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { connect, type ConnectionOptions, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { MtlsError } from 'oauth-mtls';
import { presentedCertificate } from 'oauth-mtls/node';
import { createTrust, type Trust, type TrustOptions } from 'oauth-mtls/trust';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '../wait-until.js';
import { createAuthority, crlNumber, Folder, listen, serverCertificate } from './authorities.js';

let serverRoot: TestAuthority;
let oldRoot: TestAuthority;
let newRoot: TestAuthority;
let server: TestCertificate;
let renewed: TestCertificate;
let oldClient: TestCertificate;
let newClient: TestCertificate;
let folder: Folder;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  [serverRoot, oldRoot, newRoot] = (await Promise.all(
    ['Server Root', 'Old Root', 'New Root'].map(createAuthority),
  )) as [TestAuthority, TestAuthority, TestAuthority];
  server = await serverCertificate(serverRoot);
  renewed = await serverCertificate(serverRoot);
  oldClient = await oldRoot.issue({ subject: 'CN=old' });
  newClient = await newRoot.issue({ subject: 'CN=new' });
});

beforeEach(() => {
  folder = new Folder();
  cleanups.push(() => folder.dispose());
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function create(options: Partial<TrustOptions> = {}): Promise<Trust> {
  const trust = await createTrust({
    anchors: oldRoot.pem,
    server: { key: server.privateKeyPem, cert: server.chainPem },
    ...options,
  });
  cleanups.push(() => trust.close());
  return trust;
}

async function serve(listener: Server): Promise<number> {
  const port = await listen(listener);
  cleanups.push(async () => {
    if ('closeAllConnections' in listener) (listener as HttpsServer).closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  });
  return port;
}

/** An HTTPS server that answers what the TLS layer says of the client. */
async function serveVerdicts(trust: Trust): Promise<number> {
  const listener = createServer(trust.serverOptions(), (request, response) => {
    response.end(presentedCertificate(request)?.verification ?? 'none');
  });
  trust.attach(listener);
  return serve(listener);
}

function connectTo(port: number, client?: TestCertificate, extra: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const credentials = client && { key: client.privateKeyPem, cert: client.chainPem };
    const socket = connect(
      { host: '127.0.0.1', port, servername: 'localhost', ca: serverRoot.pem, ...credentials, ...extra },
      () => resolve(socket),
    );
    socket.on('error', reject);
    cleanups.push(() => socket.destroy());
  });
}

/** Sends a request over a connection and returns the body. */
function ask(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (end < 0 || text.length < end + 4 + length) return;
      socket.off('data', read);
      resolve(text.slice(end + 4));
    };
    socket.on('data', read).once('error', reject);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
}

describe('createTrust', () => {
  it('renews anchors and the key of a server in place, from mounted secrets', async () => {
    folder.mount({ 'ca.crt': oldRoot.pem, 'tls.key': server.privateKeyPem, 'tls.crt': server.chainPem });
    const onReload = vi.fn();
    const trust = await create({
      anchors: folder.file('ca.crt'),
      server: { key: folder.file('tls.key'), cert: folder.file('tls.crt') },
      onReload,
    });
    const port = await serveVerdicts(trust);
    const early = await connectTo(port, oldClient);
    expect(await ask(early)).toBe('verified');
    expect(await ask(await connectTo(port, newClient))).toBe('unverified');
    expect(await ask(await connectTo(port))).toBe('none');

    folder.mount({ 'ca.crt': newRoot.pem, 'tls.key': renewed.privateKeyPem, 'tls.crt': renewed.chainPem });
    await waitUntil(() => onReload.mock.calls.length > 0);
    expect(onReload.mock.calls).toEqual([[['path', 'server']]]);
    const late = await connectTo(port, newClient);
    expect(late.getPeerX509Certificate()?.serialNumber.toLowerCase()).toBe(renewed.certificate.serialNumber);
    expect(await ask(late)).toBe('verified');
    expect(await ask(await connectTo(port, oldClient))).toBe('unverified');
    expect(await ask(early)).toBe('unknown');
    await trust.pathVerifier.verify(newClient.pem);
    await expect(trust.pathVerifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_NO_ANCHOR' });
  });

  it.each<[how: string, change: (content: string) => void]>([
    ['is written in place', (content) => folder.write('ca.crt', content)],
    ['is replaced by a rename', (content) => folder.replace('ca.crt', content)],
    [
      'is deleted and written again',
      (content) => {
        folder.delete('ca.crt');
        folder.write('ca.crt', content);
      },
    ],
    [
      'is a symlink that leads elsewhere',
      (content) => {
        folder.write('elsewhere.crt', content);
        rmSync(folder.file('ca.crt'));
        symlinkSync('elsewhere.crt', folder.file('ca.crt'));
      },
    ],
    ['is in a folder whose symlink is swapped', (content) => folder.mount({ 'ca.crt': content })],
  ])('sees that a file %s', async (how, change) => {
    if (how.startsWith('is in')) folder.mount({ 'ca.crt': oldRoot.pem });
    else folder.write('ca.crt', oldRoot.pem);
    const trust = await create({ anchors: folder.file('ca.crt'), refreshInterval: 3600 });
    for (const [root, client] of [
      [newRoot, newClient],
      [oldRoot, oldClient],
    ] as const) {
      change(root.pem);
      await waitUntil(() => trust.pathVerifier.verify(client.pem).then(Boolean, () => false));
    }
  });

  it('polls where watching does not see a change', async () => {
    const [real, elsewhere] = [new Folder(), new Folder()];
    cleanups.push(
      () => real.dispose(),
      () => elsewhere.dispose(),
    );
    real.write('ca.crt', oldRoot.pem);
    elsewhere.write('ca.crt', newRoot.pem);
    // the folder above the folder is not watched
    symlinkSync(real.path, folder.file('link'));
    const trust = await create({ anchors: `${folder.file('link')}/ca.crt`, refreshInterval: 0.05 });
    symlinkSync(elsewhere.path, folder.file('next'));
    renameSync(folder.file('next'), folder.file('link'));
    await waitUntil(() => trust.pathVerifier.verify(newClient.pem).then(Boolean, () => false));
  });

  it('does not hold back what one source brings because another one is broken', async () => {
    folder.write('ca.crt', oldRoot.pem);
    folder.write('tls.key', server.privateKeyPem);
    folder.write('tls.crt', server.chainPem);
    const onFailure = vi.fn();
    const trust = await create({
      anchors: [folder.file('ca.crt'), newRoot.pem],
      server: { key: folder.file('tls.key'), cert: folder.file('tls.crt') },
      onFailure,
    });
    folder.write('ca.crt', 'broken');
    folder.write('tls.key', renewed.privateKeyPem);
    folder.write('tls.crt', renewed.chainPem);
    await trust.reload();
    expect(trust.serverOptions().cert).toBe(renewed.pem);
    await trust.pathVerifier.verify(oldClient.pem);
    await trust.pathVerifier.verify(newClient.pem);
    expect(onFailure).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'ERR_TRUST_SOURCE' }),
      folder.file('ca.crt'),
    );
    const failing = trust.status.sources.filter(({ lastFailure }) => lastFailure !== undefined);
    expect(failing.map(({ name, kind }) => [name, kind])).toEqual([[folder.file('ca.crt'), 'anchor']]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resumes no session of %s that began under other anchors',
    async (version) => {
      folder.write('ca.crt', oldRoot.pem);
      folder.write('tls.key', server.privateKeyPem);
      folder.write('tls.crt', server.chainPem);
      const trust = await create({
        anchors: folder.file('ca.crt'),
        server: { key: folder.file('tls.key'), cert: folder.file('tls.crt') },
      });
      const port = await serveVerdicts(trust);
      const only = { minVersion: version, maxVersion: version };
      const first = await connectTo(port, oldClient, only);
      expect(await ask(first)).toBe('verified');
      const session = first.getSession();
      const again = async () => {
        const socket = await connectTo(port, oldClient, { ...only, session });
        return [socket.isSessionReused(), await ask(socket)];
      };
      expect(await again()).toEqual([true, 'verified']);
      // a new certificate of the server ends no session
      folder.write('tls.key', renewed.privateKeyPem);
      folder.write('tls.crt', renewed.chainPem);
      await trust.reload();
      expect(await again()).toEqual([true, 'verified']);
      folder.write('ca.crt', newRoot.pem);
      await trust.reload();
      expect(await again()).toEqual([false, 'unverified']);
      // nor after the old anchors are back
      folder.write('ca.crt', oldRoot.pem);
      await trust.reload();
      expect(await again()).toEqual([false, 'verified']);
    },
  );

  it('knows of a handshake that ends after the anchors have changed that it began before', async () => {
    folder.write('ca.crt', oldRoot.pem);
    const trust = await create({ anchors: folder.file('ca.crt') });
    const listener = createServer(trust.serverOptions(), (request, response) => {
      response.end(presentedCertificate(request)?.verification ?? 'none');
    });
    trust.attach(listener);
    const port = await serve(listener);
    const accepted = new Promise((resolve) => listener.once('connection', resolve));
    const tcp = connectTcp(port, '127.0.0.1');
    await accepted;
    folder.write('ca.crt', oldRoot.pem + newRoot.pem);
    await trust.reload();
    expect(await ask(await connectTo(port, oldClient))).toBe('verified');
    expect(await ask(await connectTo(port, oldClient, { socket: tcp }))).toBe('unknown');
  });

  it('serves HTTP/2, and answers unknown for streams of a session from before', async () => {
    folder.write('ca.crt', oldRoot.pem);
    const trust = await create({ anchors: folder.file('ca.crt') });
    const listener = createSecureServer(trust.serverOptions(), (request, response) => {
      response.end(presentedCertificate(request)?.verification ?? 'none');
    });
    trust.attach(listener);
    const port = await serve(listener);
    const credentials = { key: oldClient.privateKeyPem, cert: oldClient.chainPem };
    const session = connectHttp2(`https://localhost:${port}`, { ca: serverRoot.pem, ...credentials });
    cleanups.push(() => session.destroy());
    const stream = async () => {
      let text = '';
      for await (const chunk of session.request().setEncoding('utf8')) text += String(chunk);
      return text;
    };
    expect(await stream()).toBe('verified');
    folder.write('ca.crt', newRoot.pem + oldRoot.pem);
    await trust.reload();
    expect(await stream()).toBe('unknown');
  });

  it('never answers verified where revocation is checked, nor where the anchors are too old', async () => {
    let clock = Date.now();
    folder.write('ca.crt', oldRoot.pem);
    const now = () => new Date(clock);
    const trust = await create({ anchors: folder.file('ca.crt'), maxStaleness: 3600, now });
    const port = await serveVerdicts(trust);
    expect(await ask(await connectTo(port, oldClient))).toBe('verified');
    folder.delete('ca.crt');
    clock += 3_600_001;
    expect(await ask(await connectTo(port, oldClient))).toBe('unknown');
    const { pem } = await oldRoot.crl({ revoked: [oldClient] });
    const withCrl = await create({ crls: pem });
    expect(await ask(await connectTo(await serveVerdicts(withCrl), oldClient))).toBe('unknown');
  });

  it('detaches from a server', async () => {
    folder.write('ca.crt', oldRoot.pem);
    const trust = await create({ anchors: folder.file('ca.crt') });
    const listener = createServer(trust.serverOptions());
    const spy = vi.spyOn(listener, 'setSecureContext');
    const before = listener.listenerCount('connection');
    const detach = trust.attach(listener);
    expect(spy).toHaveBeenCalledTimes(1);
    detach();
    expect(listener.listenerCount('connection')).toBe(before);
    folder.write('ca.crt', newRoot.pem);
    await trust.reload();
    expect(spy).toHaveBeenCalledTimes(1);
  });

  it('sends every option of the secure context again', async () => {
    folder.write('ca.crt', oldRoot.pem);
    const trust = await create({
      anchors: folder.file('ca.crt'),
      server: { key: server.privateKeyPem, cert: server.chainPem, minVersion: 'TLSv1.3' },
    });
    const port = await serveVerdicts(trust);
    const old = { maxVersion: 'TLSv1.2' as const };
    await expect(connectTo(port, oldClient, old)).rejects.toThrow();
    folder.write('ca.crt', newRoot.pem);
    await trust.reload();
    await expect(connectTo(port, newClient, old)).rejects.toThrow();
    expect(await ask(await connectTo(port, newClient))).toBe('verified');
  });

  it('gives client options, the same until something is replaced', async () => {
    folder.write('key', oldClient.privateKeyPem);
    folder.write('cert', oldClient.chainPem);
    const trust = await create({
      client: { key: folder.file('key'), cert: folder.file('cert'), ca: serverRoot.certificate.der },
    });
    const first = trust.clientOptions();
    expect(first).toEqual({ key: oldClient.privateKeyPem, cert: oldClient.pem, ca: [serverRoot.pem] });
    await trust.reload();
    expect(trust.clientOptions()).toBe(first);
    folder.write('key', newClient.privateKeyPem);
    folder.write('cert', newClient.chainPem);
    await trust.reload();
    expect(trust.clientOptions().cert).toBe(newClient.pem);
    await expect(async () => (await create()).clientOptions()).rejects.toThrow(TypeError);
  });

  it('downloads a CRL with If-None-Match, and takes what is new', async () => {
    const requests: (string | undefined)[] = [];
    let etag = '"1"';
    let { der } = await oldRoot.crl({ revoked: [], extensions: [crlNumber(1)] });
    const listener = createHttpServer((request, response) => {
      requests.push(request.headers['if-none-match']);
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.setHeader('etag', etag).end(der);
    });
    const url = `http://127.0.0.1:${await serve(listener)}/`;
    const trust = await create({ crls: [{ url: `${url}?token=secret` }], server: undefined });
    await trust.pathVerifier.verify(oldClient.pem);
    await trust.reload();
    ({ der } = await oldRoot.crl({ revoked: [oldClient], extensions: [crlNumber(2)] }));
    etag = '"2"';
    await trust.reload();
    await expect(trust.pathVerifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
    expect(requests).toEqual([undefined, '"1"', '"1"']);
    expect(trust.status.sources.map(({ name }) => name)).toEqual(['anchors[0]', url]);
    // a CRL that was not taken must not be left in place by its ETag
    ({ der } = await oldRoot.crl({ extensions: [crlNumber(1)] }));
    etag = '"3"';
    await trust.reload();
    await trust.reload();
    expect(requests.slice(3)).toEqual(['"2"', '"2"']);
    expect(trust.status.lastFailure).toMatchObject({ detail: { reason: 'older' } });
  });

  it('takes a CRL once the anchors under which it verifies are there', async () => {
    const { der } = await newRoot.crl({ revoked: [newClient] });
    const { der: own } = await oldRoot.crl();
    const listener = createHttpServer((_request, response) => response.end(der));
    const url = `http://127.0.0.1:${await serve(listener)}/`;
    folder.write('ca.crt', oldRoot.pem);
    const trust = await create({ anchors: folder.file('ca.crt'), crls: [{ url }, own] });
    expect(trust.status.lastFailure).toMatchObject({ detail: { reason: 'signature' } });
    expect(trust.status.sources.find(({ name }) => name === url)?.loadedAt).toBeUndefined();
    folder.write('ca.crt', oldRoot.pem + newRoot.pem);
    const code = () => trust.pathVerifier.verify(newClient.pem).catch((error: unknown) => (error as MtlsError).code);
    await waitUntil(async () => (await code()) === 'ERR_PATH_REVOKED');
    expect(trust.status.lastFailure).toBeUndefined();
    await trust.pathVerifier.verify(oldClient.pem);
  });

  it('takes CRLs and OCSP responses from functions', async () => {
    const crls = vi.fn(async () => (await oldRoot.crl({ revoked: [oldClient] })).der);
    const trust = await create({ crls });
    await expect(trust.pathVerifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
    await trust.reload();
    expect(crls.mock.calls.length).toBeGreaterThan(1);
    const ocspResponses = () => Promise.resolve([]);
    const withoutResponse = await create({ ocspResponses });
    await expect(withoutResponse.pathVerifier.verify(oldClient.pem)).rejects.toMatchObject({
      code: 'ERR_PATH_REVOCATION_UNKNOWN',
    });
    let { der } = await oldRoot.ocspResponse(oldClient);
    const withResponse = await create({ ocspResponses: () => Promise.resolve(der) });
    await withResponse.pathVerifier.verify(oldClient.pem);
    ({ der } = await oldRoot.ocspResponse(oldClient, { status: 'revoked' }));
    await withResponse.reload();
    await expect(withResponse.pathVerifier.verify(oldClient.pem)).rejects.toMatchObject({ code: 'ERR_PATH_REVOKED' });
  });

  it('calls onExpiring 30, 7 and 1 days ahead, once', async () => {
    let clock = Date.now();
    const soon = await oldRoot.issue({ subject: 'CN=localhost', notAfter: new Date(clock + 40 * 86_400_000) });
    const onExpiring = vi.fn();
    const now = () => new Date(clock);
    const trust = await create({ server: { key: soon.privateKeyPem, cert: soon.pem }, onExpiring, now });
    const days: number[] = [];
    for (let day = 1; day < 40; day++) {
      clock += 86_400_000;
      await trust.reload();
      if (onExpiring.mock.calls.length > 0) days.push(day);
      for (const call of onExpiring.mock.calls) expect(call).toEqual(['server', soon.certificate.notAfter]);
      onExpiring.mockClear();
    }
    expect(days).toEqual([10, 33, 39]);
    expect(trust.status.expires).toEqual({
      anchor: oldRoot.certificate.notAfter,
      crl: undefined,
      server: soon.certificate.notAfter,
      client: undefined,
    });
  });

  it.each<[what: string, options: object, reason: string]>([
    ['a file that is not there', { anchors: '/nonexistent/ca.crt' }, 'unreadable'],
    ['a text without a certificate', { anchors: () => Promise.resolve('-----BEGIN X-----') }, 'truncated'],
    ['an intermediate that is none', { intermediates: Uint8Array.of(0x30, 0) }, 'malformed'],
    ['a key that is none', { client: { key: Uint8Array.of(0x30, 0), cert: '/nonexistent' } }, 'unreadable'],
  ])('does not start with %s', async (_what, options, reason) => {
    await expect(create(options)).rejects.toMatchObject({ code: 'ERR_TRUST_SOURCE', detail: { reason } });
  });

  it('does not start with an anchor that can never be used, and keeps what it has instead of one', async () => {
    const useless = {
      code: 'ERR_TRUST_SOURCE',
      detail: { reason: 'unusable' },
      cause: { code: 'ERR_PATH_ANCHOR', detail: { index: 1, subject: 'CN=old', reason: 'ERR_PATH_BASIC_CONSTRAINTS' } },
    };
    const fullChain = oldRoot.pem + oldClient.pem;
    await expect(create({ anchors: () => Promise.resolve(fullChain) })).rejects.toMatchObject(useless);
    let next = oldRoot.pem;
    const trust = await create({ anchors: () => Promise.resolve(next) });
    next = fullChain;
    await trust.reload();
    expect(trust.status.lastFailure).toMatchObject(useless);
    await trust.pathVerifier.verify(oldClient.pem);
  });

  it('takes an anchor with critical CRL distribution points where revocation is checked', async () => {
    // of http://crl.test/
    const value = Buffer.from('30183016a014a0128610687474703a2f2f63726c2e746573742f', 'hex');
    const extensions = [{ oid: '2.5.29.31', critical: true, value: Uint8Array.from(value) }];
    const anchor = await createCertificateAuthority({ subject: 'CN=Points', extensions });
    const anchors = () => Promise.resolve(anchor.pem);
    await expect(create({ anchors })).rejects.toMatchObject({ cause: { code: 'ERR_PATH_ANCHOR' } });
    const { pem } = await anchor.crl({ extensions: [crlNumber(1)] });
    const trust = await create({ anchors, crls: () => Promise.resolve(pem) });
    await trust.pathVerifier.verify((await anchor.issue()).pem);
  });

  it.each<[what: string, options: object]>([
    ['a misspelt option', { anchor: '' }],
    ['no anchors', { anchors: undefined }],
    ['an empty list of anchors', { anchors: [] }],
    ['an anchor that is a number', { anchors: 1 }],
    ['an empty path', { anchors: '' }],
    ['a CRL of another scheme', { crls: { url: 'ftp://127.0.0.1/' } }],
    ['a CRL with credentials in its URL', { crls: { url: 'http://user:secret@127.0.0.1/' } }],
    ['a misspelt option of a URL', { crls: { url: 'http://127.0.0.1/', maxByte: 1 } }],
    ['a server without a key', { server: { cert: 'a' } }],
    ['a server option that is not known', { server: { key: 'a', cert: 'b', ca: 'c' } }],
    ['an interval of zero', { refreshInterval: 0 }],
    ['revocation that is misspelt', { revocation: 'required' }],
  ])('refuses %s', async (_what, options) => {
    await expect(create(options)).rejects.toThrow(TypeError);
  });

  it('refuses to attach to what is no TLS server', async () => {
    const trust = await create();
    expect(() => trust.attach(createHttpServer() as unknown as TlsServer)).toThrow(TypeError);
    const clientOnly = await create({ server: undefined });
    expect(() => clientOnly.serverOptions()).toThrow(TypeError);
  });
});
