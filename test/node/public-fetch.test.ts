import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import { isMtlsError } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { publicFetch } from 'oauth-mtls/node';
import { createCertificateAuthority } from 'oauth-mtls/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const PUBLIC = '203.0.114.1';
let server: Server;
let port: number;
let ca: string;
let answer: RequestListener;
/** Connections, not requests: a refused address is not connected to. */
let connections: number;

beforeAll(async () => {
  const root = await createCertificateAuthority();
  const dns = ['client.example.com', 'other.example.com'];
  const issued = await root.issue({ san: { dns }, extendedKeyUsage: ['serverAuth'] });
  ca = root.pem;
  server = createServer({ key: issued.privateKeyPem, cert: issued.chainPem }, (...request) => answer(...request));
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  connections = 0;
  answer = (_request, response) => response.end('{"keys":[]}');
});

/** A resolver that answers every name with the same addresses, in the form that is asked for. */
function resolver(...addresses: string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host, options, done) =>
    options.all === true ? done(null, answers) : done(null, answers[0]!.address, answers[0]!.family);
}

/** For the first hop of a test: reaches the server on loopback. */
const loopback = () => publicFetch({ ca, lookup: resolver('127.0.0.1'), unsafeAllowPrivateAddresses: true });
const url = (host = 'client.example.com', path = '/jwks'): string => `https://${host}:${port}${path}`;

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isMtlsError(error) ? { code: error.code, reason: error.detail.reason } : error;
}
const refused = { code: 'ERR_JWKS_URI', reason: 'private-address' };

describe('publicFetch', () => {
  it.each([
    ...['127.0.0.1', '10.0.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '192.168.0.1', '224.0.0.1'],
    ...['::1', '::', 'fd00::1', 'fe80::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', 'ff02::1'],
  ])('refuses a name that resolves to %s, without a connection', async (address) => {
    for (const lookup of [
      resolver(address),
      resolver(PUBLIC, address),
      resolver(address, PUBLIC),
      // one that ignores `all`
      ((_host, _options, done) => done(null, address, 4)) as LookupFunction,
    ]) {
      expect(await refusal(publicFetch({ ca, lookup })(url()))).toEqual(refused);
    }
    expect(connections).toBe(0);
  });

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1', 'localhost', 'a.internal'])(
    'refuses %s in the URL, without a lookup',
    async (host) => {
      let lookups = 0;
      const lookup: LookupFunction = (...[, , done]) => {
        lookups++;
        done(null, '127.0.0.1', 4);
      };
      expect(await refusal(publicFetch({ ca, lookup })(url(host)))).toEqual(refused);
      expect({ lookups, connections }).toEqual({ lookups: 0, connections: 0 });
    },
  );

  it.each([
    ['an empty list', []],
    ['no address', undefined],
    ['a text that is no address', 'client.example.com'],
    ['null', null],
    ['a list of null', [{ address: null, family: 4 }]],
    ['a list that holds no entry', [null]],
    ['a public address and no entry', [{ address: PUBLIC, family: 4 }, null]],
  ])('refuses what a lookup answers with %s', async (_name, value) => {
    const lookup: LookupFunction = (_host, _options, done) => done(null, value as never, 4);
    expect(await refusal(publicFetch({ ca, lookup })(url()))).toEqual(refused);
  });

  it('connects to the address that was checked, and asks once', async () => {
    const answers = [PUBLIC, '127.0.0.1'];
    let lookups = 0;
    const lookup: LookupFunction = (...[host, options, done]) => resolver(answers[lookups++]!)(host, options, done);
    const attempts: string[] = [];
    function watch(message: unknown): void {
      const { socket } = message as { readonly socket: Socket };
      socket.once('connectionAttempt', (ip: string) => {
        attempts.push(ip);
        // nothing has to answer there
        setImmediate(() => socket.destroy(new Error('seen')));
      });
    }
    subscribe('net.client.socket', watch);
    try {
      const fetch = publicFetch({ lookup, unsafeAllowHttp: true });
      await expect(fetch(`http://client.example.com:${port}/`)).rejects.toThrow();
    } finally {
      unsubscribe('net.client.socket', watch);
    }
    expect({ attempts, lookups }).toEqual({ attempts: [PUBLIC], lookups: 1 });
  });

  it('checks the addresses of a lookup that gives undefined for no error', async () => {
    const lookup: LookupFunction = (_host, _options, done) => done(undefined as never, '127.0.0.1', 4);
    expect(await refusal(publicFetch({ ca, lookup })(url()))).toEqual(refused);
  });

  it('rejects with the error of a lookup that failed', async () => {
    const error = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    await expect(publicFetch({ lookup: (_host, _options, done) => done(error, '') })(url())).rejects.toBe(error);
  });

  it.each([
    ['http:', 'http://client.example.com/', 'scheme'],
    ['ftp:', 'ftp://client.example.com/', 'scheme'],
  ])('refuses %s', async (_name, text, reason) => {
    expect(await refusal(publicFetch()(text))).toEqual({ code: 'ERR_JWKS_URI', reason });
  });

  it('verifies the certificate of the server, whatever the environment says', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    // Node warns of the variable
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    try {
      const fetch = publicFetch({ lookup: resolver('127.0.0.1'), unsafeAllowPrivateAddresses: true });
      await expect(fetch(url())).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    } finally {
      warn.mockRestore();
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('returns a redirect instead of following it', async () => {
    answer = (_request, response) => response.writeHead(302, { Location: url('127.0.0.1', '/secret') }).end();
    const response = await loopback()(url());
    expect([response.status, response.headers.get('location')]).toEqual([302, url('127.0.0.1', '/secret')]);
    expect(connections).toBe(1);
  });

  it.each([
    ['127.0.0.1', 'an address'],
    ['other.example.com', 'a name that resolves to a private address'],
  ])('stops a redirect of remoteJwks to %s, %s', async (host) => {
    answer = (_request, response) => response.writeHead(302, { Location: url(host, '/secret') }).end();
    const first = loopback();
    const next = publicFetch({ ca, lookup: resolver('127.0.0.1') });
    const source = remoteJwks(url(), { fetch: (target, init) => (target === url() ? first : next)(target, init) });
    expect(await refusal(source.find('x'))).toEqual(refused);
    expect(connections).toBe(1);
  });

  it('loads the keys of remoteJwks, and none from a name that resolves to a private address', async () => {
    expect(await remoteJwks(url(), { fetch: loopback() }).find('x')).toBeUndefined();
    expect(connections).toBe(1);
    const fetch = publicFetch({ ca, lookup: resolver('127.0.0.1') });
    expect(await refusal(remoteJwks(url(), { fetch }).find('x'))).toEqual(refused);
    expect(connections).toBe(1);
  });

  it('keeps no connection, and ends a request by its signal', async () => {
    const fetch = loopback();
    await (await fetch(url())).text();
    await (await fetch(url())).text();
    expect(connections).toBe(2);
    answer = () => undefined;
    await expect(fetch(url(), { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });
});
