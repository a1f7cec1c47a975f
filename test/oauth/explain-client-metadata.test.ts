import { explainClientMetadata, parseClientMetadata, type ClientMetadataFinding } from 'oauth-mtls';
import { describe, expect, it } from 'vitest';

const valid = { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.example' };

describe('explainClientMetadata', () => {
  it.each<[member: string, cause: ClientMetadataFinding['cause'], suggestion?: string]>([
    ['tls_client_auth_issuer_dn', 'draft-member'],
    ['tls_client_auth_root_dn', 'draft-member'],
    ['tls_client_auth_san_dn', 'renamed-member', 'tls_client_auth_subject_dn'],
    ['mutual_tls_sender_constrained_access_tokens', 'renamed-member', 'tls_client_certificate_bound_access_tokens'],
    ['tls_client_certificate_bound_access_token', 'misspelt-member', 'tls_client_certificate_bound_access_tokens'],
    ['tls-client-certificate-bound-access-tokens', 'misspelt-member', 'tls_client_certificate_bound_access_tokens'],
    ['tlsClientAuthSubjectDn', 'misspelt-member', 'tls_client_auth_subject_dn'],
    ['tls_client_auth_subjet_dn', 'misspelt-member', 'tls_client_auth_subject_dn'],
    ['jwksUri', 'misspelt-member', 'jwks_uri'],
    ['use_mtls_endpoint_alias', 'misspelt-member', 'use_mtls_endpoint_aliases'],
    ['tls_client_auth_common_name', 'unknown-member'],
  ])('%s: %s', (member, cause, suggestion) => {
    const metadata = { ...valid, [member]: 'marked' };
    const [finding, ...others] = explainClientMetadata(metadata);
    expect(finding).toMatchObject({ cause, member });
    expect([finding?.suggestion, others]).toEqual([suggestion, []]);
    expect(finding?.hint).toMatch(/^[A-Z].*\.$/);
    expect(JSON.stringify(finding)).not.toContain('marked');
    // RFC 7591 §2: it is accepted all the same
    expect(parseClientMetadata(metadata).tls_client_auth_san_dns).toBe('client.example');
  });

  it.each([
    ['pub_key_tls_client_auth', 'draft-method', 'self_signed_tls_client_auth'],
    ['tls-client-auth', 'misspelt-method', 'tls_client_auth'],
    ['self_signed_tls_client_aut', 'misspelt-method', 'self_signed_tls_client_auth'],
  ])('the method %s: %s', (method, cause, suggestion) => {
    expect(explainClientMetadata({ token_endpoint_auth_method: method })).toMatchObject([
      { cause, member: 'token_endpoint_auth_method', suggestion },
    ]);
  });

  it('has no finding for what is right, null, or of other specifications', () => {
    const others = ['client_name', 'contacts', 'signed_jwks_uri', 'dpop_bound_access_tokens', 'software_id', 'jwk'];
    const metadata = {
      ...valid,
      tls_client_auth_issuer_dn: null,
      ...Object.fromEntries(others.map((name) => [name, 1])),
    };
    expect(explainClientMetadata(metadata)).toEqual([]);
    expect(explainClientMetadata({ token_endpoint_auth_method: 'private_key_jwt' })).toEqual([]);
    // similar to a member that is present too
    expect(explainClientMetadata({ ...valid, tls_client_auth_san_dn_s: 'x', 'tls-client-auth-san-dns': 'x' })).toEqual(
      [],
    );
  });

  it.each([null, [], 'x'])('says that %j is no metadata', (document) => {
    expect(explainClientMetadata(document)).toMatchObject([{ cause: 'not-an-object', member: '' }]);
  });

  it('survives names that are not to be printed', () => {
    const names = [`tls_client_${'x'.repeat(10_000)}`, 'tls_client_\u001b[2J', '__proto__'];
    expect(explainClientMetadata(Object.fromEntries(names.map((name) => [name, 1])))).toEqual([]);
    expect(explainClientMetadata({ token_endpoint_auth_method: 'x'.repeat(100_000) })).toEqual([]);
  });
});
