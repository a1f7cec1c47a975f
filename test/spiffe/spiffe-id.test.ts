import { isMtlsError } from 'oauth-mtls';
import { parseSpiffeId } from 'oauth-mtls/spiffe';
import { describe, expect, it } from 'vitest';

function reason(text: string): string | undefined {
  try {
    parseSpiffeId(text);
    return undefined;
  } catch (error) {
    if (!isMtlsError(error, 'ERR_SPIFFE_ID')) throw error;
    return error.detail.reason;
  }
}

describe('parseSpiffeId', () => {
  it.each([
    ['spiffe://example.org/payments', 'example.org', '/payments'],
    ['spiffe://example.org', 'example.org', ''],
    ['spiffe://staging.example.com/payments/web-fe', 'staging.example.com', '/payments/web-fe'],
    ['spiffe://k8s-west.example.com/ns/staging/sa/default', 'k8s-west.example.com', '/ns/staging/sa/default'],
    ['spiffe://trust_domain_name.example/A.b-c_9', 'trust_domain_name.example', '/A.b-c_9'],
    ['spiffe://192.0.2.1/a', '192.0.2.1', '/a'],
    ['spiffe://example.org/...', 'example.org', '/...'],
    [`spiffe://${'a'.repeat(255)}/${'b'.repeat(2048 - 265)}`, 'a'.repeat(255), `/${'b'.repeat(2048 - 265)}`],
  ])('%s', (text, trustDomain, path) => {
    const id = parseSpiffeId(text);
    expect([id.trustDomain, id.path, id.toString(), String(id)]).toEqual([trustDomain, path, text, text]);
    expect(Object.isFrozen(id)).toBe(true);
  });

  it.each([
    ['', 'scheme'],
    ['example.org/payments', 'scheme'],
    ['SPIFFE://example.org/a', 'scheme'],
    [' spiffe://example.org/a', 'scheme'],
    ['spiffe:/example.org/a', 'scheme'],
    ['https://example.org/a', 'scheme'],
    ['spiffe://', 'trust-domain'],
    ['spiffe:///a', 'trust-domain'],
    ['spiffe://Example.org/a', 'trust-domain'],
    ['spiffe://user@example.org/a', 'trust-domain'],
    ['spiffe://example.org:443/a', 'trust-domain'],
    ['spiffe://example.org?a', 'trust-domain'],
    ['spiffe://example.org#a', 'trust-domain'],
    ['spiffe://ex%61mple.org/a', 'trust-domain'],
    ['spiffe://[2001:db8::1]/a', 'trust-domain'],
    ['spiffe://éxample.org/a', 'trust-domain'],
    ['spiffe://example.org\\a', 'trust-domain'],
    [`spiffe://${'a'.repeat(256)}/a`, 'trust-domain'],
    ['spiffe://example.org/', 'path'],
    ['spiffe://example.org/a/', 'path'],
    ['spiffe://example.org//a', 'path'],
    ['spiffe://example.org/a//b', 'path'],
    ['spiffe://example.org/.', 'path'],
    ['spiffe://example.org/a/../b', 'path'],
    ['spiffe://example.org/a%2Fb', 'path'],
    ['spiffe://example.org/a?b', 'path'],
    ['spiffe://example.org/a#b', 'path'],
    ['spiffe://example.org/a*', 'path'],
    ['spiffe://example.org/ä', 'path'],
    ['spiffe://example.org/a\n', 'path'],
    ['spiffe://example.org/a\0', 'path'],
    [`spiffe://example.org/${'a'.repeat(2048 - 20)}`, 'length'],
  ])('refuses %j', (text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  it('refuses anything but text', () => {
    for (const input of [undefined, null, 1, {}, ['spiffe://example.org/a']])
      expect(() => parseSpiffeId(input as string)).toThrow(TypeError);
  });
});
