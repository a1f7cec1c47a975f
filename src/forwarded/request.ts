/** fetch's `Headers`, or whatever else reads a header by its name. */
export interface HeaderGetter {
  get(name: string): string | null;
}

/** What the trust predicates read of a connection: a part of Node's `Socket` and `TLSSocket`. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined;
  readonly authorized?: boolean;
  readonly getPeerX509Certificate?: () => { readonly raw: Uint8Array } | undefined;
  /** The server that accepted the connection. */
  readonly server?: { readonly address?: () => unknown };
}

/**
 * A request in one of three forms: Node's `IncomingMessage` or `Http2ServerRequest`, or anything else with
 * their flat `rawHeaders`; fetch's `Request`; fetch's `Headers`.
 */
export type ForwardedRequest =
  | { readonly rawHeaders: readonly string[]; readonly socket?: PeerSocket }
  | { readonly headers: HeaderGetter }
  | HeaderGetter;

/**
 * Every occurrence of a header, in order. Node's `headers` object is never read: it joins and drops
 * duplicates. fetch has joined them already, so from there one value comes at most.
 *
 * @param name in lower case
 */
export function headerValues(request: ForwardedRequest, name: string): readonly string[] {
  if ('rawHeaders' in request) return rawHeaderValues(request.rawHeaders, name);
  const headers = 'headers' in request ? request.headers : request;
  if (typeof (headers as Partial<HeaderGetter> | undefined)?.get !== 'function') {
    throw new TypeError('A request has rawHeaders (Node) or Headers (fetch); a plain object of headers has lost duplicates');
  }
  const value = headers.get(name);
  return value === null ? [] : [value];
}

function rawHeaderValues(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key: unknown = rawHeaders[i];
    const value: unknown = rawHeaders[i + 1];
    if (typeof key !== 'string' || typeof value !== 'string') {
      throw new TypeError('rawHeaders is a flat array: name, value, name, value');
    }
    if (key.length === name.length && key.toLowerCase() === name) values.push(value);
  }
  return values;
}

/**
 * Reads something of the connection behind a request. Undefined where there is none, and where it cannot be read
 * any more: the socket of an HTTP/2 request throws once its session is closed.
 */
export function ofSocket<T>(request: ForwardedRequest, read: (socket: PeerSocket) => T): T | undefined {
  if (!('rawHeaders' in request) || request.socket === undefined) return undefined;
  try {
    return read(request.socket);
  } catch {
    return undefined;
  }
}
