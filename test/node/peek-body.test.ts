import { createServer, request, type IncomingMessage } from 'node:http';
import {
  connect,
  createServer as createHttp2Server,
  type ClientHttp2Stream,
  type Http2ServerRequest,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { peekBody } from '../../src/node/peek-body.js';

const LIMIT = 300_000;
const LARGE = 'ä'.repeat(100_000);
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((each) => new Promise((resolve) => each.close(resolve))));
});

type Read = (request: IncomingMessage | Http2ServerRequest) => Promise<unknown>;

/** What each of the readers, one after the other, makes of a request. */
async function serve(http2: boolean, readers: Read[], send: (port: number) => Promise<void>): Promise<unknown[]> {
  const results: unknown[] = [];
  let done: (value: undefined) => void;
  const handled = new Promise((resolve) => (done = resolve));
  const handle = async (
    incoming: IncomingMessage | Http2ServerRequest,
    response: { end(): unknown },
  ): Promise<void> => {
    for (const read of readers) results.push(await read(incoming));
    response.end();
    done(undefined);
  };
  const server = http2
    ? createHttp2Server((...both) => void handle(...both))
    : createServer((...both) => void handle(...both));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await send((server.address() as AddressInfo).port);
  await handled;
  return results;
}
const peek: Read = async (incoming) => (await peekBody(incoming, LIMIT))?.toString();
const wait = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Sends parts with a pause between them. */
function sender(http2: boolean, parts: string[], headers: Record<string, string | number> = {}) {
  return async (port: number): Promise<void> => {
    const session = http2 ? connect(`http://127.0.0.1:${port}`) : undefined;
    const outgoing = session
      ? session.request({ ':method': 'POST', ...headers })
      : request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false });
    const closed = new Promise((resolve) => outgoing.on('close', resolve));
    outgoing.on('response', (response?: IncomingMessage) => response?.resume?.());
    if (session) (outgoing as ClientHttp2Stream).resume();
    for (const part of parts) {
      outgoing.write(part);
      await wait();
    }
    outgoing.end();
    await closed;
    session?.close();
  };
}

describe('peekBody', () => {
  it.each([
    ['HTTP/1.1', false],
    ['HTTP/2', true],
  ])('leaves the body to the next reader over %s', async (_name, http2) => {
    for (const parts of [['a=1'], ['a=', '1&b', '=2'], [LARGE], [LARGE.slice(0, 7), LARGE.slice(7)]]) {
      const whole = parts.join('');
      for (const headers of [undefined, { 'content-length': Buffer.byteLength(whole) }]) {
        const results = await serve(http2, [peek, peek, text as Read], sender(http2, parts, headers));
        expect(results).toEqual([whole, whole, whole]);
      }
    }
  });

  it('leaves a body alone that is read as text: what it would put back are bytes', async () => {
    const asText: Read = (incoming) => Promise.resolve(void incoming.setEncoding('utf8'));
    expect(await serve(false, [asText, peek, text as Read], sender(false, ['a=', '1']))).toEqual([
      undefined,
      undefined,
      'a=1',
    ]);
  });

  it.each([
    ['HTTP/1.1', false],
    ['HTTP/2', true],
  ])('reads an empty body over %s', async (_name, http2) => {
    expect(await serve(http2, [peek, text as Read], sender(http2, []))).toEqual(['', '']);
  });

  it.each([
    ['HTTP/1.1', false],
    ['HTTP/2', true],
  ])('gives up on a body beyond the limit, and leaves it whole, over %s', async (_name, http2) => {
    const parts = [LARGE, LARGE, LARGE];
    expect(await serve(http2, [peek, text as Read], sender(http2, parts))).toEqual([undefined, parts.join('')]);
  });

  it('gives up on a body that another has read', async () => {
    expect(await serve(false, [text as Read, peek], sender(false, ['a=1']))).toEqual(['a=1', undefined]);
  });

  it('gives up where the client goes away', async () => {
    const send = async (port: number): Promise<void> => {
      const outgoing = request({ port, host: '127.0.0.1', method: 'POST', agent: false }).on('error', () => undefined);
      outgoing.write('a=');
      await wait();
      outgoing.destroy();
    };
    expect(await serve(false, [peek], send)).toEqual([undefined]);
  });
});
