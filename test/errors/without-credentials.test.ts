import { isMtlsError, parseClientMetadata } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { expect, it } from 'vitest';
import { withoutCredentials } from '../../src/errors/without-credentials.js';

/** Every form that `URL` reads as one with credentials, and those that are meant as one. */
const SECRET = [
  'https://user:marked@c.example/jwks',
  'https:///user:marked@c.example/jwks',
  'https:/user:marked@c.example/jwks',
  'https:user:marked@c.example/jwks',
  'https:\\\\user:marked@c.example/jwks',
  'https:/\\user:marked@c.example/jwks',
  ' https:///user:marked@c.example/jwks',
  'ht\ntps:///user:marked@c.example/jwks',
  'https:///user:mar@ked@c.example/jwks',
  'https://user:x/marked@c.example/jwks',
  'https://user:x#marked@c.example/jwks',
  'https://user:x?marked@c.example/jwks',
  'user:marked@c.example/jwks',
  '//user:marked@c.example/jwks',
];

it.each(SECRET)('keeps the password of %j out of errors', (uri) => {
  const refusals = [
    () => remoteJwks(uri),
    () => parseClientMetadata({ token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: uri }),
  ];
  for (const refused of refusals) {
    let error: unknown;
    try {
      refused();
    } catch (thrown) {
      error = thrown;
    }
    expect(isMtlsError(error)).toBe(true);
    expect(JSON.stringify(error)).not.toMatch(/mar|ked/);
    expect(JSON.stringify((error as { detail?: unknown }).detail)).not.toMatch(/mar|ked/);
    expect(JSON.stringify((error as { detail?: unknown }).detail)).toContain('c.example/jwks');
  }
});

it.each(['http://c.example/@x', 'https://c.example/jwks?a@b', 'c.example', '', '/'.repeat(100_000)])(
  'keeps a text without credentials',
  (uri) => {
    expect(withoutCredentials(uri)).toBe(uri);
  },
);
