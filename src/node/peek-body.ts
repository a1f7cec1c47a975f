import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/**
 * Reads the body of a request and puts it back for the next reader.
 *
 * @returns the body. Undefined if other code has read it already or reads it as text, if it is larger than `maxBytes`,
 * or if the client aborted the request
 */
export function peekBody(request: IncomingMessage | Http2ServerRequest, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    // nothing to put back, and reading to the end would make the stream unreadable
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
    /** Runs in one turn, because a stream that has emitted `end` does not accept data back. */
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
