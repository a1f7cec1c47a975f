import { hasMember, readMember } from '../encoding/read-member.js';
import { MtlsError } from '../errors.js';

/** fetch's `Headers`, or another object that reads a header by its name. */
export interface HeaderGetter {
  get(name: string): string | null;
}

/** The parts of Node's `Socket` and `TLSSocket` that trust predicates read. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined;
  readonly authorized?: boolean;
  readonly authorizationError?: unknown;
  readonly isSessionReused?: () => boolean;
  readonly getPeerX509Certificate?: () => { readonly raw: Uint8Array } | undefined;
  /** The server that accepted the connection. */
  readonly server?: { readonly address?: () => unknown; readonly maxHeadersCount?: number | null };
}

/**
 * A request in one of three forms: Node's `IncomingMessage` or `Http2ServerRequest`, or another object with their flat
 * `rawHeaders`; fetch's `Request`; fetch's `Headers`.
 */
export type ForwardedRequest =
  | { readonly rawHeaders: readonly string[]; readonly socket?: PeerSocket }
  | { readonly headers: HeaderGetter }
  | HeaderGetter;

/** Distinct header names in lower case. Undefined leaves a place empty. */
export type HeaderNames = readonly (string | undefined)[];

/**
 * Returns every occurrence of a header, in order.
 *
 * @param name in lower case
 */
export function headerValues(request: ForwardedRequest, name: string): readonly string[] {
  const values: string[] = [];
  forEachHeader(request, [name], (value) => values.push(value));
  return values;
}

/**
 * Calls back for every occurrence of these headers, in order, with the place of the name. Node's `headers` object is
 * not read, because it joins and drops duplicates. fetch has already joined them, so each occurs at most once.
 */
export function forEachHeader(
  request: ForwardedRequest,
  names: HeaderNames,
  callback: (value: string, place: number) => void,
): void {
  assertRequest(request);
  if (hasMember(request, 'rawHeaders')) {
    const node = request as Extract<ForwardedRequest, { readonly rawHeaders: unknown }>;
    checkComplete(node);
    forEachRawHeader(node.rawHeaders, names, callback);
    return;
  }
  const headers = hasMember(request, 'headers')
    ? (request as { readonly headers: HeaderGetter }).headers
    : (request as HeaderGetter);
  if (typeof readMember(Object(headers) as object, 'get') !== 'function') {
    throw new TypeError(
      'A request must have rawHeaders (Node.js) or Headers (fetch): a plain object does not keep repeated lines',
    );
  }
  for (const [place, name] of names.entries()) {
    const value = name === undefined ? null : headers.get(name);
    if (value !== null) callback(value, place);
  }
}

/** Throws a TypeError for what is no object. */
export function assertRequest(request: unknown): void {
  if ((typeof request !== 'object' && typeof request !== 'function') || request === null)
    throw new TypeError('A request must be an object');
}

/** Node's default for `maxHeadersCount`. */
const MAX_HEADERS = 1000;

/**
 * Checks that no header was lost, because absence can only be decided for a complete request. Node silently drops
 * headers beyond `maxHeadersCount` of the server.
 *
 * @throws MtlsError ERR_FORWARDED_TOO_LARGE
 * @throws TypeError if only `headers` contains the headers, as in serverless-http
 */
function checkComplete(request: Extract<ForwardedRequest, { readonly rawHeaders: unknown }>): void {
  const { length } = request.rawHeaders;
  if (length === 0 && 'headers' in request && Object.keys(request.headers as object).length > 0)
    throw new TypeError('A request with headers must have rawHeaders: headers does not keep repeated lines');
  // the common case costs one comparison
  if (length < 64) return;
  const configured = readSocket(request, (socket) => socket.server?.maxHeadersCount);
  const limit = typeof configured === 'number' ? configured : MAX_HEADERS;
  if (limit > 0 && length >= 2 * limit) throw new MtlsError('ERR_FORWARDED_TOO_LARGE', { field: 'rawHeaders', limit });
}

function forEachRawHeader(
  rawHeaders: readonly unknown[],
  names: HeaderNames,
  callback: (value: string, place: number) => void,
): void {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = rawHeaders[i];
    const value = rawHeaders[i + 1];
    if (typeof key !== 'string' || typeof value !== 'string') {
      throw new TypeError('rawHeaders must be a flat array of names and values');
    }
    for (let place = 0; place < names.length; place++) {
      if (names[place]?.length === key.length && names[place] === key.toLowerCase()) callback(value, place);
    }
  }
}

/** Whether a request exposes its connection. fetch's `Request` and `Headers` do not. */
export function hasConnection(request: ForwardedRequest): boolean {
  assertRequest(request);
  return 'rawHeaders' in request && request.socket !== undefined;
}

/**
 * Reads from the connection of a request. Undefined without a connection, and if it can no longer be read: the socket
 * of an HTTP/2 request throws once its session is closed.
 */
export function readSocket<T>(request: ForwardedRequest, read: (socket: PeerSocket) => T): T | undefined {
  assertRequest(request);
  if (!('rawHeaders' in request) || request.socket === undefined) return undefined;
  try {
    return read(request.socket);
  } catch {
    return undefined;
  }
}
