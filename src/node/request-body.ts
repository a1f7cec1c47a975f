import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/**
 * Reads the body of a request and puts it back, so that the next reader finds it whole.
 *
 * @returns the body; undefined where another has read it already or reads it as text, where it is larger than
 * `maxBytes`, and where the client went away
 */
export function peekBody(request: IncomingMessage | Http2ServerRequest, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    // nothing to put back, and a stream that has been read to its end is not readable any more
    if (!request.readable || request.readableEncoding !== null || length === 0) {
      resolve(length === 0 ? Buffer.alloc(0) : undefined);
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;

    function finish(body: Buffer | undefined): void {
      request.off('readable', read).off('close', abandon).off('error', abandon);
      resolve(body);
    }
    function abandon(): void {
      finish(undefined);
    }
    /** All in one turn: a stream that has emitted `end` takes nothing back. */
    function read(): void {
      for (let chunk = request.read() as Buffer | null; chunk !== null; chunk = request.read() as Buffer | null) {
        chunks.push(chunk);
        size += chunk.length;
      }
      if (!isComplete(request) && size !== length && size <= maxBytes) return;
      const body = Buffer.concat(chunks);
      if (size > 0) request.unshift(body);
      finish(size > maxBytes ? undefined : body);
    }
    request.on('readable', read).on('close', abandon).on('error', abandon);
  });
}

function isComplete(request: IncomingMessage | Http2ServerRequest): boolean {
  return request.complete || ('stream' in request && request.stream.readableEnded);
}
