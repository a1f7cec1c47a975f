import {
  errorCodes,
  isMtlsError,
  MtlsError,
  toErrorResponse,
  type ChallengeOptions,
  type MtlsErrorCode,
} from 'oauth-mtls';
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

  it('RFC 6750 §3: challenges for errors about a token, and for nothing else', () => {
    const aboutTokens = ['invalid_token', 'invalid_dpop_proof', 'insufficient_scope'];
    for (const code of codes) {
      const { headers } = toErrorResponse(new MtlsError(code));
      expect('WWW-Authenticate' in headers, code).toBe(aboutTokens.includes(errorCodes[code].oauth));
    }
  });

  it('RFC 6750 §3.1: tells a request without a token neither error nor description', () => {
    expect(toErrorResponse(new MtlsError('ERR_TOKEN_MISSING'))).toEqual({
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer realm="oauth"', 'Cache-Control': 'no-store' },
    });
  });

  it('RFC 6749 §5.2: describes every error in the characters that are allowed', () => {
    for (const code of codes) expect(errorCodes[code].meaning).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  describe('for a resource server', () => {
    const challengeOf = (code: MtlsErrorCode, options: ChallengeOptions) =>
      toErrorResponse(new MtlsError(code), options).headers['WWW-Authenticate'];

    it('RFC 6750 §3, RFC 9728 §5.1: says realm, error, description, scope and resource_metadata, each once', () => {
      const options = {
        realm: 'accounts',
        scopes: ['a', 'b'],
        resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource',
      };
      expect(challengeOf('ERR_TOKEN_SCOPE', options)).toBe(
        'Bearer realm="accounts", error="insufficient_scope", ' +
          'error_description="The access token does not include the required scope.", scope="a b", ' +
          'resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
      );
      expect(challengeOf('ERR_TOKEN_MISSING', options)).toBe(
        'Bearer realm="accounts", scope="a b", resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
      );
    });

    it('challenges a malformed request too, but not where the server is at fault', () => {
      expect(challengeOf('ERR_TOKEN_REQUEST', {})).toMatch(/^Bearer error="invalid_request"/);
      expect(challengeOf('ERR_TOKEN_UNAVAILABLE', {})).toBeUndefined();
      expect(toErrorResponse(new MtlsError('ERR_TOKEN_UNAVAILABLE'), {}).status).toBe(503);
    });

    it('RFC 9449 §7.1: challenges for both schemes, with the error in the one that was used', () => {
      const both = { schemes: ['Bearer', 'DPoP'], dpopAlgorithms: ['ES256', 'PS256'] } as const;
      expect(challengeOf('ERR_TOKEN_MISSING', both)).toBe('Bearer realm="oauth", DPoP algs="ES256 PS256"');
      expect(challengeOf('ERR_TOKEN_PROOF', { ...both, scheme: 'DPoP' })).toBe(
        'Bearer realm="oauth", DPoP error="invalid_dpop_proof", error_description="The DPoP proof is missing or invalid.", algs="ES256 PS256"',
      );
      expect(challengeOf('ERR_TOKEN_INVALID', { ...both, scheme: 'Bearer' })).toMatch(
        /^Bearer error="invalid_token", .*, DPoP algs="ES256 PS256"$/,
      );
      expect(toErrorResponse(new MtlsError('ERR_TOKEN_PROOF')).headers['WWW-Authenticate']).toMatch(
        /^DPoP error="invalid_dpop_proof"/,
      );
    });

    it.each([
      { realm: 'a"b' },
      { scopes: ['a\\b'] },
      { resourceMetadata: 'https://x/\r\nSet-Cookie: a' },
      { realm: 'é' },
      { realm: '' },
      { schemes: [] },
    ])('refuses what cannot be quoted: %o', (options) => {
      expect(() => toErrorResponse(new MtlsError('ERR_TOKEN_MISSING'), options)).toThrow(TypeError);
    });
  });

  it('tells nothing of the detail', () => {
    const error = new MtlsError('ERR_CNF_MISMATCH', { expected: 'secret-a', found: ['secret-b'] });
    expect(JSON.stringify(toErrorResponse(error))).not.toContain('secret');
    expect(error.message).not.toContain('secret');
  });

  it('answers 500 to whatever is not an error of the library, or has a code that it does not know', () => {
    const hostile = new Proxy(new MtlsError('ERR_CNF_MISMATCH'), {
      get: () => {
        throw new Error('secret');
      },
    });
    const hidden = Object.defineProperty(new MtlsError('ERR_CNF_MISMATCH'), 'code', {
      get: () => {
        throw new Error('secret');
      },
    });
    const others = [
      hidden,
      Object.assign(new Error('secret'), { code: 'ERR_CNF_MISMATCH', status: 200, headers: { a: 'secret' } }),
      Object.assign(new MtlsError('ERR_CNF_MISMATCH'), { code: 'toString' }),
      ...[hostile, 'secret', undefined, null, false, 0, Symbol('secret'), { code: 'ERR_CNF_MISMATCH' }],
    ];
    for (const other of others) {
      for (const challenge of [undefined, { realm: 'accounts' }]) {
        expect(toErrorResponse(other, challenge)).toEqual({
          status: 500,
          headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
          body: { error: 'server_error' },
        });
      }
      expect(() => toErrorResponse(other, { realm: 'a"b' })).toThrow(TypeError);
    }
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
