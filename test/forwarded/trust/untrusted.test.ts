import { isMtlsError } from 'oauth-mtls';
import {
  createCertificateReader,
  fromAddresses,
  fromUnixSocket,
  nginx,
  withProxyCertificate,
  withSharedSecret,
  type ForwardedRequest,
} from 'oauth-mtls/forwarded';
import { describe, expect, it } from 'vitest';

const rawHeaders = ['X-SSL-Client-Cert', 'marked'];
const node = { rawHeaders, socket: { remoteAddress: '198.51.100.7' } };
const closed = { rawHeaders, socket: {} };
const request = new Request('https://api.example/', { headers: { 'X-SSL-Client-Cert': 'marked' } });

function refusal(trust: (request: ForwardedRequest) => boolean, from: ForwardedRequest) {
  try {
    createCertificateReader({ format: nginx(), trust })(from);
  } catch (error) {
    if (isMtlsError(error, 'ERR_FORWARDED_UNTRUSTED')) return error.detail;
  }
  throw new Error('The request was not refused');
}

describe('ERR_FORWARDED_UNTRUSTED names the rule and the address of the peer', () => {
  const secret = withSharedSecret({ header: 'x-secret', secret: 's'.repeat(22) });
  const certificate = withProxyCertificate({ thumbprints: ['A'.repeat(43)] });
  const addresses = fromAddresses(['127.0.0.1']);

  it.each([
    ['address', addresses],
    ['unix-socket', fromUnixSocket()],
    ['shared-secret', secret],
    ['proxy-certificate', certificate],
    [undefined, () => false],
  ])('%s', (reason, trust) => {
    expect(refusal(trust, node)).toEqual({ field: 'x-ssl-client-cert', reason, found: ['198.51.100.7'] });
    expect(refusal(trust, closed)).toEqual({ field: 'x-ssl-client-cert', reason, found: undefined });
  });

  it.each([addresses, fromUnixSocket(), certificate])('has no connection to look at', (trust) => {
    for (const each of [request, request.headers, { rawHeaders }])
      expect(refusal(trust, each)).toMatchObject({ reason: 'no-connection', found: undefined });
  });

  it.each([
    ['shared-secret', secret],
    [undefined, () => false],
  ])('does not blame the connection where it plays no part: %s', (reason, trust) => {
    expect(refusal(trust, request)).toMatchObject({ reason, found: undefined });
  });
});
