import { unsafePresentedCertificate, type PresentedCertificate } from 'oauth-mtls';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';
import { assertPresented, createPresented } from '../../src/presented/presented-certificate.js';

const { certificate } = await selfSignedCertificate();
const fields = { certificate, intermediates: [], verification: 'unverified', source: 'test' } as const;
const presented = createPresented(fields);

describe('assertPresented', () => {
  it.each<[string, PresentedCertificate]>([
    ['createPresented', presented],
    ['unsafePresentedCertificate', unsafePresentedCertificate({ certificate, verification: 'unknown', source: 'a' })],
  ])('accepts what %s made', (_what, value) => {
    expect(() => assertPresented(value)).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['a text', certificate.thumbprint],
    ['a function', () => presented],
    ['a certificate', certificate],
    ['the fields of one', fields],
    ['a copy', { ...presented }],
    ['a parsed copy', JSON.parse(JSON.stringify(presented))],
    ['an object with its prototype', Object.create(Object.getPrototypeOf(presented) as object)],
    ['an object that inherits from one', Object.create(presented)],
    ['a proxy of one', new Proxy(presented, {})],
    ['a list of one', [presented]],
  ])('refuses %s', (_what, value) => {
    expect(() => assertPresented(value)).toThrow(
      new TypeError(
        'A presented certificate must be created by oauth-mtls/node, oauth-mtls/forwarded, oauth-mtls/testing or unsafePresentedCertificate',
      ),
    );
  });
});

describe('createPresented', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED'],
    ['a\r\nb\u2028é', 'a??b??'],
    ['x'.repeat(201), 'x'.repeat(200)],
    ['', undefined],
    [undefined, undefined],
  ])('keeps the reason %j as %j, and no reason of one that is verified', (reason, kept) => {
    for (const verification of ['unverified', 'unknown'] as const) {
      expect(createPresented({ ...fields, verification, reason }).reason).toBe(kept);
    }
    expect(createPresented({ ...fields, verification: 'verified', reason }).reason).toBeUndefined();
  });

  it('is frozen with its parts, and with a list of its own', () => {
    const intermediates = [certificate];
    const value = createPresented({ ...fields, intermediates });
    intermediates.pop();
    expect(value.intermediates).toEqual([certificate]);
    for (const part of [value, value.certificate, value.intermediates, presented.intermediates]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    // one list for all without intermediates, because freezing is expensive
    expect(createPresented(fields).intermediates).toBe(presented.intermediates);
  });
});
