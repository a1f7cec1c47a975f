import { lookup } from 'node:dns';
import type { RequestListener } from 'node:http';
import { errors, type FetchImplementation } from 'jose';
import type { MtlsError } from 'oauth-mtls';
import { createJwksSources, isPublicAddress, remoteJwks, type RemoteJwksOptions } from 'oauth-mtls/jwks';
import { selfSignedCertificate, type TestCertificate } from 'oauth-mtls/testing';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { JwksServer } from './jwks-server.js';

let first: TestCertificate;
let second: TestCertificate;
let server: JwksServer;

beforeAll(async () => {
  first = await selfSignedCertificate({ subject: 'CN=first' });
  second = await selfSignedCertificate({ subject: 'CN=second', keyType: 'RSA-2048' });
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
  server = await JwksServer.start(first);
});

afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

const loopback = { unsafeAllowHttp: true, unsafeAllowPrivateAddresses: true };

function open(options: RemoteJwksOptions = {}) {
  const source = remoteJwks(server.uri, { ...loopback, ...options });
  return {
    source,
    find: async ({ certificate }: TestCertificate) => (await source.find(certificate.thumbprint)) !== undefined,
  };
}

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

function code(expected: string, detail = {}) {
  return expect.objectContaining({ code: expected, detail: expect.objectContaining(detail) });
}

/** A set with a member that is a list in a list in a list. */
const nested = (depth: number) => `{"keys":[{"kty":"RSA","x":${'['.repeat(depth)}${']'.repeat(depth)}}]}`;

describe('remoteJwks', () => {
  it('ages by the clock that it is given', async () => {
    let time = Date.now();
    const { find } = open({ cacheMaxAge: 1000, maxStaleness: 5000, cooldownDuration: 2000, now: () => new Date(time) });
    expect(await find(first)).toBe(true);
    pass(10_000); // of the system's clock, which does not count
    expect([await find(first), server.requests]).toEqual([true, 1]);
    time += 999;
    expect([await find(first), server.requests]).toEqual([true, 1]);
    time += 1;
    expect(await find(first)).toBe(true);
    await vi.waitFor(() => expect(server.requests).toBe(2));
    server.serve(second);
    time += 5000;
    expect([await find(first), server.requests]).toEqual([false, 3]);
    server.serve(first);
    time += 1999;
    expect([await find(first), server.requests]).toEqual([false, 3]);
    time += 1;
    expect([await find(first), server.requests]).toEqual([true, 4]);
    // a clock that was set back makes nothing last longer
    time -= 60_000;
    expect([await find(first), server.requests]).toEqual([true, 5]);
  });

  it('finds each certificate of the set by its thumbprint, with one request', async () => {
    server.serve(first, second);
    const { source, find } = open();
    expect(source.uri).toBe(server.uri);
    expect((await source.find(first.certificate.thumbprint))?.der).toEqual(first.certificate.der);
    expect(await find(second)).toBe(true);
    expect(server.requests).toBe(1);
  });

  it('makes one request for all who ask at once', async () => {
    const { find } = open();
    const found = await Promise.all([find(first), find(second), find(first), find(second)]);
    expect(found).toEqual([true, false, true, false]);
    expect(server.requests).toBe(1);
  });

  it('takes the uri as it is registered, and that of a URL', () => {
    expect(remoteJwks('https://client.example').uri).toBe('https://client.example');
    expect(remoteJwks(new URL('https://client.example')).uri).toBe('https://client.example/');
  });

  describe('a set that changes', () => {
    it('accepts a certificate that was rotated in at once', async () => {
      const { find } = open();
      await find(first);
      server.serve(second);
      expect(await find(second)).toBe(true);
      expect(await find(first)).toBe(false);
      // the load that found it began a cool-down
      expect(server.requests).toBe(2);
    });

    it('is not loaded again for a known certificate before cacheMaxAge', async () => {
      let loads = 0;
      const { find } = open({
        cacheMaxAge: 1000,
        cooldownDuration: 0,
        fetch: async () => {
          loads++;
          return Response.json({ keys: server.keys });
        },
      });
      expect(await find(first)).toBe(true);
      for (const [age, expected] of [
        [0, 1],
        [999, 1],
        [1, 2],
      ] as const) {
        pass(age);
        expect(await find(first)).toBe(true);
        await new Promise((resolve) => setImmediate(resolve));
        expect(loads).toBe(expected);
      }
    });

    it('is loaded again from maxStaleness on, even in a cool-down', async () => {
      const { find } = open({ maxStaleness: 1000, cooldownDuration: 10_000 });
      expect(await find(second)).toBe(false);
      pass(1000);
      expect(await find(first)).toBe(true);
      expect(server.requests).toBe(2);
    });

    it('keeps the certificates of a document that has not changed', async () => {
      const { source, find } = open();
      expect(source.jwks()).toBeUndefined();
      const found = await source.find(first.certificate.thumbprint);
      expect(source.jwks()).toEqual({ keys: server.keys });
      await find(second);
      pass(3_600_000);
      expect(await source.find(first.certificate.thumbprint)).toBe(found);
      expect(server.requests).toBe(3);
    });

    it('asks for unknown certificates once in a cool-down, and does not wait in between', async () => {
      const { find } = open({ cooldownDuration: 30_000 });
      expect(await find(second)).toBe(false);
      server.serve(first, second);
      pass(29_999);
      expect(await find(second)).toBe(false);
      expect(server.requests).toBe(1);
      pass(1);
      expect(await find(second)).toBe(true);
      expect(server.requests).toBe(2);
    });

    it.each([1000, 2000, 30_000])(
      'makes at most 1 + seconds ÷ cool-down requests under a flood (%i ms)',
      async (cooldownDuration) => {
        const { find } = open({ cooldownDuration });
        const start = Date.now();
        for (let sent = 0; sent < 1000; sent++) {
          vi.setSystemTime(start + sent * 10);
          expect(await find(second)).toBe(false);
        }
        expect(server.requests).toBeLessThanOrEqual(1 + 10_000 / cooldownDuration);
        expect(server.requests).toBeGreaterThanOrEqual(Math.floor(10_000 / cooldownDuration));
      },
    );

    it('loads anew from cacheMaxAge on, while the answer is at hand', async () => {
      const { find } = open({ cacheMaxAge: 60_000 });
      await find(first);
      server.serve(second);
      pass(59_999);
      expect(await find(first)).toBe(true);
      expect(server.requests).toBe(1);
      pass(1);
      expect(await find(first)).toBe(true);
      await expect.poll(() => server.requests).toBe(2);
      expect(await find(second)).toBe(true);
      expect(server.requests).toBe(2);
    });

    it('does not use a set from maxStaleness on before it is loaded anew', async () => {
      const { find } = open({ cacheMaxAge: 60_000, maxStaleness: 3_600_000 });
      await find(first);
      server.serve(second);
      pass(3_600_000);
      expect(await find(first)).toBe(false);
    });

    it('does not use a set from the future, after the clock was set back', async () => {
      const { find } = open();
      await find(first);
      server.serve(second);
      pass(-1);
      expect(await find(first)).toBe(false);
    });

    it('takes an empty set for what it is: every certificate withdrawn', async () => {
      const { find } = open();
      await find(first);
      server.serve();
      await find(second);
      expect(await find(first)).toBe(false);
    });

    it('does not obey max-age', async () => {
      server.answer = (_request, response) => {
        response.setHeader('Cache-Control', 'max-age=86400');
        response.end(JSON.stringify({ keys: server.keys }));
      };
      const { find } = open();
      await find(first);
      server.serve(second);
      expect(await find(second)).toBe(true);
    });
  });

  it('answers known certificates while the request for an unknown one hangs', async () => {
    const { find } = open();
    await find(first);
    let release: () => void = () => undefined;
    server.answer = (_request, response) => {
      release = () => response.end(JSON.stringify({ keys: server.keys }));
    };
    const unknown = find(second);
    await expect.poll(() => server.requests).toBe(2);
    expect(await find(first)).toBe(true);
    pass(600_000);
    expect(await find(first)).toBe(true);
    release();
    expect(await unknown).toBe(false);
    expect(server.requests).toBe(2);
  });

  describe('keys that cannot be used', () => {
    it('leaves them out, and the others count', async () => {
      const { x5c: _x5c, ...bare } = second.jwk;
      const { x5c } = second.jwk;
      server.keys = [
        bare,
        { ...bare, 'x5t#S256': second.certificate.thumbprint },
        { ...first.jwk, x5c },
        { ...second.jwk, 'x5t#S256': first.certificate.thumbprint },
        { ...second.jwk, d: 'AA' },
        { ...second.jwk, x5c: ['AAAA', ...x5c] },
        { ...second.jwk, x5c: [] },
        { ...second.jwk, x5c: x5c[0] },
        { ...second.jwk, kty: 'unheard-of' },
        {},
        first.jwk,
      ];
      const { find } = open();
      expect(await find(first)).toBe(true);
      expect(await find(second)).toBe(false);
    });
  });

  describe('a server that fails', () => {
    const failures: [what: string, answer: RequestListener, code: string, detail: object][] = [
      ['answers HTML', (_request, response) => response.end('<html></html>'), 'ERR_JWKS_MALFORMED', {}],
      ['answers nothing', (_request, response) => response.end(), 'ERR_JWKS_MALFORMED', {}],
      ['answers another JSON document', (_request, response) => response.end('{"key":[]}'), 'ERR_JWKS_MALFORMED', {}],
      ['answers null', (_request, response) => response.end('null'), 'ERR_JWKS_MALFORMED', {}],
      [
        'answers a multitude of keys',
        (_request, response) => response.end(JSON.stringify({ keys: Array.from({ length: 501 }, () => ({})) })),
        'ERR_JWKS_TOO_LARGE',
        { field: 'keys', limit: 500 },
      ],
      ['answers nested lists', (_request, response) => response.end(nested(100_000)), 'ERR_JWKS_MALFORMED', {}],
      [
        'answers keys that are no objects',
        (_request, response) => response.end('{"keys":[null]}'),
        'ERR_JWKS_MALFORMED',
        {},
      ],
      [
        'answers 404',
        (_request, response) => response.writeHead(404).end('{"keys":[]}'),
        'ERR_JWKS_UNREACHABLE',
        { reason: 'status', found: ['404'] },
      ],
      [
        'answers 304 without having been asked',
        (_request, response) => response.writeHead(304).end(),
        'ERR_JWKS_UNREACHABLE',
        { reason: 'status' },
      ],
      ['breaks the connection', (request) => request.socket.destroy(), 'ERR_JWKS_UNREACHABLE', { reason: 'network' }],
      [
        'breaks the connection within the body',
        (request, response) => {
          response.writeHead(200, { 'Content-Length': 100 }).write('{', () => request.socket.destroy());
        },
        'ERR_JWKS_UNREACHABLE',
        { reason: 'network' },
      ],
      [
        'answers too much',
        (_request, response) => response.end(`{"keys":[],"x":"${'x'.repeat(262_144)}"}`),
        'ERR_JWKS_TOO_LARGE',
        { limit: 262_144 },
      ],
      [
        'never ends its answer',
        (_request, response) => {
          const timer = setInterval(() => response.write(' '.repeat(65_536)), 1);
          response.on('close', () => clearInterval(timer));
        },
        'ERR_JWKS_TOO_LARGE',
        { limit: 262_144 },
      ],
      ['does not answer', () => undefined, 'ERR_JWKS_TIMEOUT', {}],
      [
        'is slow with its body',
        (_request, response) => {
          response.write('{');
        },
        'ERR_JWKS_TIMEOUT',
        {},
      ],
    ];

    it('answers lists that are nested just too deeply for one of the copies: a typed error, one request in a cool-down', async () => {
      for (let depth = 1000; depth < 8000; depth += 200) {
        server.answer = (_request, response) => response.end(nested(depth));
        const { find } = open();
        const before = server.requests;
        const answers = [
          await find(first).catch((error: unknown) => error),
          await find(first).catch((error: unknown) => error),
        ];
        for (const answer of answers)
          if (answer !== false) expect(answer, `${depth}`).toEqual(code('ERR_JWKS_MALFORMED'));
        expect(server.requests).toBe(before + 1);
      }
    });

    it.each(failures)(
      '%s: a typed error, and known certificates stay known',
      async (_what, answer, expected, detail) => {
        const failed: MtlsError[] = [];
        const { find } = open({ timeoutDuration: 500, onFailure: (error) => failed.push(error) });
        await find(first);
        server.answer = answer;
        await expect(find(second)).rejects.toThrow(code(expected, detail));
        expect(failed).toEqual([code(expected)]);
        expect(await find(first)).toBe(true);
        // within the cool-down: the same error, no request
        await expect(find(second)).rejects.toThrow(code(expected));
        expect(server.requests).toBe(2);
      },
    );

    it.each(failures)(
      '%s from the start: a typed error, one request in a cool-down',
      async (_what, answer, expected) => {
        server.answer = answer;
        const { find } = open({ timeoutDuration: 500 });
        const results = await Promise.allSettled([find(first), find(second)]);
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
        pass(29_999);
        await expect(find(first)).rejects.toThrow(code(expected));
        expect(server.requests).toBe(1);
      },
    );

    it('is forgiven after a cool-down', async () => {
      const { find } = open();
      const { answer } = server;
      server.answer = (_request, response) => response.writeHead(503).end();
      await expect(find(first)).rejects.toThrow(code('ERR_JWKS_UNREACHABLE'));
      server.answer = answer;
      pass(30_000);
      expect(await find(first)).toBe(true);
      expect(await find(second)).toBe(false);
    });

    it('serves known certificates until maxStaleness, trying once in a cool-down', async () => {
      let resolve: (failure: MtlsError) => void;
      const onFailure = (failure: MtlsError): void => resolve(failure);
      const { find } = open({ cacheMaxAge: 60_000, maxStaleness: 120_000, cooldownDuration: 30_000, onFailure });
      await find(first);
      server.answer = (_request, response) => response.writeHead(503).end();
      for (let seconds = 60; seconds < 120; seconds += 10) {
        const failure = new Promise<MtlsError>((settle) => (resolve = settle));
        vi.setSystemTime(1_700_000_000_000 + seconds * 1000);
        expect(await find(first)).toBe(true);
        // the background load, without a limit on the time that it takes
        if (seconds % 30 === 0) await failure;
        expect(server.requests).toBe(seconds < 90 ? 2 : 3);
      }
      vi.setSystemTime(1_700_000_000_000 + 120_000);
      await expect(find(first)).rejects.toThrow(code('ERR_JWKS_UNREACHABLE'));
    });

    it('is not waited for longer than the time limit, even by a fetch that does not listen', async () => {
      const { find } = open({ timeoutDuration: 50, fetch: () => new Promise(() => undefined) });
      await expect(find(first)).rejects.toThrow(code('ERR_JWKS_TIMEOUT'));
    });

    it.each<[string, string, new (...given: never[]) => Error, FetchImplementation]>([
      ['a document that is no set', 'ERR_JWKS_MALFORMED', errors.JWKSInvalid, async () => Response.json({})],
      ['a timeout', 'ERR_JWKS_TIMEOUT', errors.JWKSTimeout, () => new Promise(() => undefined)],
      ['a fault of the network', 'ERR_JWKS_UNREACHABLE', TypeError, () => Promise.reject(new TypeError('network'))],
    ])('keeps the cause of %s', async (_what, expected, cause, fetch) => {
      const failure: unknown = await open({ timeoutDuration: 50, fetch })
        .find(first)
        .catch((error: unknown) => error);
      expect(failure).toEqual(code(expected));
      expect((failure as Error).cause).toBeInstanceOf(cause);
    });

    it('answers as many keys as are allowed', async () => {
      server.keys = [...Array.from({ length: 499 }, () => ({})), first.jwk];
      expect(await open().find(first)).toBe(true);
    });

    it('is not reached: a typed error', async () => {
      const { find } = open();
      await server.stop();
      await expect(find(first)).rejects.toThrow(code('ERR_JWKS_UNREACHABLE', { reason: 'network' }));
      server = await JwksServer.start();
    });
  });

  describe('URLs', () => {
    it.each([
      ['http://client.example/jwks', 'scheme'],
      ['ftp://client.example/jwks', 'scheme'],
      ['file:///etc/passwd', 'scheme'],
      ['data:application/json,{"keys":[]}', 'scheme'],
      ['client.example/jwks', 'syntax'],
      ['/jwks', 'syntax'],
      ['', 'syntax'],
      ['https://user:secret@client.example/jwks', 'credentials'],
      ['https://127.0.0.1/jwks', 'private-address'],
      ['https://0x7f.1/jwks', 'private-address'],
      ['https://2130706433/jwks', 'private-address'],
      ['https://0/jwks', 'private-address'],
      ['https://10.1.2.3/jwks', 'private-address'],
      ['https://172.16.0.1/jwks', 'private-address'],
      ['https://192.168.0.1/jwks', 'private-address'],
      ['https://100.64.0.1/jwks', 'private-address'],
      ['https://169.254.169.254/latest/meta-data', 'private-address'],
      ['https://224.0.0.1/jwks', 'private-address'],
      ['https://255.255.255.255/jwks', 'private-address'],
      ['https://[::1]/jwks', 'private-address'],
      ['https://[::]/jwks', 'private-address'],
      ['https://[::127.0.0.1]/jwks', 'private-address'],
      ['https://[::ffff:10.0.0.1]/jwks', 'private-address'],
      ['https://[64:ff9b::a00:1]/jwks', 'private-address'],
      ['https://[2002:a00:1::]/jwks', 'private-address'],
      ['https://[fd00::1]/jwks', 'private-address'],
      ['https://[fe80::1]/jwks', 'private-address'],
      ['https://localhost/jwks', 'private-address'],
      ['https://LOCALHOST./jwks', 'private-address'],
      ['https://jwks.localhost/jwks', 'private-address'],
      ['https://metadata.google.internal/jwks', 'private-address'],
      ['https://printer.local/jwks', 'private-address'],
      ['https://intranet/jwks', 'private-address'],
      ['https://intranet./jwks', 'private-address'],
      ['https://intranet../jwks', 'private-address'],
    ])('refuses %s at once', (uri, reason) => {
      expect(() => remoteJwks(uri)).toThrow(code('ERR_JWKS_URI', { reason }));
    });

    it.each([
      'https://client.example/jwks',
      'https://8.8.8.8:8443/',
      'https://[2001:4860:4860::8888]/',
      'https://localhost.example/',
      'https://client.example./',
    ])('takes %s', (uri) => {
      expect(remoteJwks(uri).uri).toBe(uri);
    });

    it.each([
      ...[
        'localhost.localdomain',
        'localhost6.localdomain6',
        'a.lan',
        'a.corp',
        'a.home',
        'a.b.svc',
        'a.consul',
        'a.home.arpa',
      ],
      ...['a.internal', 'a.private', 'a.intranet', 'a.test', 'a.invalid', 'a.onion', 'a.local', 'a.lan.', 'A.LAN'],
    ])('refuses the private name %s', (host) => {
      expect(() => remoteJwks(`https://${host}/jwks`)).toThrow(code('ERR_JWKS_URI', { reason: 'private-address' }));
      expect(remoteJwks(`https://${host.replace(/\.$/, '')}.example.com/jwks`)).toBeDefined();
    });

    it('has no source for a client without a jwks_uri', () => {
      expect(createJwksSources()(undefined)).toBeUndefined();
    });

    it('takes a text for no permission', () => {
      for (const name of ['unsafeAllowHttp', 'unsafeAllowPrivateAddresses']) {
        expect(() => remoteJwks('https://client.example/jwks', { [name]: 'false' })).toThrow(
          new TypeError(`Option "${name}" must be a boolean`),
        );
      }
    });

    it('refuses addresses that are not public even where http is allowed, and the other way round', () => {
      expect(() => remoteJwks(server.uri, { unsafeAllowHttp: true })).toThrow(
        code('ERR_JWKS_URI', { reason: 'private-address' }),
      );
      expect(() => remoteJwks(server.uri, { unsafeAllowPrivateAddresses: true })).toThrow(
        code('ERR_JWKS_URI', { reason: 'scheme' }),
      );
      expect(() => remoteJwks('ftp://127.0.0.1/', loopback)).toThrow(code('ERR_JWKS_URI', { reason: 'scheme' }));
    });
  });

  describe('redirects', () => {
    it('follows one within the same rules', async () => {
      server.answer = (request, response) => {
        if (request.url === '/jwks') response.writeHead(302, { Location: '/moved' }).end('moved');
        else response.end(JSON.stringify({ keys: server.keys }));
      };
      expect(await open().find(first)).toBe(true);
      expect(server.requests).toBe(2);
    });

    it('follows three, not four', async () => {
      let redirects = 3;
      server.answer = (_request, response) => {
        if (redirects-- > 0) response.writeHead(307, { Location: '/' }).end();
        else response.end(JSON.stringify({ keys: server.keys }));
      };
      expect(await open().find(first)).toBe(true);
      redirects = 4;
      await expect(open().find(first)).rejects.toThrow(code('ERR_JWKS_UNREACHABLE', { reason: 'redirects' }));
    });

    it.each([
      ['another scheme', 'http://jwks.example/', 'scheme'],
      ['a file', 'file:///etc/passwd', 'scheme'],
      ['loopback', 'https://127.0.0.1/', 'private-address'],
      ['a private address', 'https://10.0.0.1/', 'private-address'],
      ['a metadata service', '//169.254.169.254/', 'private-address'],
      ['credentials', 'https://a:b@jwks.example/', 'credentials'],
      ['what is no URL', 'https://[', 'syntax'],
    ])('refuses one to %s, and sends no request there', async (_what, location, reason) => {
      const requested: string[] = [];
      const source = remoteJwks('https://client.example/jwks', {
        fetch: async (url) => {
          requested.push(url);
          return new Response(null, { status: 302, headers: { Location: location } });
        },
      });
      await expect(source.find('')).rejects.toThrow(code('ERR_JWKS_URI', { reason }));
      expect(requested).toEqual(['https://client.example/jwks']);
    });

    it('takes one without a target for a failure', async () => {
      server.answer = (_request, response) => response.writeHead(302).end();
      await expect(open().find(first)).rejects.toThrow(code('ERR_JWKS_UNREACHABLE', { found: ['302'] }));
    });
  });

  it('leaves names to a fetch that looks at what they resolve to, as docs/authorization-servers.md has it', async () => {
    const dispatcher = new Agent({
      connect: {
        lookup(hostname, options, done) {
          lookup(hostname, { ...options, all: true }, (error, addresses) => {
            const refused =
              error ??
              (addresses.every(({ address }) => isPublicAddress(address)) ? null : new Error('Not a public address'));
            if (refused) done(refused, []);
            else done(null, addresses);
          });
        },
      },
    });
    const guarded = ((url: string, init: object) =>
      undiciFetch(url, { ...init, dispatcher })) as unknown as FetchImplementation;
    const uri = server.uri.replace('127.0.0.1', 'localhost');
    await expect(remoteJwks(uri, { ...loopback, fetch: guarded }).find('')).rejects.toThrow(
      code('ERR_JWKS_UNREACHABLE', { reason: 'network' }),
    );
    expect(server.requests).toBe(0);
    await dispatcher.close();
  });

  it.each([
    { cacheMaxAge: -1 },
    { maxStaleness: Number.NaN },
    { cooldownDuration: '30' },
    { timeoutDuration: 0.5 },
    { maxBytes: true },
  ])('throws a TypeError for %o', (options) => {
    expect(() => remoteJwks('https://client.example/', options as RemoteJwksOptions)).toThrow(TypeError);
  });

  it.each([undefined, null, 1, {}, { href: 'https://client.example/' }])(
    'throws a TypeError for %o as a jwks_uri or a thumbprint',
    async (value) => {
      const invalid = value as never;
      expect(() => remoteJwks(invalid)).toThrow(new TypeError('A jwks_uri is a string or a URL'));
      await expect(open().source.find(invalid)).rejects.toThrow(new TypeError('A thumbprint is a string'));
      expect(server.requests).toBe(0);
    },
  );
});

describe('isPublicAddress', () => {
  it('knows addresses, and takes nothing else for one', () => {
    for (const address of ['8.8.8.8', '203.0.114.1', '2001:4860:4860::8888'])
      expect(isPublicAddress(address), address).toBe(true);
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '169.254.169.254',
      '::1',
      '::ffff:8.8.8.8',
      'fe80::1%eth0',
      'example.com',
      '8.8.8',
      '',
      '[::1]',
    ]) {
      expect(isPublicAddress(address), address).toBe(false);
    }
  });
});

describe('createJwksSources', () => {
  it('keeps the source of each uri, and drops the one that has waited longest', () => {
    const sources = createJwksSources({ maxSources: 2 });
    const [a, b] = [sources('https://a.example/'), sources('https://b.example/')];
    expect(sources('https://a.example/')).toBe(a);
    const c = sources('https://c.example/');
    expect(sources('https://a.example/')).toBe(a);
    expect(sources('https://c.example/')).toBe(c);
    expect(sources('https://b.example/')).not.toBe(b);
  });

  it('passes its options on', () => {
    expect(() => createJwksSources()(server.uri)).toThrow(code('ERR_JWKS_URI'));
    expect(createJwksSources(loopback)(server.uri).uri).toBe(server.uri);
    expect(() => createJwksSources({ maxSources: 0 })).toThrow(TypeError);
  });
});
