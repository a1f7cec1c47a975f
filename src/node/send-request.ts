import { request as sendPlain, type Agent, type IncomingMessage } from 'node:http';
import { request as sendSecure } from 'node:https';
import { Readable } from 'node:stream';
import { hasCredentials } from '../errors/without-credentials.js';

/** Status codes whose response has no body (RFC 9110 §6.4.1). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Sends a request like `fetch`, through an agent of Node. Redirects are not followed, regardless of `redirect`.
 *
 * @param agentOf called once, after the body has been read
 * @throws the errors of `agentOf`; TypeError for the method CONNECT, and for an invalid HTTP response
 */
export async function sendRequest(
  input: string | URL | Request,
  init: RequestInit,
  agentOf: (url: URL) => Agent,
): Promise<Response> {
  if (!(input instanceof Request) && !URL.canParse(String(input)))
    throw new TypeError('input must be a URL or a Request');
  // the error of Request repeats them
  if (!(input instanceof Request) && hasCredentials(new URL(input)))
    throw new TypeError('input must be a URL without credentials');
  if (typeof init !== 'object' || (init as unknown) === null) throw new TypeError('init must be an object');
  // fetch's own parser for the method, the headers, and the content type of the body
  const request = new Request(input, { duplex: 'half', ...init });
  const url = new URL(request.url);
  // the signal of a Request may be garbage-collected before that of the caller
  const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
  const body = isStream(init.body) || input instanceof Request ? request.body : await wholeBody(request);
  const agent = agentOf(url);
  const send = url.protocol === 'http:' ? sendPlain : sendSecure;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = Object.fromEntries(request.headers);
    const outgoing = send(url, { agent, method: request.method, headers, ...(signal && { signal }) }, resolve)
      .on('error', reject)
      // without a listener Node ends the connection without an event
      .on('upgrade', (_message, upgraded) => {
        upgraded.destroy();
        reject(new TypeError('The server switched to another protocol'));
      });
    if (body === null || body instanceof Uint8Array) outgoing.end(body ?? undefined);
    else
      Readable.fromWeb(body)
        .on('error', (error) => outgoing.destroy(error))
        .pipe(outgoing);
  });
  return toFetchResponse(response);
}

/** The whole body, so that its length is known. */
async function wholeBody(request: Request): Promise<Uint8Array | null> {
  return request.body === null ? null : new Uint8Array(await request.arrayBuffer());
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body);
}

function toFetchResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct } = message;
  const headers = new Headers(
    Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
  const empty = WITHOUT_BODY.has(status);
  const known = status >= 200 && status <= 599;
  // an unread body would keep the connection busy
  if (empty || !known) message.resume();
  if (!known) throw new TypeError('The status of the response must be between 200 and 599');
  const body = empty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}
