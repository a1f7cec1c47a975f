import { authorizationServerMetadata } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

const endpoints = {
  issuer: 'https://as.example',
  authorization_endpoint: 'https://as.example/authorize',
  token_endpoint: 'https://as.example/token?tenant=a',
  introspection_endpoint: 'https://as.example/introspect',
  end_session_endpoint: 'https://as.example/logout',
  jwks_uri: 'https://as.example/jwks',
};

describe('authorizationServerMetadata', () => {
  it('RFC 8705 §3.3: says whether tokens can be bound, and no by default', () => {
    expect(authorizationServerMetadata({})).toEqual({
      tls_client_certificate_bound_access_tokens: false,
      token_endpoint_auth_methods_supported: [],
    });
    const bound = authorizationServerMetadata({ certificateBoundAccessTokens: true });
    expect(bound.tls_client_certificate_bound_access_tokens).toBe(true);
  });

  it('RFC 8705 §5: gives aliases to the endpoints that clients call, and to nothing else', () => {
    const metadata = authorizationServerMetadata({ endpoints, mtlsOrigin: 'https://mtls.as.example:8443' });
    expect(metadata.mtls_endpoint_aliases).toEqual({
      token_endpoint: 'https://mtls.as.example:8443/token?tenant=a',
      introspection_endpoint: 'https://mtls.as.example:8443/introspect',
    });
  });

  it.each([
    { endpoints: { token_endpoint: 'http://as.example/token' }, mtlsOrigin: 'https://mtls.as.example' },
    { endpoints: { token_endpoint: '/token' }, mtlsOrigin: 'https://mtls.as.example' },
    { endpoints: { token_endpoint: null }, mtlsOrigin: 'https://mtls.as.example' },
    { endpoints, mtlsOrigin: 'http://mtls.as.example' },
    { endpoints, mtlsOrigin: 'https://mtls.as.example/base' },
    { endpoints, mtlsOrigin: 'mtls.as.example' },
  ])('refuses an endpoint or origin that is no https URL: %o', (options) => {
    expect(() => authorizationServerMetadata(options)).toThrow(TypeError);
  });
});
