import { describe, expect, it } from 'vitest';
import {
  assertRequest,
  forEachHeader,
  hasConnection,
  headerValues,
  readSocket,
  type ForwardedRequest,
} from '../../src/forwarded/request.js';

const of = (request: unknown) => request as ForwardedRequest;

describe('headers', () => {
  it('are found in any case, in order, each at the place of its name', () => {
    const rawHeaders = ['B', '1', 'a', '2', 'X', '3', 'A', '', 'aa', '5', 'b', '6'];
    const found: [string, number][] = [];
    forEachHeader({ rawHeaders }, ['a', undefined, 'b'], (value, place) => found.push([value, place]));
    expect(found).toEqual([
      ['1', 2],
      ['2', 0],
      ['', 0],
      ['6', 2],
    ]);
    expect(headerValues({ rawHeaders }, 'a')).toEqual(['2', '']);
    expect(headerValues({ rawHeaders }, 'c')).toEqual([]);
  });

  it('of fetch are joined', () => {
    const headers = new Headers([
      ['A', '1'],
      ['b', ''],
      ['a', '2'],
    ]);
    for (const request of [headers, { headers }, new Request('http://a.example', { headers })]) {
      const found: [string, number][] = [];
      forEachHeader(request, ['b', 'x', undefined, 'a'], (value, place) => found.push([value, place]));
      expect(found).toEqual([
        ['', 0],
        ['1, 2', 3],
      ]);
    }
  });

  it.each([undefined, null, 1, 'rawHeaders', true, Symbol('a')])('are not those of %s', (request) => {
    for (const read of [assertRequest, hasConnection, (each: ForwardedRequest) => headerValues(each, 'a')])
      expect(() => read(of(request))).toThrow(new TypeError('A request must be an object'));
    expect(() => readSocket(of(request), () => 1)).toThrow(new TypeError('A request must be an object'));
  });

  it.each([{}, { headers: {} }, { headers: undefined }, { headers: null }, { headers: { get: 'a' } }, () => 1])(
    'do not lack their repetitions: %o',
    (request) => {
      expect(() => headerValues(of(request), 'a')).toThrow(/^A request must have rawHeaders \(Node\.js\)/);
    },
  );

  it.each([[['a']], [['a', undefined]], [[undefined, 'a']], [['a', ['b']]], [[['a', 'b']]], [[1, 'a']]])(
    'are a flat list of texts, not %j',
    (rawHeaders) => {
      const flat = new TypeError('rawHeaders must be a flat array of names and values');
      expect(() => headerValues(of({ rawHeaders }), 'a')).toThrow(flat);
    },
  );

  it('are not empty beside others', () => {
    const message = 'A request with headers must have rawHeaders: headers does not keep repeated lines';
    expect(() => headerValues(of({ rawHeaders: [], headers: { a: 'b' } }), 'a')).toThrow(new TypeError(message));
    expect(headerValues(of({ rawHeaders: [], headers: {} }), 'a')).toEqual([]);
    expect(headerValues(of({ rawHeaders: ['a', 'b'], headers: { a: 'c' } }), 'a')).toEqual(['b']);
  });

  // fewer than 32 reach a request in one piece, and none of them is dropped
  it.each<[count: number, maxHeadersCount: number | null | undefined, limit: number | undefined]>([
    [31, 10, undefined],
    [32, 10, 10],
    [32, 32, 32],
    [32, 33, undefined],
    [999, null, undefined],
    [1000, null, 1000],
    [999, undefined, undefined],
    [1000, undefined, 1000],
    [1001, 1001, 1001],
    [1000, 1001, undefined],
    [5000, 0, undefined],
  ])('may be %i where the server keeps %s', (count, maxHeadersCount, limit) => {
    const rawHeaders = Array.from({ length: 2 * count }, () => 'a');
    const requests = [{ rawHeaders, socket: { server: { maxHeadersCount } } }];
    if (maxHeadersCount === undefined) requests.push({ rawHeaders } as never, { rawHeaders, socket: {} } as never);
    for (const request of requests) {
      const read = () => headerValues(of(request), 'b');
      if (limit === undefined) expect(read()).toEqual([]);
      else {
        const detail = { field: 'rawHeaders', limit };
        expect(read).toThrow(expect.objectContaining({ code: 'ERR_FORWARDED_TOO_LARGE', detail }));
      }
    }
  });
});

it('has a connection if it has a socket, which may throw', () => {
  const socket = { remoteAddress: '192.0.2.1' };
  const read = (request: unknown) => readSocket(of(request), ({ remoteAddress }) => remoteAddress);
  expect([hasConnection({ rawHeaders: [], socket }), read({ rawHeaders: [], socket })]).toEqual([true, '192.0.2.1']);
  for (const request of [{ rawHeaders: [] }, { rawHeaders: [], socket: undefined }, new Headers(), { socket }])
    expect([hasConnection(of(request)), read(request)]).toEqual([false, undefined]);
  const gone = Object.defineProperty({}, 'remoteAddress', {
    get() {
      throw new Error('gone');
    },
  });
  expect([hasConnection({ rawHeaders: [], socket: gone }), read({ rawHeaders: [], socket: gone })]).toEqual([
    true,
    undefined,
  ]);
});
