import { resolveEndpoint } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

const metadata = {
  issuer: 'https://as.example',
  authorization_endpoint: 'https://as.example/authorize',
  token_endpoint: 'https://as.example/token',
  revocation_endpoint: 'https://as.example/revoke',
  mtls_endpoint_aliases: {
    authorization_endpoint: 'https://mtls.as.example/authorize',
    token_endpoint: 'https://mtls.as.example/token',
    userinfo_endpoint: 'https://mtls.as.example/userinfo',
  },
};
const resolve = (name: string, mutualTls: boolean, document: unknown = metadata) =>
  resolveEndpoint(document, name, { mutualTls }).href;

function code(expected: string, detail = {}) {
  return expect.objectContaining({ code: expected, detail: expect.objectContaining(detail) });
}

describe('resolveEndpoint', () => {
  it('RFC 8705 §5: prefers the alias of the same name for a client that does mutual TLS', () => {
    expect(resolve('token_endpoint', true)).toBe('https://mtls.as.example/token');
    expect(resolve('userinfo_endpoint', true)).toBe('https://mtls.as.example/userinfo');
  });

  it('RFC 8705 §5: uses the conventional URL where there is no alias, and without mutual TLS', () => {
    expect(resolve('revocation_endpoint', true)).toBe('https://as.example/revoke');
    expect(resolve('token_endpoint', false)).toBe('https://as.example/token');
    const { mtls_endpoint_aliases: _aliases, ...without } = metadata;
    expect(resolve('token_endpoint', true, without)).toBe('https://as.example/token');
    expect(resolve('token_endpoint', false, { ...metadata, mtls_endpoint_aliases: 'broken' })).toBe(
      'https://as.example/token',
    );
  });

  it('RFC 8705 §5: ignores aliases of endpoints that the client does not call itself', () => {
    expect(resolve('authorization_endpoint', true)).toBe('https://as.example/authorize');
  });

  it('tells that the server has no such endpoint', () => {
    expect(() => resolve('introspection_endpoint', true)).toThrow(
      code('ERR_SERVER_ENDPOINT', { field: 'introspection_endpoint' }),
    );
    expect(() => resolve('userinfo_endpoint', false)).toThrow(code('ERR_SERVER_ENDPOINT'));
    const inherited = Object.create({ token_endpoint: 'https://evil.example/token' }) as object;
    expect(() => resolve('token_endpoint', false, inherited)).toThrow(code('ERR_SERVER_ENDPOINT'));
  });

  it.each([
    'http://mtls.as.example/token',
    '/token',
    '',
    null,
    1,
    {},
    ['https://mtls.as.example/token'],
    'https://mtls.as.example/token#x',
    'https://a@mtls.as.example/',
    // repaired by URL
    'https:/mtls.as.example/token',
    'https:mtls.as.example/token',
    'https:///mtls.as.example/token',
    'https:\\\\mtls.as.example\\token',
    ' https://mtls.as.example/token',
    'https://mtls.as.\texample/token',
    'https://mtls.as.example/a b',
  ])('does not fall back to the conventional URL from an alias that cannot be used: %o', (alias) => {
    const document = { ...metadata, mtls_endpoint_aliases: { token_endpoint: alias } };
    expect(() => resolve('token_endpoint', true, document)).toThrow(
      code('ERR_SERVER_METADATA', { field: 'mtls_endpoint_aliases.token_endpoint' }),
    );
  });

  it.each([null, 'https://mtls.as.example', 1, [], true])('refuses aliases that are no object: %o', (aliases) => {
    expect(() => resolve('token_endpoint', true, { ...metadata, mtls_endpoint_aliases: aliases })).toThrow(
      code('ERR_SERVER_METADATA', { field: 'mtls_endpoint_aliases' }),
    );
  });

  it('refuses a conventional URL that is not https, and a document that is no object', () => {
    expect(() => resolve('token_endpoint', true, { token_endpoint: 'http://as.example/token' })).toThrow(
      code('ERR_SERVER_METADATA', { field: 'token_endpoint' }),
    );
    for (const document of [null, [], 'text', undefined]) {
      expect(() => resolveEndpoint(document, 'token_endpoint', { mutualTls: true })).toThrow(
        code('ERR_SERVER_METADATA'),
      );
    }
  });

  it('throws a TypeError for what is no endpoint, and where mutualTls is not said', () => {
    expect(() => resolve('jwks_uri', true)).toThrow(TypeError);
    expect(() => resolve('mtls_endpoint_aliases', true)).toThrow(TypeError);
    expect(() => resolveEndpoint(metadata, 'token_endpoint', {} as { mutualTls: boolean })).toThrow(TypeError);
  });
});
