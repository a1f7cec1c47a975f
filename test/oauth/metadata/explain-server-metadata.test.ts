import { explainServerMetadata } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

/** Figure 4 of RFC 8705 §5, as far as it matters. */
const sound = {
  issuer: 'https://server.example.com',
  authorization_endpoint: 'https://server.example.com/authz',
  token_endpoint: 'https://server.example.com/token',
  introspection_endpoint: 'https://server.example.com/introspect',
  revocation_endpoint: 'https://server.example.com/revo',
  jwks_uri: 'https://server.example.com/jwks',
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_methods_supported: ['tls_client_auth', 'client_secret_basic', 'none'],
  tls_client_certificate_bound_access_tokens: true,
  mtls_endpoint_aliases: {
    token_endpoint: 'https://mtls.example.com/token',
    revocation_endpoint: 'https://mtls.example.com/revo',
    introspection_endpoint: 'https://mtls.example.com/introspect',
  },
};
const aliases = sound.mtls_endpoint_aliases;
const causes = (document: unknown) => explainServerMetadata(document).map(({ cause, member }) => `${cause} ${member}`);

describe('explainServerMetadata', () => {
  it('finds nothing wrong with the example of RFC 8705 §5', () => {
    expect(explainServerMetadata(sound)).toEqual([]);
  });

  it.each<[document: unknown, finding: string]>([
    [null, 'not-an-object '],
    [[sound], 'not-an-object '],
    [{ ...sound, issuer: undefined }, 'issuer issuer'],
    [{ ...sound, issuer: 'http://server.example.com' }, 'issuer issuer'],
    [{ ...sound, issuer: 'https://server.example.com/?a' }, 'issuer issuer'],
    [{ ...sound, issuer: 'https://server.example.com/#' }, 'issuer issuer'],
    [{ ...sound, mtls_issuer: 'mtls.example.com' }, 'issuer mtls_issuer'],
    [{ ...sound, token_endpoint: 'http://server.example.com/token' }, 'endpoint-url token_endpoint'],
    [{ ...sound, authorization_endpoint: '/authz' }, 'endpoint-url authorization_endpoint'],
    [
      { ...sound, tls_client_certificate_bound_access_tokens: 'true' },
      'not-a-boolean tls_client_certificate_bound_access_tokens',
    ],
    [{ ...sound, grant_types_supported: ['implicit'] }, 'no-bindable-grant grant_types_supported'],
    [
      { ...sound, revocation_endpoint_auth_methods_supported: 'none' },
      'not-a-list revocation_endpoint_auth_methods_supported',
    ],
    [
      { ...sound, introspection_endpoint_auth_methods_supported: [null] },
      'not-a-list introspection_endpoint_auth_methods_supported',
    ],
    [{ ...sound, mtls_endpoint_aliases: [] }, 'aliases-not-an-object mtls_endpoint_aliases'],
    [{ ...sound, mtls_endpoint_aliases: {} }, 'no-aliases mtls_endpoint_aliases'],
    [
      { ...sound, mtls_endpoint_aliases: { ...aliases, token: 'https://mtls.example.com/token' } },
      'alias-name mtls_endpoint_aliases.token',
    ],
    [
      { ...sound, mtls_endpoint_aliases: { ...aliases, jwks_uri: 'https://mtls.example.com/jwks' } },
      'alias-name mtls_endpoint_aliases.jwks_uri',
    ],
    [
      { ...sound, mtls_endpoint_aliases: { ...aliases, authorization_endpoint: 'https://mtls.example.com/authz' } },
      'alias-of-visited-endpoint mtls_endpoint_aliases.authorization_endpoint',
    ],
    [
      { ...sound, mtls_endpoint_aliases: { ...aliases, userinfo_endpoint: 'https://mtls.example.com/me' } },
      'alias-only mtls_endpoint_aliases.userinfo_endpoint',
    ],
    [
      { ...sound, mtls_endpoint_aliases: { ...aliases, token_endpoint: 'http://mtls.example.com/token' } },
      'endpoint-url mtls_endpoint_aliases.token_endpoint',
    ],
    [
      {
        ...sound,
        mtls_endpoint_aliases: {
          token_endpoint: aliases.token_endpoint,
          revocation_endpoint: aliases.revocation_endpoint,
        },
      },
      'missing-alias introspection_endpoint',
    ],
    [
      { ...sound, token_endpoint_auth_methods_supported: ['none'], tls_client_certificate_bound_access_tokens: false },
      'alias-without-use mtls_endpoint_aliases',
    ],
  ])('finds what is wrong: %#', (document, finding) => {
    expect(causes(document)).toEqual([finding]);
  });

  it('takes a document without mutual TLS as it is', () => {
    expect(explainServerMetadata({ issuer: 'https://as.example', token_endpoint: 'https://as.example/token' })).toEqual(
      [],
    );
  });

  it('says each thing in one sentence with its section, where there is one', () => {
    const [finding] = explainServerMetadata({ ...sound, mtls_endpoint_aliases: {} });
    expect(finding?.hint).toMatch(/^The aliases are empty.*\(RFC 8705 §5\)\.$/);
  });
});
