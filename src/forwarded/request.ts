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
 * Every occurrence of a header, in order.
 *
 * @param name in lower case
 */
export function headerValues(request: ForwardedRequest, name: string): readonly string[] {
  const values: string[] = [];
  forEachHeader(request, [name], (value) => values.push(value));
  return values;
}

/**
 * Calls back for every occurrence of these headers, in order, with the place of the name in `names`. Node's
 * `headers` object is never read: it joins and drops duplicates. fetch has joined them already, so from there
 * each comes once at most.
 *
 * @param names in lower case
 */
export function forEachHeader(
  request: ForwardedRequest,
  names: readonly (string | undefined)[],
  callback: (value: string, index: number) => void,
): void {
  if ('rawHeaders' in request) {
    forEachRawHeader(request.rawHeaders, names, callback);
    return;
  }
  const headers = 'headers' in request ? request.headers : request;
  if (typeof (headers as Partial<HeaderGetter> | undefined)?.get !== 'function') {
    throw new TypeError('A request has rawHeaders (Node) or Headers (fetch); a plain object of headers has lost duplicates');
  }
  for (const [index, name] of names.entries()) {
    const value = name === undefined ? null : headers.get(name);
    if (value !== null) callback(value, index);
  }
}

function forEachRawHeader(
  rawHeaders: readonly unknown[],
  names: readonly (string | undefined)[],
  callback: (value: string, index: number) => void,
): void {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = rawHeaders[i];
    const value = rawHeaders[i + 1];
    if (typeof key !== 'string' || typeof value !== 'string') {
      throw new TypeError('rawHeaders is a flat array: name, value, name, value');
    }
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      if (name?.length === key.length && (key === name || key.toLowerCase() === name)) callback(value, index);
    }
  }
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
