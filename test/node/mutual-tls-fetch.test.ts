import { createServer } from 'node:https';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mutualTlsFetch, mutualTlsOptions, presentedCertificate, type MutualTlsFetch } from 'oauth-mtls/node';
import { createCertificateAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../wait-until.js';

let server: Server;
let client: TestCertificate;
let renewed: TestCertificate;
let ca: string;
let fetch: MutualTlsFetch;
let origin: string;
let answer: RequestListener;

beforeAll(async () => {
  const root = await createCertificateAuthority();
  const issued = await root.issue({ san: { dns: 'localhost' }, extendedKeyUsage: ['serverAuth'] });
  client = await root.issue({ subject: 'CN=client' });
  renewed = await root.issue({ subject: 'CN=client' });
  ca = root.pem;
  const options = mutualTlsOptions({ key: issued.privateKeyPem, cert: issued.chainPem });
  server = createServer(options, (request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  fetch = mutualTlsFetch({ key: client.privateKeyPem, cert: client.chainPem, ca, lookup: loopback } as object);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function loopback(_host: string, options: { all?: boolean }, done: (...args: unknown[]) => void): void {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}

describe('mutualTlsFetch', () => {
  it('presents its certificate, sends the request, and reads the response', async () => {
    answer = (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { method, headers } = request;
        const thumbprint = presentedCertificate(request)?.certificate.thumbprint;
        response
          .setHeader('X-Twice', ['a', 'b'])
          .end(JSON.stringify({ method, header: headers['x-a'], body, thumbprint }));
      });
    };
    const { thumbprint } = client.certificate;
    for (const headers of [{ 'X-A': '1' }, new Headers({ 'X-A': '1' })]) {
      const response = await fetch(new URL('/x', origin), { method: 'POST', headers, body: 'a=ü' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-twice')).toBe('a, b');
      expect(await response.json()).toEqual({ method: 'POST', header: '1', body: 'a=ü', thumbprint });
    }
  });

  it('sends every body that fetch takes, with its content type', async () => {
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'content-type': type, 'content-length': length } = request.headers;
        response.end(JSON.stringify({ type, length, body: Buffer.concat(chunks).toString() }));
      });
    };
    const form = new FormData();
    form.append('a', 'b');
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('a');
      yield new TextEncoder().encode('=b');
    }
    const formType = 'application/x-www-form-urlencoded;charset=UTF-8';
    const stream = () => new Blob(['a=b']).stream();
    const table: [name: string, body: unknown, type: string | undefined, length: string | undefined][] = [
      ['a text', 'a=b', 'text/plain;charset=UTF-8', '3'],
      ['URLSearchParams', new URLSearchParams('a=b'), formType, '3'],
      ['a Blob', new Blob(['a=b'], { type: 'x/y' }), 'x/y', '3'],
      ['an ArrayBuffer', new TextEncoder().encode('a=b').buffer, undefined, '3'],
      ['a Uint8Array', new TextEncoder().encode('a=b'), undefined, '3'],
      ['a stream', stream(), undefined, undefined],
      ['an async iterable', chunks(), undefined, undefined],
    ];
    for (const [name, body, type, length] of table) {
      const response = await fetch(origin, { method: 'POST', body: body as string });
      expect({ name, ...((await response.json()) as object) }).toEqual({ name, type, length, body: 'a=b' });
    }
    const own = await fetch(new Request(origin, { method: 'POST', body: new URLSearchParams('a=b') }));
    expect(await own.json()).toMatchObject({ type: formType, body: 'a=b' });
    const multipart = (await (await fetch(origin, { method: 'POST', body: form })).json()) as {
      type: string;
      body: string;
    };
    expect(multipart.type).toMatch(/^multipart\/form-data; boundary=/);
    expect(multipart.body).toContain('name="a"\r\n\r\nb');
    const failing = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) });
    await expect(fetch(origin, { method: 'POST', body: failing, duplex: 'half' })).rejects.toThrow('broken');
  });

  it('rejects CONNECT, and a status that no response of fetch has, without holding the connection', async () => {
    await expect(fetch(origin, { method: 'CONNECT' })).rejects.toThrow(TypeError);
    let ended = false;
    answer = (request, response) => {
      response.on('close', () => (ended = true));
      request.socket.write(`HTTP/1.1 999 Odd\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
      response.end();
    };
    await expect(fetch(origin)).rejects.toThrow(TypeError);
    await expect.poll(() => ended).toBe(true);
  });

  it('closes its connections, after which requests reject', async () => {
    answer = (_request, response) => void response.end('x');
    const own = mutualTlsFetch({ key: client.privateKeyPem, cert: client.chainPem, ca, lookup: loopback } as object);
    expect(await (await own(origin)).text()).toBe('x');
    answer = () => undefined;
    const running = own(origin);
    setTimeout(() => own.close(), 50);
    await expect(running).rejects.toThrow();
    await expect(own(origin)).rejects.toThrow(TypeError);
  });

  it.each([204, 304])('has no body for status %i', async (status) => {
    answer = (_request, response) => void response.writeHead(status).end();
    expect(await fetch(origin)).toMatchObject({ status, body: null });
  });

  it('follows no redirect', async () => {
    answer = (request, response) =>
      void response.writeHead(request.url === '/' ? 302 : 200, { Location: '/other' }).end();
    expect((await fetch(origin, { redirect: 'follow' })).status).toBe(302);
  });

  it('ends by its signal, before and within the body', async () => {
    answer = () => undefined;
    await expect(fetch(origin, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/abort/i);
    answer = (_request, response) => void response.write('x');
    const response = await fetch(origin, { signal: AbortSignal.timeout(100) });
    await expect(response.text()).rejects.toThrow(/abort/i);
  });

  it('rejects where the server switches to another protocol', async () => {
    answer = (request) =>
      void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    await expect(fetch(origin)).rejects.toThrow(TypeError);
  });

  it('verifies the certificate of the server', async () => {
    answer = (_request, response) => void response.end();
    const key = { key: client.privateKeyPem, cert: client.chainPem, lookup: loopback } as object;
    await expect(mutualTlsFetch(key)(origin)).rejects.toThrow(/certificate/);
    await expect(fetch(origin.replace('localhost', 'other.example'))).rejects.toThrow(/altnames/);
  });

  it('uses the key and certificate of the moment, and ends idle connections with an earlier one', async () => {
    const sockets = new Set<unknown>();
    answer = (request, response) => {
      sockets.add(request.socket);
      const { thumbprint } = presentedCertificate(request)!.certificate;
      // a body that lasts longer than the renewal
      if (request.url === '/slow') setTimeout(() => response.end(thumbprint), 50);
      else response.end(thumbprint);
    };
    const options = ({ privateKeyPem: key, chainPem: cert }: TestCertificate) =>
      ({ key, cert, ca, lookup: loopback }) as object;
    let moment = options(client);
    const renewing = mutualTlsFetch(() => moment);
    const ask = async (path = '/') => (await renewing(new URL(path, origin))).text();
    expect(await ask()).toBe(client.certificate.thumbprint);
    // the same in another object
    moment = options(client);
    expect(await ask()).toBe(client.certificate.thumbprint);
    expect(sockets.size).toBe(1);
    const slow = ask('/slow');
    await new Promise((resolve) => setTimeout(resolve, 20));
    moment = options(renewed);
    expect(await ask()).toBe(renewed.certificate.thumbprint);
    expect(await slow).toBe(client.certificate.thumbprint);
    expect(sockets.size).toBe(2);
    const open = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    const before = await open();
    moment = options(client);
    expect(await ask()).toBe(client.certificate.thumbprint);
    await waitUntil(async () => (await open()) <= before);
    moment = {};
    await expect(ask()).rejects.toThrow(TypeError);
  });

  it('throws a TypeError for misuse', async () => {
    for (const wrong of [{}, { key: 'x' }, { cert: 'x' }, { key: 'x', cert: 'x', rejectUnauthorized: false }]) {
      expect(() => mutualTlsFetch(wrong)).toThrow(TypeError);
    }
    for (const url of ['http://localhost/', 'localhost', '/']) await expect(fetch(url)).rejects.toThrow(TypeError);
  });
});
