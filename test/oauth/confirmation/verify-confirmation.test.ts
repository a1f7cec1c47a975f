import { createConfirmation, toErrorResponse, verifyConfirmation, type PresentedCertificate } from 'oauth-mtls';
import { presented, selfSignedCertificate } from 'oauth-mtls/testing';
import { beforeAll, describe, expect, it } from 'vitest';

let right: PresentedCertificate;
let other: PresentedCertificate;
let thumbprint: string;

beforeAll(async () => {
  right = presented(await selfSignedCertificate());
  other = presented(await selfSignedCertificate());
  ({ thumbprint } = right.certificate);
});

type Verdict = 'bound' | 'unbound' | `ERR_${string}`;

function verdict(...args: Parameters<typeof verifyConfirmation>): Verdict {
  try {
    const result = verifyConfirmation(...args);
    if (result.bound) expect(result.thumbprint).toBe(thumbprint);
    return result.bound ? 'bound' : 'unbound';
  } catch (error) {
    expect(toErrorResponse(error)).toMatchObject({
      status: 401,
      headers: {
        'WWW-Authenticate': expect.stringMatching(/^Bearer error="invalid_token", error_description="[^"]+"$/),
      },
      body: { error: 'invalid_token' },
    });
    return (error as { code: Verdict }).code;
  }
}

const required = { required: true };
const optional = { required: false };
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

describe('verifyConfirmation', () => {
  describe.each([
    ['JWT claims', { sub: 'a' }],
    ['an introspection response', { active: true, sub: 'a' }],
  ])('of %s', (_what, token) => {
    const x5t = () => ({ ...token, cnf: createConfirmation(right.certificate) });
    const both = () => ({ ...token, cnf: { ...createConfirmation(right.certificate), jkt } });

    it.each([required, optional, {}])('RFC 8705 §3: accepts a bound token with its certificate only (%o)', (policy) => {
      for (const bound of [x5t(), both()]) {
        expect(verdict(bound, right, policy)).toBe('bound');
        expect(verdict(bound, other, policy)).toBe('ERR_CNF_MISMATCH');
        expect(verdict(bound, undefined, policy)).toBe('ERR_CNF_CERTIFICATE_MISSING');
      }
    });

    it('refuses an unbound token unless the policy lets it pass', () => {
      for (const unbound of [token, { ...token, cnf: { jkt } }]) {
        for (const certificate of [right, undefined]) {
          expect(verdict(unbound, certificate)).toBe('ERR_CNF_REQUIRED');
          expect(verdict(unbound, certificate, required)).toBe('ERR_CNF_REQUIRED');
          expect(verdict(unbound, certificate, optional)).toBe('unbound');
        }
      }
    });

    it.each([
      ['null', () => null],
      ['a string', () => thumbprint],
      ['an array', () => [createConfirmation(right.certificate)]],
      ['an empty object', () => ({})],
      ['a thumbprint that is null', () => ({ 'x5t#S256': null })],
      ['a thumbprint that is an array', () => ({ 'x5t#S256': [thumbprint] })],
      ['an empty thumbprint', () => ({ 'x5t#S256': '' })],
      ['padding', () => ({ 'x5t#S256': `${thumbprint}=` })],
      ['a line break', () => ({ 'x5t#S256': `${thumbprint}\n` })],
      ['white space', () => ({ 'x5t#S256': ` ${thumbprint}` })],
      ['hexadecimal', () => ({ 'x5t#S256': Buffer.from(thumbprint, 'base64url').toString('hex') })],
      ['standard base64', () => ({ 'x5t#S256': `+/${thumbprint.slice(2)}` })],
      ['a SHA-1 thumbprint', () => ({ 'x5t#S256': 'A'.repeat(27) })],
      ['malformed beside jkt', () => ({ 'x5t#S256': 1, jkt })],
    ])('RFC 8705 §3.1: refuses a confirmation that is malformed, whatever the policy: %s', (_form, cnf) => {
      for (const policy of [required, optional]) {
        for (const certificate of [right, undefined]) {
          expect(verdict({ ...token, cnf: cnf() }, certificate, policy)).toBe('ERR_CNF_MALFORMED');
        }
      }
    });

    it('compares thumbprints with their case', () => {
      const swapped = thumbprint.replace(/[a-z]/i, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
      expect(verdict({ ...token, cnf: { 'x5t#S256': swapped } }, right)).toBe('ERR_CNF_MISMATCH');
    });
  });

  it.each([false, 'true', null, 1, 0])('RFC 7662 §2.2: refuses a response whose active is %o', (active) => {
    const token = { active, cnf: createConfirmation(right.certificate) };
    expect(verdict(token, right)).toBe('ERR_TOKEN_INACTIVE');
    expect(verdict(token, right, optional)).toBe('ERR_TOKEN_INACTIVE');
  });

  it('takes null from a resolver as absence', () => {
    const none = null as unknown as undefined;
    expect(verdict({ cnf: createConfirmation(right.certificate) }, none)).toBe('ERR_CNF_CERTIFICATE_MISSING');
    expect(verdict({}, none, optional)).toBe('unbound');
  });

  it('takes nothing for evidence that no source of the library made', () => {
    const token = { cnf: createConfirmation(right.certificate) };
    for (const forged of [{ ...right }, right.certificate, { certificate: right.certificate }, thumbprint, 1]) {
      expect(() => verifyConfirmation(token, forged as PresentedCertificate)).toThrow(TypeError);
    }
  });

  it('throws a TypeError for misuse', () => {
    for (const token of [null, undefined, 'token', [], 1]) {
      expect(() => verifyConfirmation(token as object, right)).toThrow(TypeError);
    }
    for (const wrong of ['false', 0, null]) {
      expect(() => verifyConfirmation({}, right, { required: wrong as unknown as boolean })).toThrow(TypeError);
    }
  });
});
