import { createCertificateReader, custom } from 'oauth-mtls/forwarded';
import { selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

import { memoize } from '../../src/forwarded/memoize.js';

describe('memoize', () => {
  it('asks once for a value, and again for what has been thrown', () => {
    const asked: string[] = [];
    const read = memoize((value) => {
      asked.push(value);
      if (value === 'bad') throw new RangeError(value);
      return { value };
    });
    const first = read('good');
    expect(read(['go', 'od'].join(''))).toBe(first);
    for (const _ of [1, 2]) expect(() => read('bad')).toThrow(RangeError);
    expect(asked).toEqual(['good', 'bad', 'bad']);
  });

  it('never takes one value for another, wherever they differ', () => {
    const read = memoize((value) => value);
    const text = 'A'.repeat(1000);
    for (let at = 0; at < text.length; at++) {
      const other = `${text.slice(0, at)}B${text.slice(at + 1)}`;
      expect(read(text)).toBe(text);
      expect(read(other)).toBe(other);
    }
    for (const value of ['', 'a', 'b', '\u{1f600}']) for (const _ of [1, 2]) expect(read(value)).toBe(value);
  });

  it('remembers a bounded number of values', () => {
    let asked = 0;
    const read = memoize((value) => (asked++, value));
    for (const _ of [1, 2]) for (let i = 0; i < 2000; i++) read(`value ${i}`);
    expect(asked).toBeGreaterThan(3800);
  });

  it('keeps nothing of a request but the certificate', async () => {
    const client = await selfSignedCertificate();
    const read = createCertificateReader({
      format: custom({ statusHeader: 'x-status', statusValues: { verified: ['yes'] } }),
      trust: (request) => 'rawHeaders' in request && !request.rawHeaders.includes('x-stranger'),
    });
    const pem = client.pem.replaceAll('\n', ' ').trim();
    const reading = (...more: string[]) => read({ rawHeaders: ['X-SSL-Client-Cert', pem, ...more] });
    const first = reading('X-Status', 'yes');
    expect(first?.verification).toBe('verified');
    expect(reading('X-Status', 'no')?.verification).toBe('unknown');
    expect(reading()?.certificate).toBe(first?.certificate);
    expect(() => Object.assign(first!.certificate, { user: 'of another request' })).toThrow(TypeError);
    expect(() => Object.defineProperty(first!.certificate, 'thumbprint', { value: 'x' })).toThrow(TypeError);
    expect(() => reading('x-stranger', '1')).toThrow(expect.objectContaining({ code: 'ERR_FORWARDED_UNTRUSTED' }));
    expect(() => reading('X-SSL-Client-Cert', pem)).toThrow(
      expect.objectContaining({ code: 'ERR_FORWARDED_DUPLICATE' }),
    );
  });
});
