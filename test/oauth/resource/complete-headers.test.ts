import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createResourceGuard, isMtlsError } from 'oauth-mtls';
import { createCertificateReader, nginx } from 'oauth-mtls/forwarded';
import { describe, expect, it } from 'vitest';

const read = createCertificateReader({ format: nginx(), trust: () => true });
const guard = createResourceGuard<IncomingMessage>({ getCertificate: () => undefined, verifyToken: () => ({}) })();

/** What the reader and the guard say of a request with this many headers before the ones that matter. */
async function outcome(padding: number, maxHeadersCount?: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  const respond = async (request: IncomingMessage): Promise<void> => {
    try {
      seen.push(read(request));
    } catch (error) {
      seen.push(isMtlsError(error) && error.code);
    }
    const error: unknown = await guard.authorize(request).catch((thrown: unknown) => thrown);
    seen.push(isMtlsError(error) && error.code, guard.toResponse(error, request).status);
  };
  const server = createServer((request, response) => void respond(request).finally(() => response.end()));
  if (maxHeadersCount !== undefined) server.maxHeadersCount = maxHeadersCount;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const headers = ['Host', 'localhost', ...Array.from({ length: padding }, () => ['a', '1']).flat()];
  headers.push('X-SSL-Client-Verify', 'FAILED', 'Authorization', 'Bearer a');
  await new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', headers }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
  await new Promise((resolve) => server.close(resolve));
  return seen;
}

const refused = ['ERR_FORWARDED_TOO_LARGE', 'ERR_TOKEN_REQUEST', 400];
const complete = ['ERR_FORWARDED_CONTRADICTION', 'ERR_CNF_REQUIRED', 401];

describe('a request whose headers may be incomplete', () => {
  it.each([
    [10, undefined, complete],
    [900, undefined, complete],
    [997, undefined, refused],
    [1500, undefined, refused],
    [60, 40, refused],
    [1500, 3000, complete],
    [1500, 0, complete],
  ])('with %i more headers, and maxHeadersCount %s, is %j', async (padding, limit, expected) => {
    expect(await outcome(padding, limit)).toEqual(expected);
  });

  it('is a TypeError where only `headers` is filled, as by serverless-http', async () => {
    const request = { rawHeaders: [], headers: { authorization: 'Bearer a' }, url: '/' };
    expect(() => read(request as never)).toThrow(TypeError);
    await expect(guard.authorize(request as never)).rejects.toThrow(TypeError);
    expect(guard.toResponse(new TypeError('x'), request as never).status).toBe(500);
    expect(read({ rawHeaders: [], headers: {} } as never)).toBeUndefined();
  });
});
