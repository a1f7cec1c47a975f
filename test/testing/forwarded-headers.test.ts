import { readFileSync } from 'node:fs';

import { parseCertificate } from 'oauth-mtls';
import * as forwarded from 'oauth-mtls/forwarded';
import { createCertificateReader, type FormatOptions } from 'oauth-mtls/forwarded';
import {
  createCertificateAuthority,
  forwardedHeaders,
  type ForwardedFormatName,
  type TestAuthority,
  type TestCertificate,
} from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

import { fromRoot } from '../../subpaths.js';
import { ForwardedFormat } from '../../src/forwarded/format.js';

let root: TestAuthority;
let intermediate: TestAuthority;
let client: TestCertificate;

beforeAll(async () => {
  root = await createCertificateAuthority();
  intermediate = await root.issueAuthority();
  client = await intermediate.issue({
    subject: 'CN=client',
    keyType: 'RSA-2048',
    san: { uri: 'spiffe://example.org/client' },
  });
});

const names: ForwardedFormatName[] = [
  'apache',
  'awsAlb',
  'azureAppService',
  'azureContainerApps',
  'caddy',
  'cloudflare',
  'cloudFront',
  'custom',
  'envoy',
  'gcp',
  'haproxy',
  'ingressNginx',
  'nginx',
  'rfc9440',
  'traefik',
];
const make = (name: ForwardedFormatName, options?: FormatOptions): ForwardedFormat => forwarded[name](options);
const read = (format: ForwardedFormat, headers: Record<string, string>) =>
  createCertificateReader({ format, trust: () => true })({ rawHeaders: Object.entries(headers).flat() });

/** Formats that have a verdict without being told its header. */
const withVerdict: ForwardedFormatName[] = ['apache', 'haproxy', 'ingressNginx', 'nginx'];
/** Formats that have a place for the chain without being told its header. */
const withChain: ForwardedFormatName[] = ['azureContainerApps', 'envoy', 'gcp', 'rfc9440', 'traefik'];

describe('every reader reads what its proxy sends', () => {
  it.each(names)('%s: the certificate', (name) => {
    for (const verification of ['verified', 'unverified', 'unknown'] as const) {
      const presented = read(make(name), forwardedHeaders(name, client, { verification }));
      expect(presented?.certificate.thumbprint).toBe(client.certificate.thumbprint);
      expect(presented?.source).toBe(name);
      expect(presented?.verification).toBe(withVerdict.includes(name) ? verification : 'unknown');
      expect(presented?.intermediates).toEqual([]);
    }
  });

  it.each(names)('%s: absence', (name) => {
    expect(read(make(name), forwardedHeaders(name, undefined))).toBeUndefined();
  });

  it.each(names)("%s: the same through fetch's Headers", (name) => {
    const reader = createCertificateReader({ format: make(name), trust: () => true });
    expect(reader(new Headers(forwardedHeaders(name, client)))?.certificate.thumbprint).toBe(
      client.certificate.thumbprint,
    );
    expect(reader(new Headers(forwardedHeaders(name, undefined)))).toBeUndefined();
  });

  it.each(names)('%s: the chain, where it has a place', (name) => {
    const intermediates = [intermediate, root];
    const thumbprints = intermediates.map(({ certificate }) => certificate.thumbprint);
    const found = read(make(name), forwardedHeaders(name, client, { intermediates }))?.intermediates;
    expect(found?.map(({ thumbprint }) => thumbprint)).toEqual(withChain.includes(name) ? thumbprints : []);

    if (ForwardedFormat.settingsOf(make(name)).holdsChain) return;
    const format = make(name, { chainHeader: 'X-Chain' });
    const named = read(format, forwardedHeaders(format, client, { intermediates }))?.intermediates;
    expect(named?.map(({ thumbprint }) => thumbprint)).toEqual(thumbprints);
  });

  it.each(names.filter((name) => name !== 'custom'))('%s: header names of its own', (name) => {
    const format = make(name, { header: 'X-A', statusHeader: 'X-B', verifiedByProxy: true });
    for (const verification of ['verified', 'unverified'] as const) {
      const headers = forwardedHeaders(format, client, { verification });
      expect(Object.keys(headers)).toEqual(expect.arrayContaining(['x-a', 'x-b']));
      expect(read(format, headers)?.verification).toBe(verification);
    }
    expect(read(format, forwardedHeaders(format, undefined))).toBeUndefined();
    // without the header, the promise
    expect(read(format, forwardedHeaders(format, client, { verification: 'unknown' }))?.verification).toBe('verified');
  });

  it.each(['pem', 'percent-pem', 'base64-der', 'rfc9440'] as const)('custom: %s', (decode) => {
    const format = forwarded.custom({
      decode,
      header: 'X-A',
      chainHeader: 'X-C',
      statusHeader: 'X-B',
      statusValues: { verified: ['yes'] },
    });
    const presented = read(
      format,
      forwardedHeaders(format, client, { status: 'yes', intermediates: [intermediate, root] }),
    );
    expect(presented?.certificate.thumbprint).toBe(client.certificate.thumbprint);
    expect(presented?.verification).toBe('verified');
    expect(presented?.intermediates).toHaveLength(2);
    expect(read(format, forwardedHeaders(format, client))?.verification).toBe('unknown');
  });

  it('awsAlb in mode passthrough: the whole chain in one header', () => {
    const format = forwarded.awsAlb({ mode: 'passthrough' });
    const headers = forwardedHeaders(format, client, { intermediates: [intermediate, root] });
    expect(Object.keys(headers)).toEqual(['x-amzn-mtls-clientcert']);
    expect(headers['x-amzn-mtls-clientcert']).not.toMatch(/%2[BF]|%3D/);
    const presented = read(format, headers);
    expect(presented?.certificate.thumbprint).toBe(client.certificate.thumbprint);
    expect(presented?.intermediates).toHaveLength(2);
    expect(() => read(forwarded.awsAlb({ header: 'x-amzn-mtls-clientcert' }), headers)).toThrow();
    expect(() => forwarded.awsAlb({ mode: 'x' as 'verify' })).toThrow(TypeError);
  });

  it('traefik before 2.9.4: percent-encoded', () => {
    const headers = forwardedHeaders('traefik', client, { intermediates: [root] });
    const value = headers['x-forwarded-tls-client-cert']!;
    for (const escaped of [encodeURIComponent(value), value.split(',').map(encodeURIComponent).join(',')]) {
      const presented = read(forwarded.traefik(), { 'x-forwarded-tls-client-cert': escaped });
      expect(presented?.certificate.thumbprint).toBe(client.certificate.thumbprint);
      expect(presented?.intermediates).toHaveLength(1);
    }
  });

  it('cloudflare: verified and not revoked', () => {
    const format = forwarded.cloudflare({ statusHeader: 'Cf-Cert-Verified' });
    const headers = forwardedHeaders(format, client);
    expect(headers).toMatchObject({ 'cf-cert-verified': 'true', 'cf-cert-revoked': 'false' });
    expect(read(format, headers)?.verification).toBe('verified');
    expect(read(format, { ...headers, 'cf-cert-revoked': 'true' })?.verification).toBe('unverified');
    for (const revoked of ['', 'no', '0'])
      expect(read(format, { ...headers, 'cf-cert-revoked': revoked })?.verification).toBe('unknown');
    expect(read(format, { ...headers, 'cf-cert-verified': 'false' })?.verification).toBe('unverified');
    expect(read(format, { ...headers, 'cf-cert-verified': 'True' })?.verification).toBe('unknown');
  });

  it('gcp: no verdict that was not named, as a client could send it', () => {
    const headers = { ...forwardedHeaders('gcp', client), 'x-client-cert-chain-verified': 'true' };
    expect(read(forwarded.gcp(), headers)?.verification).toBe('unknown');
    const named = forwarded.gcp({ statusHeader: 'X-Client-Cert-Chain-Verified' });
    expect(read(named, headers)?.verification).toBe('verified');
    expect(() => read(named, { 'x-client-cert-leaf': '', 'x-client-cert-chain-verified': 'true' })).toThrow();
  });

  it('cloudFront: Present has to agree', () => {
    const headers = forwardedHeaders('cloudFront', client);
    expect(() => read(forwarded.cloudFront(), { ...headers, 'cloudfront-viewer-cert-present': '0' })).toThrow();
    expect(() => read(forwarded.cloudFront(), { 'cloudfront-viewer-cert-present': '1' })).toThrow();
    const withStatus = forwarded.cloudFront({ statusHeader: 'x-status' });
    expect(() =>
      read(withStatus, { ...headers, 'x-status': 'SUCCESS', 'cloudfront-viewer-cert-present': '0' }),
    ).toThrow();
    expect(() => read(withStatus, { ...headers, 'x-status': 'NONE' })).toThrow();
    expect(
      read(withStatus, { ...headers, 'x-status': 'SUCCESS', 'cloudfront-viewer-cert-present': '0, 1' })?.verification,
    ).toBe('unknown');
    const { 'cloudfront-viewer-cert-present': _, ...alone } = headers;
    expect(read(forwarded.cloudFront({ verifiedByProxy: true }), alone)?.verification).toBe('verified');
    expect(read(forwarded.cloudFront({ verifiedByProxy: true }), headers)?.verification).toBe('verified');
  });
});

describe('the rendering is that of real proxies, byte for byte', () => {
  const captures: {
    proxy: ForwardedFormatName;
    location: string;
    clientCert: string | null;
    rawHeaders?: [string, string][];
  }[] = JSON.parse(readFileSync(fromRoot('fixtures/captures/proxy-headers.json'), 'utf8'));
  const file = (name: string) =>
    parseCertificate(readFileSync(fromRoot(`fixtures/captures/clients/${name}.crt`), 'utf8'));

  it.each([
    ['nginx', '/escaped'],
    ['apache', '/cert'],
    ['haproxy', '/der'],
    ['caddy', '/der'],
  ] as const)('%s %s', (proxy, location) => {
    const chosen = captures.filter(
      (each) => each.proxy === proxy && each.location === location && each.rawHeaders !== undefined,
    );
    expect(chosen.length).toBeGreaterThan(9);
    for (const { clientCert, rawHeaders } of chosen) {
      const sent = new Map(rawHeaders!.map(([key, value]) => [key.toLowerCase(), value]));
      const status = sent.get('x-ssl-client-verify');
      const rendered = forwardedHeaders(proxy, clientCert === null ? undefined : file(clientCert), { status });
      for (const [key, value] of Object.entries(rendered)) expect([key, value]).toEqual([key, sent.get(key)]);
      for (const key of sent.keys())
        if (/^x-ssl-client-(cert|verify|used)$/.test(key)) expect(rendered).toHaveProperty([key]);
    }
  });

  it.each([
    ['apache', '/rfc9440'],
    ['haproxy', '/rfc9440'],
    ['caddy', '/rfc9440'],
  ] as const)('RFC 9440 by %s', (proxy, location) => {
    const { rawHeaders } = captures.find(
      (each) => each.proxy === proxy && each.location === location && each.clientCert === 'rsa',
    )!;
    const sent = rawHeaders!.find(([key]) => key.toLowerCase() === 'client-cert')![1];
    expect(forwardedHeaders('rfc9440', file('rsa'))).toEqual({ 'client-cert': sent });
  });
});
