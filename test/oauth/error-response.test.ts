import { errorCodes, isMtlsError, MtlsError, toErrorResponse, type MtlsErrorCode } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

const codes = Object.keys(errorCodes) as MtlsErrorCode[];

describe('toErrorResponse', () => {
  it.each([
    ['ERR_CLIENT_CERTIFICATE_MISSING', 401, 'invalid_client'],
    ['ERR_CLIENT_SUBJECT_MISMATCH', 401, 'invalid_client'],
    ['ERR_CNF_MISMATCH', 401, 'invalid_token'],
    ['ERR_CNF_CERTIFICATE_MISSING', 401, 'invalid_token'],
    ['ERR_TOKEN_INACTIVE', 401, 'invalid_token'],
    ['ERR_METADATA_SUBJECT', 400, 'invalid_client_metadata'],
    ['ERR_ENCODING_DER', 400, 'invalid_request'],
  ] as const)('answers %s with %i %s', (code, status, error) => {
    expect(toErrorResponse(new MtlsError(code))).toMatchObject({ status, body: { error } });
  });

  it('RFC 6750 §3: challenges for invalid_token, and for nothing that is not about a token', () => {
    for (const code of codes) {
      const { headers, body } = toErrorResponse(new MtlsError(code));
      const challenged = body?.error === 'invalid_token' || body?.error === 'insufficient_scope';
      expect('WWW-Authenticate' in headers, code).toBe(challenged);
    }
  });

  it('RFC 6749 §5.2: describes every error in the characters that are allowed', () => {
    for (const code of codes) {
      expect(toErrorResponse(new MtlsError(code)).body?.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  });

  it('tells nothing of the detail', () => {
    const error = new MtlsError('ERR_CNF_MISMATCH', { expected: 'secret-a', found: ['secret-b'] });
    expect(JSON.stringify(toErrorResponse(error))).not.toContain('secret');
    expect(error.message).not.toContain('secret');
  });

  it('rethrows whatever is not an error of the library, or has a code that it does not know', () => {
    const foreign = Object.assign(new Error('x'), { code: 'ERR_CNF_MISMATCH' });
    expect(() => toErrorResponse(foreign)).toThrow(foreign);
    expect(() => toErrorResponse('x')).toThrow('x');
    const newer = Object.assign(new MtlsError('ERR_CNF_MISMATCH'), { code: 'toString' });
    expect(() => toErrorResponse(newer)).toThrow(newer);
  });
});

describe('isMtlsError', () => {
  it('knows the error, its code, and an error of another copy of the package', () => {
    const error = new MtlsError('ERR_CNF_MISMATCH');
    expect(isMtlsError(error)).toBe(true);
    expect(isMtlsError(error, 'ERR_CNF_MISMATCH')).toBe(true);
    expect(isMtlsError(error, 'ERR_CNF_REQUIRED')).toBe(false);
    const copy = Object.assign(new Error('x'), { code: 'ERR_CNF_MISMATCH', [Symbol.for('oauth-mtls.error')]: true });
    expect(isMtlsError(copy, 'ERR_CNF_MISMATCH')).toBe(true);
    for (const value of [null, undefined, new Error('x'), { code: 'ERR_CNF_MISMATCH' }, 'ERR_CNF_MISMATCH']) {
      expect(isMtlsError(value)).toBe(false);
    }
  });
});
