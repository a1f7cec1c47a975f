import { protectedResourceMetadata } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

describe('protectedResourceMetadata', () => {
  it('RFC 9728 §2: says where tokens come from, and whether they are bound', () => {
    expect(
      protectedResourceMetadata({
        resource: 'https://api.example/v1',
        authorizationServers: ['https://as.example'],
        certificateBoundAccessTokens: true,
      }),
    ).toEqual({
      resource: 'https://api.example/v1',
      authorization_servers: ['https://as.example'],
      bearer_methods_supported: ['header'],
      tls_client_certificate_bound_access_tokens: true,
    });
  });

  it('says by default that tokens are not bound', () => {
    expect(protectedResourceMetadata({ resource: 'https://api.example' })).toEqual({
      resource: 'https://api.example',
      bearer_methods_supported: ['header'],
      tls_client_certificate_bound_access_tokens: false,
    });
  });

  it.each([
    { resource: 'http://api.example' },
    { resource: 'https://api.example/#part' },
    { resource: 'api.example' },
    { resource: 'https:/api.example' },
    { resource: 'https://api.example/\n' },
    { resource: 'https://api.example:65536/' },
    { resource: 'https://[::1' },
    { resource: 'https://api.example', authorizationServers: ['as.example'] },
  ])('throws a TypeError for %o', (options) => {
    expect(() => protectedResourceMetadata(options)).toThrow(TypeError);
  });
});
