import { createConfirmation, type Certificate } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { describe, expect, it } from 'vitest';

const right = presented(await selfSignedCertificate());

describe('createConfirmation', () => {
  it('RFC 8705 §3.1: omits padding and everything else but the 43 characters', () => {
    expect(createConfirmation(right.certificate)).toEqual({ 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) });
  });

  it('throws a TypeError for what is no certificate, rather than bind to nothing', () => {
    for (const wrong of [right, { ...right.certificate }, { thumbprint: undefined }, null, undefined]) {
      expect(() => createConfirmation(wrong as unknown as Certificate)).toThrow(TypeError);
    }
  });
});
