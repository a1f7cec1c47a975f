import { isMtlsError } from 'oauth-mtls';
import {
  apiGatewayCertificate,
  cloudflareWorkersCertificate,
  type CloudflareTlsClientAuth,
} from 'oauth-mtls/forwarded';
import { createCertificateAuthority, type TestAuthority, type TestCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let root: TestAuthority;
let client: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority();
  client = await root.issue();
});

function code(run: () => unknown): string {
  try {
    run();
    return 'no error';
  } catch (error) {
    if (!isMtlsError(error)) throw error;
    return error.code;
  }
}

describe('apiGatewayCertificate', () => {
  const details = () => ({
    clientCertPem: client.pem,
    subjectDN: 'CN=x',
    issuerDN: 'CN=y',
    serialNumber: 'a1',
    validity: {},
  });

  /** The events of API Gateway, down to what tells them apart. */
  const events: Record<string, (clientCert: unknown) => unknown> = {
    'a REST API': (clientCert) => ({
      httpMethod: 'GET',
      requestContext: { identity: { sourceIp: '192.0.2.1', clientCert } },
    }),
    'an authorizer of a REST API': (clientCert) => ({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:…',
      requestContext: { identity: { sourceIp: '192.0.2.1', clientCert } },
    }),
    'an HTTP API, payload 1.0': (clientCert) => ({ version: '1.0', requestContext: { identity: { clientCert } } }),
    'an HTTP API, payload 2.0': (clientCert) => ({
      version: '2.0',
      requestContext: { authentication: { clientCert }, http: { method: 'GET' } },
    }),
    'an authorizer of an HTTP API, payload 2.0': (clientCert) => ({
      version: '2.0',
      type: 'REQUEST',
      routeArn: 'arn:aws:execute-api:…',
      requestContext: { authentication: { clientCert } },
    }),
  };

  it.each(Object.keys(events))('reads %s', (name) => {
    const presented = apiGatewayCertificate(events[name]!(details()) as never);
    expect(presented).toMatchObject({ verification: 'verified', source: 'apiGateway', intermediates: [] });
    expect(presented?.certificate.thumbprint).toBe(client.certificate.thumbprint);
  });

  it.each(Object.keys(events))('finds no certificate in %s without mutual TLS', (name) => {
    for (const clientCert of [undefined, null, {}, { clientCertPem: '' }, { clientCertPem: null }]) {
      expect(apiGatewayCertificate(events[name]!(clientCert) as never)).toBeUndefined();
    }
  });

  it('finds none in other events', () => {
    for (const event of [
      {},
      { requestContext: null },
      { requestContext: {} },
      { requestContext: { identity: null, authentication: null } },
    ]) {
      expect(apiGatewayCertificate(event)).toBeUndefined();
    }
    const token = { type: 'TOKEN', authorizationToken: 'Bearer x', methodArn: 'arn:aws:execute-api:…' };
    expect(apiGatewayCertificate(token as never)).toBeUndefined();
    // what a client can write
    const body = { headers: { clientCertPem: client.pem }, body: JSON.stringify(events['a REST API']!(details())) };
    expect(apiGatewayCertificate(body as never)).toBeUndefined();
  });

  it('refuses what is not one certificate', () => {
    for (const clientCertPem of [
      'x',
      client.pem + client.pem,
      encodeURIComponent(client.pem),
      client.pem.slice(0, 200),
      `${client.pem}x`,
    ]) {
      expect(
        code(() => apiGatewayCertificate({ requestContext: { identity: { clientCert: { clientCertPem } } } })),
      ).toBe('ERR_FORWARDED_MALFORMED');
    }
    const both = { clientCert: details() };
    expect(code(() => apiGatewayCertificate({ requestContext: { identity: both, authentication: both } }))).toBe(
      'ERR_FORWARDED_DUPLICATE',
    );
  });

  it.each<[string, (pem: string) => unknown]>([
    ['an array of events', (pem) => [events['a REST API']!({ clientCertPem: pem })]],
    ['a context in JSON', (pem) => ({ requestContext: JSON.stringify({ identity: { clientCert: pem } }) })],
    ['an identity in JSON', (pem) => ({ requestContext: { identity: JSON.stringify({ clientCert: pem }) } })],
    ['a list of identities', (pem) => ({ requestContext: { identity: [{ clientCert: { clientCertPem: pem } }] } })],
    ['a bare certificate', (pem) => ({ requestContext: { authentication: { clientCert: pem } } })],
  ])('does not take %s for a request without a certificate', (_what, event) => {
    expect(() => apiGatewayCertificate(event(client.pem) as never)).toThrow(TypeError);
  });

  it('takes an event', () => {
    for (const event of [undefined, null, 'event'])
      expect(() => apiGatewayCertificate(event as never)).toThrow(TypeError);
  });
});

describe('cloudflareWorkersCertificate', () => {
  const auth = (changes: CloudflareTlsClientAuth = {}): CloudflareTlsClientAuth => ({
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certRFC9440: `:${client.jwk.x5c[0]!}:`,
    certRFC9440TooLarge: false,
    certChainRFC9440: '',
    ...changes,
  });
  const read = (changes?: CloudflareTlsClientAuth) =>
    cloudflareWorkersCertificate({ cf: { tlsClientAuth: auth(changes) } });

  it('reads the certificate and the chain', () => {
    expect(read()).toMatchObject({ verification: 'verified', source: 'cloudflareWorkers', intermediates: [] });
    expect(read()?.certificate.thumbprint).toBe(client.certificate.thumbprint);
    const intermediates = read({ certChainRFC9440: `:${root.jwk.x5c[0]!}:` })?.intermediates;
    expect(intermediates?.map(({ thumbprint }) => thumbprint)).toEqual([root.certificate.thumbprint]);
  });

  it.each<[string | undefined, string | undefined, string]>([
    ['SUCCESS', '0', 'verified'],
    ['SUCCESS', '1', 'unverified'],
    ['SUCCESS', undefined, 'unknown'],
    ['SUCCESS', '', 'unknown'],
    ['FAILED:unable to get local issuer certificate', '0', 'unverified'],
    ['FAILED:certificate has expired', '1', 'unverified'],
    ['NONE', '0', 'unknown'],
    ['success', '0', 'unknown'],
    [undefined, '0', 'unknown'],
  ])('certVerified %j and certRevoked %j is %s', (certVerified, certRevoked, verification) => {
    expect(read({ certVerified, certRevoked })?.verification).toBe(verification);
  });

  it('finds none where none was presented', () => {
    for (const request of [{}, { cf: null }, { cf: {} }, { cf: { tlsClientAuth: null } }]) {
      expect(cloudflareWorkersCertificate(request)).toBeUndefined();
    }
    expect(read({ certPresented: '0', certVerified: 'NONE', certRFC9440: '' })).toBeUndefined();
    expect(read({ certPresented: undefined, certRFC9440: undefined })).toBeUndefined();
  });

  it('refuses contradictions, and a certificate that was left out', () => {
    expect(code(() => read({ certPresented: '0' }))).toBe('ERR_FORWARDED_CONTRADICTION');
    expect(code(() => read({ certRFC9440: '' }))).toBe('ERR_FORWARDED_CONTRADICTION');
    expect(code(() => read({ certRFC9440: undefined }))).toBe('ERR_FORWARDED_CONTRADICTION');
    expect(code(() => read({ certRFC9440: '', certRFC9440TooLarge: true }))).toBe('ERR_FORWARDED_TOO_LARGE');
  });

  it('refuses what is not RFC 9440', () => {
    for (const certRFC9440 of ['x', '::', client.jwk.x5c[0]!, client.pem, ':AAAA:']) {
      expect(code(() => read({ certRFC9440 }))).toBe('ERR_FORWARDED_MALFORMED');
    }
    expect(code(() => read({ certChainRFC9440: 'x' }))).toBe('ERR_FORWARDED_MALFORMED');
  });

  it('takes a request', () => {
    for (const request of [undefined, null, 'request'])
      expect(() => cloudflareWorkersCertificate(request as never)).toThrow(TypeError);
  });
});
