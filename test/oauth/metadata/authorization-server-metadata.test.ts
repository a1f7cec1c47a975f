import { authorizationServerMetadata, explainServerMetadata } from 'oauth-mtls';
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
    const metadata = authorizationServerMetadata({ metadata: endpoints, mtlsOrigin: 'https://mtls.as.example:8443' });
    expect(metadata.mtls_endpoint_aliases).toEqual({
      token_endpoint: 'https://mtls.as.example:8443/token?tenant=a',
      introspection_endpoint: 'https://mtls.as.example:8443/introspect',
    });
  });

  it('RFC 8705 §5: publishes no aliases where there is no endpoint to give one to', () => {
    const metadata = authorizationServerMetadata({
      metadata: { issuer: 'https://as.example' },
      mtlsOrigin: 'https://mtls.as.example',
    });
    expect(metadata).not.toHaveProperty('mtls_endpoint_aliases');
  });

  it('keeps to the origin, whatever the path looks like, and leaves out what is undefined', () => {
    const odd = { token_endpoint: 'https://as.example//evil.example/token', userinfo_endpoint: undefined };
    const metadata = authorizationServerMetadata({ metadata: odd, mtlsOrigin: 'https://mtls.as.example' });
    expect(metadata.mtls_endpoint_aliases).toEqual({ token_endpoint: 'https://mtls.as.example//evil.example/token' });
  });

  it('RFC 8705 §2.1.1, §2.2.1: adds its methods to those of each endpoint where clients authenticate', () => {
    const metadata = authorizationServerMetadata({
      methods: ['tls_client_auth', 'self_signed_tls_client_auth'],
      metadata: {
        ...endpoints,
        revocation_endpoint: 'https://as.example/revoke',
        token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'],
        revocation_endpoint_auth_methods_supported: ['none'],
      },
    });
    expect(metadata).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
      revocation_endpoint_auth_methods_supported: ['none', 'tls_client_auth', 'self_signed_tls_client_auth'],
      introspection_endpoint_auth_methods_supported: ['tls_client_auth', 'self_signed_tls_client_auth'],
    });
  });

  it('publishes an issuer for mutual TLS where asked', () => {
    const { mtls_issuer: issuer } = authorizationServerMetadata({ mtlsIssuer: 'https://mtls.as.example/tenant' });
    expect(issuer).toBe('https://mtls.as.example/tenant');
  });

  it('is what the linter finds nothing wrong with', () => {
    const metadata = authorizationServerMetadata({
      methods: ['tls_client_auth'],
      certificateBoundAccessTokens: true,
      metadata: endpoints,
      mtlsOrigin: 'https://mtls.as.example',
      mtlsIssuer: 'https://mtls.as.example',
    });
    expect(explainServerMetadata({ ...endpoints, ...metadata })).toEqual([]);
  });

  it.each([
    { metadata: { token_endpoint: 'https://as.example/token#' }, mtlsOrigin: 'https://mtls.as.example' },
    { metadata: { token_endpoint: 'https://a:b@as.example/token' }, mtlsOrigin: 'https://mtls.as.example' },
    { metadata: endpoints, mtlsOrigin: 'https://mtls.as.example/?tenant' },
    { metadata: { token_endpoint_auth_methods_supported: 'tls_client_auth' } },
    { mtlsIssuer: 'http://mtls.as.example' },
    { mtlsIssuer: 'https://mtls.as.example/?tenant' },
    { metadata: { token_endpoint: 'http://as.example/token' }, mtlsOrigin: 'https://mtls.as.example' },
    { metadata: { token_endpoint: '/token' }, mtlsOrigin: 'https://mtls.as.example' },
    { metadata: { token_endpoint: null }, mtlsOrigin: 'https://mtls.as.example' },
    { metadata: endpoints, mtlsOrigin: 'http://mtls.as.example' },
    { metadata: endpoints, mtlsOrigin: 'https://mtls.as.example/base' },
    { metadata: endpoints, mtlsOrigin: 'mtls.as.example' },
  ])('refuses an endpoint or origin that is no https URL: %o', (options) => {
    expect(() => authorizationServerMetadata(options)).toThrow(TypeError);
  });
});
