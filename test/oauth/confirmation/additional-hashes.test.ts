import { createHash } from 'node:crypto';
import { createConfirmation, verifyConfirmation, type PresentedCertificate } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha512Base64url } from '../../../src/platform/sha512.portable.js';

let right: PresentedCertificate;
let other: PresentedCertificate;
let s256: object;
let s512: object;

beforeAll(async () => {
  right = presented(await selfSignedCertificate());
  other = presented(await selfSignedCertificate());
  s256 = createConfirmation(right.certificate);
  s512 = { 'x5t#S512': createHash('sha512').update(right.certificate.der).digest('base64url') };
});

const on = { experimentalS512: true };
const optional = { required: false };

describe('x5t#S512 (experimental)', () => {
  it('is not known by default', () => {
    expect(() => verifyConfirmation({ cnf: s512 }, right)).toThrow(
      expect.objectContaining({ code: 'ERR_CNF_REQUIRED' }),
    );
    expect(verifyConfirmation({ cnf: s512 }, right, optional)).toEqual({ bound: false });
    expect(verifyConfirmation({ cnf: { ...s256, 'x5t#S512': 'anything' } }, right).bound).toBe(true);
  });

  it('binds a token where it is switched on', () => {
    expect(verifyConfirmation({ cnf: s512 }, right, on)).toEqual({
      bound: true,
      thumbprint: right.certificate.thumbprint,
    });
    for (const policy of [on, { ...on, ...optional }]) {
      expect(() => verifyConfirmation({ cnf: s512 }, other, policy)).toThrow(
        expect.objectContaining({ code: 'ERR_CNF_MISMATCH' }),
      );
      expect(() => verifyConfirmation({ cnf: s512 }, undefined, policy)).toThrow(
        expect.objectContaining({ code: 'ERR_CNF_CERTIFICATE_MISSING' }),
      );
    }
  });

  it('has to match beside x5t#S256, as that has to', () => {
    expect(verifyConfirmation({ cnf: { ...s256, ...s512 } }, right, on).bound).toBe(true);
    const mixed = [
      { ...s256, 'x5t#S512': 'A'.repeat(86) },
      { ...createConfirmation(other.certificate), ...s512 },
    ];
    for (const cnf of mixed) {
      for (const certificate of [right, other]) {
        expect(() => verifyConfirmation({ cnf }, certificate, on)).toThrow(
          expect.objectContaining({ code: 'ERR_CNF_MISMATCH' }),
        );
      }
    }
  });

  it.each([null, 5, '', 'A'.repeat(43), 'A'.repeat(85), `${'A'.repeat(86)}=`, '+'.repeat(86)])(
    'refuses the malformed value %o',
    (value) => {
      expect(() => verifyConfirmation({ cnf: { ...s256, 'x5t#S512': value } }, right, on)).toThrow(
        expect.objectContaining({ code: 'ERR_CNF_MALFORMED' }),
      );
    },
  );

  it('is the same hash on every platform', () => {
    for (const length of [0, 1, 111, 112, 839]) {
      const bytes = new Uint8Array(length).fill(7);
      expect(sha512Base64url(bytes)).toBe(createHash('sha512').update(bytes).digest('base64url'));
    }
  });

  it('takes a boolean only', () => {
    expect(() => verifyConfirmation({}, right, { experimentalS512: 1 as unknown as boolean })).toThrow(TypeError);
  });
});
