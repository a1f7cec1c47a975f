import { inspect } from 'node:util';
import { authorizationServerMetadata, isMtlsError, parseClientMetadata } from 'oauth-mtls';
import { remoteJwks } from 'oauth-mtls/jwks';
import { mutualTlsFetch, publicFetch } from 'oauth-mtls/node';
import { createSpiffeTrust } from 'oauth-mtls/spiffe';
import { createAccessTokenVerifier, createIntrospector } from 'oauth-mtls/tokens';
import { createTrust } from 'oauth-mtls/trust';
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

const SERVER = 'https://user:marked@127.0.0.1:1/';

it.each<[what: string, use: () => unknown]>([
  ['createIntrospector', () => createIntrospector({ endpoint: SERVER })],
  ['keys of createAccessTokenVerifier', () => createAccessTokenVerifier({ keys: SERVER, issuer: 'a', audience: 'b' })],
  [
    'keys of signed introspection',
    () => createIntrospector({ endpoint: 'https://a.example', signed: { keys: SERVER, issuer: 'a', audience: 'b' } }),
  ],
  [
    'createSpiffeTrust',
    () => createSpiffeTrust({ trustDomains: { 'a.example': { bundleEndpoint: { url: SERVER } } } }),
  ],
  ['createTrust', () => createTrust({ anchors: 'x', crls: { url: SERVER } })],
  ['mutualTlsFetch', () => mutualTlsFetch({})(SERVER)],
  ['publicFetch', () => publicFetch()(SERVER)],
  ['authorizationServerMetadata', () => authorizationServerMetadata({ mtlsOrigin: SERVER })],
])('keeps the password of a server out of the error of %s, with its causes', async (_what, use) => {
  const error: unknown = await Promise.resolve()
    .then(use)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/mar|ked/);
});

it.each(['http://c.example/@x', 'https://c.example/jwks?a@b', 'c.example', '', '/'.repeat(100_000)])(
  'keeps a text without credentials',
  (uri) => {
    expect(withoutCredentials(uri)).toBe(uri);
  },
);
