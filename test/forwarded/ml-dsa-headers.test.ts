import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isMtlsError, parseCertificates } from 'oauth-mtls';
import * as forwarded from 'oauth-mtls/forwarded';
import { forwardedHeaders } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../subpaths.js';

const CHAIN = 'X-SSL-Client-Cert-Chain';
const FORMATS = {
  nginx: forwarded.nginx({ chainHeader: CHAIN }),
  apache: forwarded.apache({ chainHeader: CHAIN }),
  haproxy: forwarded.haproxy({ chainHeader: CHAIN }),
  rfc9440: forwarded.rfc9440(),
  envoy: forwarded.envoy(),
  traefik: forwarded.traefik(),
  gcp: forwarded.gcp(),
  azureContainerApps: forwarded.azureContainerApps(),
};

/** The largest Node accepts unless it is told otherwise. */
const NODE_DEFAULT = 16_384;

function chainOf(keyType: string) {
  const [leaf, intermediate] = parseCertificates(readFileSync(fromRoot(`fixtures/${keyType.toLowerCase()}.pem`)));
  return { leaf: leaf!, intermediate: intermediate! };
}

/** Octets of the values. */
function sizeOf(headers: Record<string, string>): number {
  return Object.values(headers).reduce((total, value) => total + value.length, 0);
}

/** What an application with a reader answers, behind Node's HTTP parser with this limit. */
async function send(format: forwarded.ForwardedFormat, headers: Record<string, string>, maxHeaderSize?: number) {
  const read = forwarded.createCertificateReader({ format, trust: forwarded.fromAddresses(['127.0.0.1']) });
  const server = createServer({ maxHeaderSize }, (request, response) => {
    try {
      const { certificate, intermediates } = read(request)!;
      response.end([certificate, ...intermediates].map(({ thumbprint }) => thumbprint).join(' '));
    } catch (error) {
      response.writeHead(400).end(isMtlsError(error) ? error.code : String(error));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = httpRequest({ host: '127.0.0.1', port, headers, agent: false }).end();
  const [response] = await once(request, 'response');
  const answer = { status: response.statusCode as number, body: await text(response) };
  server.close();
  return answer;
}

describe.each(['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])('a chain of two with %s', (keyType) => {
  const { leaf, intermediate } = chainOf(keyType);

  it.each(Object.entries(FORMATS))(
    'is read in the headers of %s, without a limit of its own',
    async (_name, format) => {
      const headers = forwardedHeaders(format, leaf, { intermediates: [intermediate] });
      const { status, body } = await send(format, headers, 65_536);
      expect([status, body.split(' ')[0]]).toEqual([200, leaf.thumbprint]);
      expect(body.split(' ')).toContain(intermediate.thumbprint);
      if (sizeOf(headers) > NODE_DEFAULT) expect((await send(format, headers)).status).toBe(431);
    },
  );

  it('has the size that docs/proxies.md says', () => {
    const size = (format: forwarded.ForwardedFormat, intermediates = [intermediate]) =>
      sizeOf(forwardedHeaders(format, leaf, { intermediates, verification: 'unknown' }));
    const { nginx, rfc9440, envoy } = FORMATS;
    const sizes = [leaf.der.length, size(rfc9440, []), size(nginx, []), size(rfc9440), size(nginx), size(envoy)];
    const row = [keyType, ...sizes.map((each) => each.toLocaleString('en-US'))].join(' | ');
    expect(readFileSync(fromRoot('docs/proxies.md'), 'utf8')).toContain(`| ${row} |`);
  });
});
